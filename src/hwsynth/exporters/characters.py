"""A line cut where its characters end, to be drawn in colours.

Axis names: points (of a line), chars (that own ink).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hwsynth.ink import Ink

CHARACTER_COLORS = ("#1d4ed8", "#ea580c", "#15803d", "#c026d3", "#374151")
"""In turn: neighbours differ in hue and lightness, and all are seen on white."""


def character_pieces(ink: Ink) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Each stroke, and each part of one that is of another character: its points (points, 2), and
    the place among the characters.

    A part begins where the one before it ended, so that ink which is joined stays so.
    """
    of = _characters(ink)
    starts = np.concatenate([[0], np.flatnonzero(ink.points[:-1, 2]) + 1, [len(ink)]])
    for start, stop in itertools.pairwise(starts):
        cuts = start + 1 + np.flatnonzero(np.diff(of[start:stop]))
        for first, end in zip([start, *cuts], [*cuts, stop], strict=True):
            yield ink.points[max(first - 1, start) : end, :2], int(of[first])


def character_middles(ink: Ink) -> list[float]:
    """(chars,) about where each character stands: the median x of its points, which dots that are
    made when the word is done hardly move."""
    of = _characters(ink)
    x = ink.points[:, 0].astype(np.float64)
    return [float(np.median(x[of == character])) for character in range(int(of[-1]) + 1)]


def _characters(ink: Ink) -> NDArray[np.int64]:
    """(points,) of which character each point is; what comes after the last end is its too."""
    ends = np.zeros(len(ink), np.bool_) if ink.char_end is None else ink.char_end
    before = np.cumsum(ends) - ends
    return np.asarray(np.minimum(before, max(int(ends.sum()) - 1, 0)))
