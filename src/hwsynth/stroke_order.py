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

ORDERED = 3
"""Strokes that a character has at least, where there is an order to choose."""
BAR = 1.5
"""A stroke so many times as wide as it is high is a bar."""
NEAR = 0.4
"""Share of a stem's height, from an end of it, that a bar which crosses that end lies within."""
ACROSS = 0.15
"""Share of its width that such a bar reaches to either side at least."""


def from_top(ink: Ink) -> Ink:
    """The line with the strokes of each capital and digit, all but its first, from top to bottom; a
    first stroke that bars cross at both ends, as an I's, is made after the upper one.

    A stroke that goes on into the next character stays the last. What is seen stays as it was, and
    so do the ends of characters; a line that does not say where these are stays as it is. Raises
    DataError where it says of more or fewer than it has.
    """
    if ink.char_end is None or ink.text is None:
        return ink
    order = np.arange(len(ink))
    for char, (start, stop) in zip("".join(ink.text.split()), spans(ink), strict=True):
        if char.isupper() or char.isdigit():
            order[start:stop] = start + _from_top(ink.points[start:stop])
    times = None if ink.times is None else ink.times[order]
    return dataclasses.replace(ink, points=ink.points[order], times=times)


def _from_top(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """points (points, 3) of a character -> the order (points,) that they are to have."""
    stops = np.flatnonzero(points[:, 2]) + 1
    strokes = [np.arange(*each) for each in itertools.pairwise([0, *stops.tolist()])]
    order = np.arange(len(points))
    if len(strokes) >= ORDERED:
        first, *rest = strokes
        rest.sort(key=lambda stroke: float(points[stroke, 1].mean()))
        upper, lower = (
            _crosses(points[rest[i]], points[first], end) for i, end in ((0, 1), (-1, -1))
        )
        strokes = [rest[0], first, *rest[1:]] if upper and lower else [first, *rest]
        order[: stops[-1]] = np.concatenate(strokes)
    return order


def _crosses(bar: NDArray[np.floating], stem: NDArray[np.floating], end: int) -> bool:
    """Whether a stroke is a bar that reaches to both sides of a stem at its upper (1) or lower (-1)
    end."""
    height = float(np.ptp(stem[:, 1]))
    x, y = stem[np.argmin(end * stem[:, 1]), :2]
    left, width = float(bar[:, 0].min()), float(np.ptp(bar[:, 0]))
    is_bar = width > 0 and width >= BAR * float(np.ptp(bar[:, 1]))
    near = float(np.abs(bar[:, 1] - y).max()) <= NEAR * height
    return is_bar and near and left + ACROSS * width <= x <= left + (1 - ACROSS) * width
