"""Strokes that were made when a later character was begun, put where their own one ends.

People write the stems of `it is` and go back for the dots and the cross. Where characters own
their points in the order of the text, the last of a word then has the marks of all; and a reader
that sees a character in its first stroke gives the cross of a t, or the arms of a K, to the next.
Here such a stroke comes right after the character that it belongs to; where the pen was not lifted
there, it goes on from the same place afterwards. What is seen stays as it was, and a character ends
when all of it is there. Recognisers, too, take delayed strokes out of their order (Jaeger, Manke,
Reichert and Waibel 2001, "Online handwriting recognition: the NPen++ recognizer").

Axis names: points (of a line), stroke (points of one stroke).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.ink import Ink
from hwsynth.letters import spans

DOTTED = frozenset("ij")
"""Characters that are dotted later."""
DOT = 0.9
"""A stroke no wider and no higher may be a dot; in units of the line's vertical spread."""
APART = 0.4
"""A dot is farther than this from all that is not dotted, where an arm of an E is not; in the same
unit."""
BODY = 0.5
"""A stroke is what its character cannot do without where all else is less than so many times as
high."""
NEAR = 2.5
"""A stroke farther from a character, by `_distance`, is none of it; in the same unit."""
NEAR_DOT = 5.0
"""A dot farther to the side of a character is none of it, however high above it is; in the same
unit."""
CLEARLY = 0.8
"""A stroke is another character's where that is at most so many times as far as its own."""

Points = NDArray[np.float64]


def in_place(ink: Ink, spread: float) -> Ink:
    """The line with its delayed strokes right after their characters.

    `spread`: the line's vertical spread, see `LineMeasure`. A line that does not say where its
    characters end stays as it is. Raises DataError where it says of more or fewer than it has.
    """
    if ink.char_end is None or ink.text is None:
        return ink
    line = _Line(ink, spread)
    moves = line.moves()
    return _moved(ink, line.chars, moves) if moves else ink


@dataclass(frozen=True, order=True)
class _Stroke:
    """Points of one character alone, from a lift of the pen to the next."""

    start: int
    stop: int
    char: int


class _Line:
    """Whose points are whose."""

    def __init__(self, ink: Ink, spread: float) -> None:
        self.xy: Points = ink.points[:, :2].astype(np.float64) / spread
        self.lifts = np.flatnonzero(ink.points[:, 2]) + 1
        self.chars = spans(ink)
        words = (ink.text or "").split()
        self.text = "".join(words)
        self.first = np.repeat(np.cumsum([0, *map(len, words)])[:-1], [len(w) for w in words])
        """(written,) the first character of the word of each."""

    def moves(self) -> dict[_Stroke, int]:
        """Strokes that are delayed, and the characters that they belong to."""
        found = {
            stroke: char for stroke in self.apart() if (char := self.owner(stroke)) is not None
        }
        left = np.diff(self.chars, axis=1)[:, 0]
        for stroke in found:
            left[stroke.char] -= stroke.stop - stroke.start
        # Where all of a character would go, its ends are wrong, and it stays as it is.
        return {stroke: char for stroke, char in found.items() if left[stroke.char] > 0}

    def apart(self) -> Iterator[_Stroke]:
        """Strokes of letters and digits whose other ink may do without them."""
        for start, stop in zip([0, *self.lifts[:-1].tolist()], self.lifts.tolist(), strict=True):
            char = int(np.searchsorted(self.chars[:, 1], start, side="right"))
            first, last = self.chars[char]
            if first <= start and stop <= last and self.text[char].isalnum():
                stroke = _Stroke(start, stop, char)
                if not self._is_body(stroke):
                    yield stroke

    def owner(self, stroke: _Stroke) -> int | None:
        """The character before its own in the word that it belongs to; None where it is in place.

        The nearest of those that are dotted, for a dot; for others the nearest of all.
        """
        word = range(self.first[stroke.char], stroke.char + 1)
        distance, near = self._distances(stroke, word, _distance), NEAR
        if self._is_dot(stroke, distance) and (
            dotted := self._distances(stroke, word, _aside, DOTTED)
        ):
            distance, near = dotted, NEAR_DOT
        own = CLEARLY * distance.pop(stroke.char, np.inf)
        nearest = min(distance, key=lambda char: distance[char], default=stroke.char)
        found = distance.get(nearest, np.inf)
        return nearest if found < own and found <= near else None

    def _distances(
        self,
        stroke: _Stroke,
        chars: Iterable[int],
        measured: Callable[[Points, Points], float],
        among: Container[str] | None = None,
    ) -> dict[int, float]:
        """Of a stroke from some characters: letters and digits, or those `among` some."""
        xy = self.xy[stroke.start : stroke.stop]
        return {
            char: measured(xy, self._others(char, stroke))
            for char in chars
            if (self.text[char].isalnum() if among is None else self.text[char] in among)
        }

    def _is_dot(self, stroke: _Stroke, distance: Mapping[int, float]) -> bool:
        """By its distance from the letters of its word."""
        small = (np.ptp(self.xy[stroke.start : stroke.stop], axis=0) <= DOT).all()
        return bool(small) and all(
            each > APART for char, each in distance.items() if self.text[char] not in DOTTED
        )

    def _is_body(self, stroke: _Stroke) -> bool:
        """Whether all else of its character is much less high: the stem of an i."""
        others = self._others(stroke.char, stroke)
        if not len(others):
            return True
        height = np.ptp(self.xy[stroke.start : stroke.stop, 1])
        return bool(np.ptp(others[:, 1]) < BODY * height)

    def _others(self, char: int, stroke: _Stroke) -> Points:
        """Points of a character but those of the stroke."""
        start, stop = self.chars[char]
        index = np.arange(start, stop)
        return self.xy[index[(index < stroke.start) | (index >= stroke.stop)]]


