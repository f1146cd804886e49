"""New lines put together from parts of others by one hand: real ink, texts that nobody wrote.

A reader learns the words and sentences of its corpus beside the shapes of letters, and takes a
badly written letter for the one that the word asks for. In a text that it cannot guess it looks.

Axis names: points (of one line), written (characters that own ink).
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hwsynth.alphabet import written
from hwsynth.ink import Ink
from hwsynth.line_measure import LineMeasure, measure

WELL_ALIGNED = -1.0
"""Lines with a lower score are not taken apart: their characters may end elsewhere. Ends that have
no score are those that a corpus knows."""
MOST_JOINTS = 4
BETWEEN_WORDS = 0.4
"""Share of joints that are at spaces; the others are within words."""
REACH = 1.0
"""How far left of what was written before a part may begin, in spreads of the line (such as an f's
foot); what begins farther left is a stroke made late, whose own letter is in the other part."""
ASIDE = 0.15
"""Standard deviation of how far from each other the cuts of two lines are that are joined there, in
parts of a line."""


@dataclass(frozen=True)
class _Cut:
    """A place where the pen is lifted and all before it lies left of all after it."""

    character: int
    """The first of the text after it."""
    point: int
    """The first of the ink after it."""
    spaced: bool
    """Whether a space of the text is there."""
    right: float
    """How far right all before it reaches."""


@dataclass(frozen=True)
class _Line:
    """A line that can be taken apart."""

    ink: Ink
    lies: LineMeasure
    cuts: Sequence[_Cut]

    @property
    def text(self) -> str:
        return self.ink.text or ""

    def at(self, spaced: bool) -> list[_Cut]:
        return [cut for cut in self.cuts if cut.spaced == spaced]


def recombined(inks: Iterable[Ink], times: int, seed: int = 0) -> Iterator[Ink]:
    """`times` lines for each of `inks` that can be taken apart: the line itself, and one to
    `MOST_JOINTS` times what follows from some place on taken from another line by the same hand.

    Called by the line's id, a plus sign and a number; without times. Lines are by one hand where
    their writer is the same, or, where none is known, their ids but for the last number.
    """
    rng = np.random.default_rng(seed)
    hands: dict[str, list[_Line]] = defaultdict(list)
    for ink in inks:
        known = ink.score is None or ink.score >= WELL_ALIGNED
        if known and (line := _line(ink)) is not None and line.cuts:
            hands[_hand(ink)].append(line)
    for lines in hands.values():
        longest = max(len(line.text) for line in lines)
        for number in range(1, times + 1):
            for line in lines:
                made = _anew(line, lines, longest, rng)
                if made is not line:
                    yield dataclasses.replace(made.ink, id=f"{line.ink.id}+{number}")


def _hand(ink: Ink) -> str:
    return ink.writer or re.sub(r"\d+\D*$", "", str(ink.id))


def _anew(line: _Line, lines: Sequence[_Line], longest: int, rng: np.random.Generator) -> _Line:
    """A line that begins as `line` does, of at most `longest` characters."""
    made = line
    for _ in range(int(rng.integers(1, MOST_JOINTS, endpoint=True))):
        other = lines[int(rng.integers(len(lines)))]
        joined = _joined(made, other, bool(rng.random() < BETWEEN_WORDS), rng)
        if joined is not None and len(joined.text) <= longest:
            made = joined
    return made


def _joined(first: _Line, then: _Line, spaced: bool, rng: np.random.Generator) -> _Line | None:
    """`first` up to one of its cuts, `then` from one of its own on: at about the same part of the
    line, for long ones stay long so."""
    ends, starts = first.at(spaced), then.at(spaced)
    if not ends or not starts:
        return None
    end = ends[int(rng.integers(len(ends)))]
    aim = (end.character / len(first.text) + rng.normal(0, ASIDE)) * len(then.text)
    start = min(starts, key=lambda cut: abs(cut.character - aim))
    here, there = first.ink, then.ink
    moved = there.points[start.point :] + _move(first, end, then, start)
    ink = dataclasses.replace(
        here,
        points=np.concatenate([here.points[: end.point], moved]),
        char_end=np.concatenate([_ends(here)[: end.point], _ends(there)[start.point :]]),
        text=first.text[: end.character] + then.text[start.character :],
        times=None,
    )
    return _line(ink)


def _move(first: _Line, end: _Cut, then: _Line, start: _Cut) -> np.ndarray:
    """(3,) what is added to points of `then`: it stays as far from what was before it, and from
    the middle of its line."""
    x = float(then.ink.points[start.point, 0])
    right = end.right - start.right
    down = first.lies.middle_at(x + right) - then.lies.middle_at(x)
    return np.array([right, down, 0], np.float32)


def _line(ink: Ink) -> _Line | None:
    """None where it is not known where the characters of its text end."""
    text = ink.text or ""
    if ink.char_end is None or int(ink.char_end.sum()) != written(text):
        return None
    lies = measure(ink.points)
    return _Line(ink, lies, list(_cuts(ink, text, lies.spread)))


def _cuts(ink: Ink, text: str, spread: float | None) -> Iterator[_Cut]:
    if spread is None:
        return
    x = ink.points[:, 0]
    rightmost = np.maximum.accumulate(x)
    leftmost = np.minimum.accumulate(x[::-1])[::-1]
    characters = [place for place, each in enumerate(text) if not each.isspace()]
    points = np.flatnonzero(_ends(ink)) + 1
    for number, point in enumerate(points[:-1], start=1):
        apart = leftmost[point] >= rightmost[point - 1] - REACH * spread
        if ink.points[point - 1, 2] == 1 and apart:
            character = characters[number]
            yield _Cut(
                character, int(point), text[character - 1].isspace(), float(rightmost[point - 1])
            )


def _ends(ink: Ink) -> np.ndarray:
    return np.asarray(ink.char_end, np.bool_)
