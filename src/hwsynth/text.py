"""Any text, brought to what a model can write.

A character that the model has is kept as it is. For any other, in this order:

1. the same character, composed otherwise (e and a combining acute: é);
2. what looks like it: plain quotes for typographic ones, a hyphen for a dash (`characters.ALIKE`);
3. what Unicode calls compatible with it (NFKC): the letters of a ligature, full-width letters,
   raised figures, fractions;
4. a letter and the marks on it: the model writes the letter, the marks are drawn on it after
   (`characters.MARKS`, `hwsynth.accents`);
5. how it is spelt without it (`characters.SPELT`);
6. nothing: it is left out, and counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import filterfalse, pairwise
from pathlib import Path

from hwsynth.alphabet import Alphabet
from hwsynth.characters import (
    ALIKE,
    MARKS,
    SPELT,
    STRUCK,
    is_invisible,
    is_right_to_left,
    named,
)
from hwsynth.errors import DataError, UsageError

_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

_JOINER = "\u200d"
"""Makes one emoji of several."""

_CLUSTER = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|"  # two letters of a flag; else what is no space, with
    rf"\S(?:[{''.join(MARKS)}\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|{_JOINER}[\u2190-\U0001faff])*|\s"
)

_SHOWN = 10
"""How many characters an error lists at most."""


@dataclass(frozen=True)
class Accent:
    """A mark that is drawn on a letter after the model has written it."""

    place: int
    """The letter's, in the text that is written."""
    mark: str
    """A combining character of `characters.MARKS`."""


@dataclass(frozen=True)
class Replaced:
    """A character for which others are written."""

    given: str
    by: str
    marks: str
    """Combining characters that are drawn on what is written."""
    count: int

    def __str__(self) -> str:
        drawn = " and ".join(MARKS[mark] for mark in self.marks)
        with_marks = f", its {drawn} drawn" if drawn else ""
        return f"{self.given} as {self.by.strip()}{with_marks}{_times(self.count)}"


@dataclass(frozen=True)
class Missing:
    """A character that is left out."""

    character: str
    """One, or several code points that are seen as one."""
    positions: tuple[tuple[int, int], ...]
    """Line and column of each, from 1."""

    def __str__(self) -> str:
        line, column = self.positions[0]
        first = ", first" if len(self.positions) > 1 else ""
        times = _times(len(self.positions))
        return f"{named([self.character])}{times}{first} at line {line}, column {column}"


@dataclass(frozen=True)
class Writable:
    """A text that a model can write, and what became of the given one."""

    text: str
    """Characters of the model, spaces, and line breaks (`\\n`). No line begins or ends with a
    space, and nowhere are there two together."""
    accents: tuple[Accent, ...] = ()
    """In order of their letters; of two on one letter the second is drawn on the first."""
    replaced: tuple[Replaced, ...] = ()
    """In order of their first places."""
    missing: tuple[Missing, ...] = ()
    """In order of their first places."""


def writable(given: str, alphabet: Alphabet, *, strict: bool = False) -> Writable:
    """What `alphabet` can write of a text, by the chain above.

    Line breaks of all kinds become `\\n`, tabs and all kinds of spaces become single spaces, and
    characters that are not seen (joiners, soft hyphens, marks of direction) go. These are not
    listed.

    Raises UsageError for a text without anything to write; where nothing of it can be written;
    and, with `strict`, where a single character cannot.
    """
    draft = _Draft()
    for number, line in enumerate(_LINE_BREAK.sub("\n", given).split("\n"), start=1):
        if number > 1:
            draft.break_line()
        clusters = [*_clusters(line), (len(line), "")]
        for (place, cluster), (_, after) in pairwise(clusters):
            pieces = _pieces(cluster, draft.text[-1:], after, alphabet)
            if pieces is None:
                draft.missing.setdefault(cluster, []).append((number, place + 1))
            else:
                draft.add(cluster, pieces)
    result = draft.result()
    _check(result, alphabet, strict)
    return result


MAX_BYTES = 2**20
"""Longer texts are refused: at a second a line they would take days to write."""


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises DataError where it cannot be read, is longer than `MAX_BYTES`, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read the text {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} is longer than a text may be, {MAX_BYTES} bytes; give a part")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}; "
            "save it as UTF-8"
        ) from error


Piece = tuple[str, str]
"""A character to be written, and the combining characters to be drawn on it."""


