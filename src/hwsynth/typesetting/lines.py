"""The lines that a text has before it is set, and the runs of words that are written at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SINGLE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")


@dataclass(frozen=True)
class Run:
    """Words that stand together in a text."""

    text: str
    """Without line breaks; one space between words."""
    place: int
    """Of the first character, in the whole text."""


@dataclass(frozen=True)
class TextLine(Run):
    """What the text has between line breaks: on paper it may take several lines."""

    empty_before: int
    """How many empty lines the text has before it."""
    begins: bool
    """Whether it is the first of a paragraph."""


def text_lines(text: str, *, join: bool) -> Iterator[TextLine]:
    """The lines of a text that are not empty; with `join` a single break is a space."""
    place = empty = 0
    begins = True
    for line in (_SINGLE_BREAK.sub(" ", text) if join else text).split("\n"):
        if line:
            yield TextLine(line, place, empty, begins)
        begins = not line
        empty = empty + 1 if begins else 0
        place += len(line) + 1


def runs_of(line: Run, longest: int) -> Iterator[Run]:
    """A line's words in runs of about equal length, of at most `longest` characters where no
    single word is longer."""
    count = -(-len(line.text) // longest)
    wanted = -(-len(line.text) // count)
    start = 0
    while start < len(line.text):
        stop = _end_of_run(line.text, start, wanted, longest)
        yield Run(line.text[start:stop], line.place + start)
        start = stop + 1


def _end_of_run(text: str, start: int, wanted: int, longest: int) -> int:
    """The end of the word at which a run from `start` is nearest to as long as wanted."""
    # A space after the text makes its end one like the others.
    reach = text[start : start + longest + 1] + " " * (start + longest >= len(text))
    ends = [start + match.start() for match in re.finditer(" ", reach)]
    if not ends:
        return text.find(" ", start) if " " in text[start:] else len(text)
    return min(ends, key=lambda end: abs(end - start - wanted))
