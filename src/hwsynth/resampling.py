"""Points of a line at equal spacing, in time or along the pen's path.

Stroke by stroke: its first and last point stay, and so does the last point of each character.
Between two that stay, the path is cut into equal pieces, as few as are no longer than the spacing.
Pieces of the spacing itself, and a rest, would leave before each that stays an offset of any
length down to nothing, whose direction is noise, and which is short for no reason that a model
could see before it; equal pieces differ from stroke to stroke, by less the longer the stroke.

Their length is all but constant within a stroke, and a density of offsets may therefore grow
without bound: heads need a floor under σ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6
"""A path that is longer than whole pieces by this share of one is not cut once more."""


@dataclass(frozen=True)
class Track:
    """A line in float64."""

    xy: NDArray[np.float64]
    """(points, 2)."""
    pen_up: NDArray[np.bool_]
    """(points,)."""
    times: NDArray[np.float64] | None
    """(points,) seconds, or None."""
    char_end: NDArray[np.bool_] | None
    """(points,), or None."""

    @property
    def first(self) -> NDArray[np.bool_]:
        """(points,) the first point of each stroke."""
        return np.concatenate([[True], self.pen_up[:-1]])


def path_length(track: Track) -> NDArray[np.float64]:
    """(points,) length of the pen's path up to each point, the way in the air not counted."""
    steps = np.hypot(*np.diff(track.xy, axis=0, prepend=track.xy[:1]).T)
    return np.cumsum(np.where(track.first, 0, steps))


def pen_time(track: Track) -> NDArray[np.float64] | None:
    """(points,) seconds of writing up to each point, the time in the air not counted; None where
    times are unknown or run back within a stroke."""
    if track.times is None:
        return None
    steps = np.where(track.first, 0, np.diff(track.times, prepend=track.times[:1]))
    return np.cumsum(steps) if (steps >= 0).all() else None


def resample(track: Track, along: NDArray[np.float64], spacing: float) -> Track:
    """The track at equal spacing of `along` (points,), which grows along each stroke and not
    between strokes; in its unit."""
    stay = np.flatnonzero(_stay(track, along))
    lengths = np.diff(along[stay], prepend=along[0])
    pieces = np.maximum(np.ceil(lengths / spacing - ROUNDING), 1).astype(np.int64)
    rows = np.cumsum(pieces) - 1
    to_go = np.repeat(rows, pieces) - np.arange(rows[-1] + 1)
    where = np.repeat(along[stay], pieces) - to_go * np.repeat(lengths / pieces, pieces)

    def between(values: NDArray[np.float64]) -> NDArray[np.float64]:
        new = np.interp(where, along, values)
        # Strokes meet in `along`: what stays is taken from its own.
        new[rows] = values[stay]
        return new

    def marks(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
        new = np.zeros(len(where), np.bool_)
        new[rows] = values[stay]
        return new

    return Track(
        xy=np.stack([between(track.xy[:, 0]), between(track.xy[:, 1])], axis=1),
        pen_up=marks(track.pen_up),
        times=None if track.times is None else between(track.times),
        char_end=None if track.char_end is None else marks(track.char_end),
    )


def _stay(track: Track, along: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(points,) which points are kept as they are. A stroke that goes nowhere becomes one point."""
    first, last = track.first, track.pen_up
    ends = np.zeros(len(last), np.bool_) if track.char_end is None else track.char_end
    begin, end = np.flatnonzero(first), np.flatnonzero(last)
    nowhere = (along[begin] == along[end]) & (track.xy[begin] == track.xy[end]).all(axis=1)
    begins = np.zeros(len(last), np.bool_)
    begins[begin[~nowhere]] = True
    return begins | last | ends
