"""Strokes of capitals and digits in one order, whoever made them.

Of the bars of an I or E some people make the upper one first and others the lower one. What
foretells the pen then has two places in mind for its next stroke, and where few lines teach it to
tell them apart, it goes between them. It also learns long jumps badly, of which there are few: the
upper bar of an I is near the beginning of its stem, and far from its end.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

from hwsynth.ink import Ink
from hwsynth.letters import spans

BETWEEN_BARS = frozenset("I")
"""Characters whose stem, the first stroke as a rule, stands between two bars."""


def from_top(ink: Ink) -> Ink:
    """The line with the strokes of each capital and digit, all but its first, from top to bottom;
    of an I the first, too.

    A stroke that comes from the character before stays the first, one that goes on into the next
    the last. What is seen stays as it was, and so do the ends of characters; a line that does not
    say where these are stays as it is. Raises DataError where it says of more or fewer than it has.
    """
    if ink.char_end is None or ink.text is None:
        return ink
    order = np.arange(len(ink))
    for char, (start, stop) in zip("".join(ink.text.split()), spans(ink), strict=True):
        if char.isupper() or char.isdigit():
            begins = start == 0 or bool(ink.points[start - 1, 2])
            first = 0 if begins and char in BETWEEN_BARS else 1
            order[start:stop] = start + _from_top(ink.points[start:stop], first)
    times = None if ink.times is None else ink.times[order]
    return dataclasses.replace(ink, points=ink.points[order], times=times)


def _from_top(points: NDArray[np.floating], first: int) -> NDArray[np.int64]:
    """points (points, 3) of a character -> the order (points,) that they are to have: strokes from
    number `first` on from top to bottom."""
    stops = np.flatnonzero(points[:, 2]) + 1
    strokes = [np.arange(*each) for each in itertools.pairwise([0, *stops.tolist()])]
    order = np.arange(len(points))
    if strokes:
        rest = sorted(strokes[first:], key=lambda stroke: float(points[stroke, 1].mean()))
        order[: stops[-1]] = np.concatenate([*strokes[:first], *rest])
    return order
