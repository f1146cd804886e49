"""What may stand for a character that a model does not write.

Only Latin letters, figures and marks are here. Another script is not spelt in Latin letters: how
that is done differs from language to language, and what comes out is another text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

ALIKE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys("‘’‚‛′ʹʼʻ´`‹›", ("'",)),
    **dict.fromkeys("“”„‟″«»", ('"', "''")),
    **dict.fromkeys("‐‑‒–−⁃", ("-",)),
    **dict.fromkeys("—―⸺", (" - ",)),
    "…": ("...",),
    "•": ("-", "*"),
    "·": ("-", "."),
    "⁄": ("/",),
    "∕": ("/",),
    "×": ("x",),
    "→": ("->", "-"),
}
"""Character -> what looks like it, the first that a model can write is taken. A dash that is as
long as a word's space keeps that space; two spaces become one."""

STRUCK: Mapping[str, str] = {
    "ø": "o\u0338",
    "Ø": "O\u0338",
    "ł": "l\u0337",
    "Ł": "L\u0337",
    "đ": "d\u0335",
    "Đ": "D\u0336",
    "ħ": "h\u0335",
    "Ħ": "H\u0335",
    "ŧ": "t\u0335",
    "Ŧ": "T\u0335",
}
"""Letter -> letter and the stroke through it, which Unicode does not take apart."""

SPELT: Mapping[str, str] = {
    "ß": "ss",
    "ẞ": "SS",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "Œ": "Oe",
    "þ": "th",
    "Þ": "Th",
    "ð": "d",
    "Ð": "D",
    "ŋ": "ng",
    "Ŋ": "Ng",
    "ı": "i",
    "ȷ": "j",
    "°": " deg ",
    "€": " EUR ",
    "£": " GBP ",
    "¥": " JPY ",
    "©": "(c)",
    "®": "(R)",
}
"""Character -> how it is spelt where it cannot be had."""

MARKS: Mapping[str, str] = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0302": "circumflex",
    "\u0303": "tilde",
    "\u0304": "macron",
    "\u0306": "breve",
    "\u0307": "dot above",
    "\u0308": "diaeresis",
    "\u0309": "hook above",
    "\u030a": "ring",
    "\u030b": "double acute",
    "\u030c": "caron",
    "\u031b": "horn",
    "\u0323": "dot below",
    "\u0326": "comma below",
    "\u0327": "cedilla",
    "\u0328": "ogonek",
    "\u0331": "macron below",
    "\u0335": "bar",
    "\u0336": "long bar",
    "\u0337": "stroke",
    "\u0338": "long stroke",
}
"""Combining character -> name, of those that can be drawn on a letter (`hwsynth.accents`)."""

_NAMELESS = {
    "Cc": "control character",
    "Cs": "a byte that is not UTF-8",
    "Co": "private use",
    "Cn": "not assigned",
}


def name_of(character: str) -> str:
    """Unicode's name, or what a character without one is."""
    kind = _NAMELESS.get(unicodedata.category(character), "no name")
    return unicodedata.name(character, kind)


def named(characters: Iterable[str]) -> str:
    """Characters for a message: each quoted, with code point and name.

    A character may be several code points that are seen as one.

    >>> named("ß")
    "'ß' (U+00DF LATIN SMALL LETTER SHARP S)"
    """
    return ", ".join(f"{each!r} ({_code_points(each)})" for each in characters)


def _code_points(character: str) -> str:
    return " + ".join(f"U+{ord(each):04X} {name_of(each)}" for each in character)


def is_invisible(character: str) -> bool:
    """Whether it is for programs: joiners, marks of direction, selectors, soft hyphens."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def is_right_to_left(character: str) -> bool:
    """Whether it belongs to a script that is written from right to left."""
    return any(unicodedata.bidirectional(each) in ("R", "AL") for each in character)