def _pieces(cluster: str, before: str, after: str, alphabet: Alphabet) -> list[Piece] | None:
    """What is written for a character that stands between two others; None for nothing."""
    pieces = _written(cluster, alphabet)
    if pieces is None or cluster in alphabet:
        return pieces
    if cluster in SPELT and cluster.isalpha() and after.isupper():
        return [(char.upper() if char.upper() in alphabet else char, "") for char, _ in pieces]
    # 1½ must not become 11/2.
    if before.isdigit() and unicodedata.decomposition(cluster[0]).startswith("<fraction>"):
        return [(" ", ""), *pieces]
    return pieces


def _written(cluster: str, alphabet: Alphabet) -> list[Piece] | None:
    """The chain: what is written for a character wherever it stands."""
    composed = unicodedata.normalize("NFC", cluster)
    if composed in alphabet:
        return [(composed, "")]
    if composed.isspace():
        return [(" ", "")]
    compatible = unicodedata.normalize("NFKC", composed)
    others = [*ALIKE.get(composed, ()), *([compatible] if compatible != composed else [])]
    for other in others:
        if (pieces := _spelt(other, alphabet)) is not None:
            return pieces
    return _marked(composed, alphabet) or _spelt(SPELT.get(composed), alphabet)


def _spelt(text: str | None, alphabet: Alphabet) -> list[Piece] | None:
    """The pieces of all characters of a text, None where one of them has none."""
    if not text:
        return None
    found = [_written(cluster, alphabet) for _, cluster in _clusters(text)]
    return None if None in found else [piece for pieces in found if pieces for piece in pieces]


def _marked(composed: str, alphabet: Alphabet) -> list[Piece] | None:
    """A letter that can be written, with as few marks to be drawn on it as can be."""
    parts = unicodedata.normalize("NFD", composed)
    parts = STRUCK.get(parts[0], parts[0]) + parts[1:]
    if len(parts) == 1 or not set(parts[1:]) <= set(MARKS):
        return None
    for stop in range(len(parts) - 1, 0, -1):
        letter = unicodedata.normalize("NFC", parts[:stop])
        if letter in alphabet:
            return [(letter, parts[stop:])]
    pieces = _spelt(SPELT.get(parts[0]), alphabet)
    return pieces and [(pieces[0][0], parts[1:]), *pieces[1:]]


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """What is seen as one character each, with its place, without what is not seen."""
    for match in _CLUSTER.finditer(text):
        seen = match[0] if _JOINER in match[0] else "".join(filterfalse(is_invisible, match[0]))
        if seen:
            yield match.start(), seen


@dataclass
class _Draft:
    """A text as it comes to be."""

    text: str = ""
    accents: list[Accent] = field(default_factory=list)
    replaced: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    missing: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, given: str, pieces: list[Piece]) -> None:
        """Writes `pieces` for the character that was given."""
        by = "".join(character for character, _ in pieces)
        marks = "".join(marks for _, marks in pieces)
        composed = unicodedata.normalize("NFC", given)
        if marks or (by != composed and not given.isspace()):
            self.replaced[composed, by, marks] += 1
        for character, own in pieces:
            if character != " " or self.text[-1:] not in ("", " ", "\n"):
                self.text += character
            self.accents += [Accent(len(self.text) - 1, mark) for mark in own]

    def break_line(self) -> None:
        """Ends a line; nothing stands before the first that is written."""
        self.text = self.text.rstrip(" ")
        self.text += "\n" if self.text else ""

    def result(self) -> Writable:
        """The text, without empty lines at its end."""
        return Writable(
            text=self.text.rstrip(),
            accents=tuple(self.accents),
            replaced=tuple(Replaced(*key, count) for key, count in self.replaced.items()),
            missing=tuple(Missing(key, tuple(places)) for key, places in self.missing.items()),
        )


def _check(result: Writable, alphabet: Alphabet, strict: bool) -> None:
    if not result.text and not result.missing:
        raise UsageError("the text is empty: give at least one character that is seen")
    if not result.text:
        raise UsageError(
            f"nothing of the text can be written:\n{_listed(result.missing)}\n"
            f"These can: {alphabet.charset.strip()}"
        )
    if strict and result.missing:
        raise UsageError(
            f"not all of the text can be written:\n{_listed(result.missing)}\n"
            "Replace these, or let them be left out (not strict)"
        )


def _listed(missing: Sequence[Missing]) -> str:
    lines = [f"  {each}" for each in missing[:_SHOWN]]
    if len(missing) > _SHOWN:
        lines.append(f"  and {len(missing) - _SHOWN} more")
    if any(is_right_to_left(each.character) for each in missing):
        lines.append("Writing runs from left to right; scripts that run the other way are left out")
    return "\n".join(lines)


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""
