"""Strokes of capitals and digits in one order, whoever made them.

Of the bars of an I or E some people make the upper one first and others the lower one. What
foretells the pen then has two places in mind for its next stroke, and where few lines teach it to
tell them apart, it goes between them.
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


def from_top(ink: Ink) -> Ink:
    """The line with the strokes of each capital and digit, all but its first, from top to bottom.

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
        rest = sorted(strokes[1:], key=lambda stroke: float(points[stroke, 1].mean()))
        order[: stops[-1]] = np.concatenate([strokes[0], *rest])
    return order
