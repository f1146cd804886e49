"""Transcripts brought to the form that a person writes: `don ' t` is "don't".

Some corpora took their texts from sources in which every mark is a word of its own, with a space
on each side. The ink does not: nobody leaves a word's space before a comma. A model of such texts
learns that commas stand after spaces, and then lacks a way to write "eloquent,".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?: , ?\d{3})+(?!\d)")
"""2 , 415 , 000, also 800 ,000"""

_LOOSE_ENDING = re.compile(
    r"""
    (?<=[^\W_]|["')\]%])            # after a word or what closes one,
    [ ]+ (?= [.,;:?!] (?![.,;:?!])  # spaces before one mark alone (no ellipsis),
    (?: [ ]*["')\]] | [ ] | $ ))    # which ends there
    """,
    re.VERBOSE,
)
_BETWEEN_DIGITS = re.compile(r"\d [.:] \d")
"""A ratio, an hour, a decimal: either form is written."""

_ELLIPSIS = re.compile(r" *\.(?: \.)+")

_ELISION = re.compile(
    r"(?<=[^\W\d_]) ?' ?(?=(?:s|m|d|re|ve|ll)\b(?!'))|(?<=n) ?' ?(?=t\b(?!'))"
    r"|(?<=\b[Oo]) ?' ?(?=clock\b|[A-Z][a-z])",
)
"""That ' s, didn ' t, o ' clock, O ' Hara: one space at either side, or at both."""

_INSIDE_BRACKETS = re.compile(
    r"(?<=[(\[]) +(?=[^()\[\]]*[^\W_])|(?<=[^\W_]) +(?=[)\]])|(?<=[.!?\"'\])]) +(?=[)\]])"
)
"""Where a word stands in them: a row of marks is what it is."""

_QUOTE = re.compile(r'(?<![^\W\d_])"|"(?![^\W\d_])')
"""Not between two letters, where it stands for an umlaut."""

_ENDS = re.compile(r" *(?:$|[,.;:?!)](?![.,;:?!]))")
"""What follows a double quote that closes: a mark, or nothing."""


def untokenised(text: str) -> str:
    """The text with the spaces taken out that a tokeniser put around its marks.

    A space goes before `. , ; : ? !` after a word, around the apostrophe of an elision or a
    genitive (`That ' s`, `didn ' t`, `O ' Hara`), inside brackets, inside double quotes where the
    line says which of them open and which close, and around the commas of a number. All else
    stays: dashes and hyphens (`well - kept` is both), ellipses, single quotes, spaced digits,
    quotes of which nothing says what they are. Nothing but spaces ever changes, and a text
    without such forms is given back as it is.

    >>> untokenised('Mr . Gaitskell ( Leeds ) said : " I don \\' t . "')
    'Mr. Gaitskell (Leeds) said: "I don\\'t."'
    """
    text = _THOUSANDS.sub(lambda number: number[0].replace(" ", ""), text)
    text = _without(_LOOSE_ENDING, text, spared=(_BETWEEN_DIGITS, _ELLIPSIS))
    text = _ELISION.sub("'", text)
    text = _INSIDE_BRACKETS.sub("", text)
    return _with_quotes_closed(text)


def _without(spaces: re.Pattern[str], text: str, spared: Sequence[re.Pattern[str]]) -> str:
    """`text` without the matches of `spaces` that lie outside of what is spared."""
    kept = [match.span() for pattern in spared for match in pattern.finditer(text)]

    def drop(match: re.Match[str]) -> str:
        inside = any(start <= match.start() < stop for start, stop in kept)
        return match[0] if inside else ""

    return spaces.sub(drop, text)


def _with_quotes_closed(text: str) -> str:
    """Double quotes moved to the words that they open or close.

    They take turns, so that one of which the line shows the side gives the side of all. Where
    none does, or two disagree, all stay as they are.
    """
    parts = _QUOTE.split(text)
    sides = [_opens(before, after) for before, after in pairwise(parts)]
    first = {opens ^ bool(number % 2) for number, opens in enumerate(sides) if opens is not None}
    if len(first) != 1:
        return text
    opens_first = first.pop()
    for number in range(len(sides)):
        if opens_first ^ bool(number % 2):
            parts[number + 1] = parts[number + 1].lstrip(" ")
        else:
            parts[number] = parts[number].rstrip(" ")
            # What is said next, in "Yes. "" No.", is a word of its own.
            if not parts[number + 1] and number + 1 < len(sides):
                parts[number + 1] = " "
    return '"'.join(parts)


def _opens(before: str, after: str) -> bool | None:
    """Whether a double quote between these opens; None where nothing shows it."""
    if _ENDS.match(after):
        return False
    if not before.strip() or before.rstrip()[-1] in ":(":
        return True
    loose_before, loose_after = before[-1] == " ", after[0] == " "
    return None if loose_before == loose_after else loose_before