def _distance(xy: Points, ink: Points) -> float:
    """From points (stroke, 2) to the nearest of (points, 2): that of all of them on average, and
    that of the nearest, since a long bar touches its own letter and lies above others."""
    distance = np.hypot(*(xy[:, None] - ink).T).min(axis=0)
    return float(distance.mean() + distance.min())


def _aside(dot: Points, ink: Points) -> float:
    """How far a dot stands to the side of a letter (points, 2) that is below it. (How high above it
    people put dots says little, and most put them too far to the right.)"""
    (x, y), (letter_x, letter_y) = dot.mean(axis=0), ink.mean(axis=0)
    return float(abs(x - letter_x)) if y < letter_y else np.inf


def _moved(ink: Ink, chars: NDArray[np.int64], moves: Mapping[_Stroke, int]) -> Ink:
    """The line with strokes after the characters that `moves` gives them to."""
    stays = np.ones(len(ink), np.bool_)
    for stroke in moves:
        stays[stroke.start : stroke.stop] = False
    order: list[NDArray[np.int64]] = []
    ends: list[int] = []
    lifted: list[int] = []
    broken: int | None = None
    for char, (start, stop) in enumerate(chars):
        own = start + np.flatnonzero(stays[start:stop])
        if broken is not None:
            # The pen is put down where it was lifted for strokes of the character before.
            order.append(np.array([broken]))
        broken = None
        order.append(own)
        added = sorted(stroke for stroke, to in moves.items() if to == char)
        if added and ink.points[own[-1], 2] == 0:
            broken = int(own[-1])
            lifted.append(sum(map(len, order)) - 1)
        order += [np.arange(stroke.start, stroke.stop) for stroke in added]
        ends.append(sum(map(len, order)) - 1)
    return _reordered(ink, np.concatenate(order), ends, lifted)


def _reordered(
    ink: Ink, order: NDArray[np.int64], ends: Sequence[int], lifted: Sequence[int]
) -> Ink:
    """Points as `order` (new points,) has them, with ends of characters and lifts at those."""
    points = ink.points[order].copy()
    points[list(lifted), 2] = 1
    char_end = np.zeros(len(order), np.bool_)
    char_end[list(ends)] = True
    times = None if ink.times is None else ink.times[order]
    return dataclasses.replace(ink, points=points, times=times, char_end=char_end)
