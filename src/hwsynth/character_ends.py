"""Where in a line each character ends, from one point of each that a reader saw it at.

A character ends half-way to the next one's point, or at the pen lift nearest to that where there
is one on the way. A reader knows an E or a K by its first strokes: where that lift parts strokes
that touch and another one does not, a character ends there. Before a space it ends at the lift
after which the pen begins again farthest to the right of all before. So the dot of an i and the
cross of a t, made when the word is done, stay with the word. A stroke that begins with a letter's
bar and goes on as the next one, as the cross of a t often does, is parted where it has crossed the
letter. Spaces own no points.

Axis names: points (of a line), chars (of a text), written (characters that own ink), segments (from
a point to the next).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwsynth.line_measure import measure

TOUCHING = 0.5
"""Strokes that come so near to each other are parts of one character; in units of the line's
vertical spread."""


def character_ends(
    points: NDArray[np.floating], text: str, places: Sequence[int]
) -> NDArray[np.int64]:
    """points (points, 3): x, y, pen_up; the point (chars,) that each character of the text was
    seen at, ascending -> the last point (written,) of each character that is no space; that of the
    last is the last point.

    Each owns one point at least.
    """
    lifts = np.flatnonzero(points[:, 2])
    xy = points[:, :2].astype(np.float64)
    gaps = _gaps(xy[:, 0], lifts)
    touching = TOUCHING * (measure(points).spread or 0)
    written = [char for char, each in enumerate(text) if not each.isspace()]
    ends: list[int] = []
    for char, following in itertools.pairwise(written):
        first, after = places[char], places[following]
        between = (first <= lifts) & (lifts < after)
        if not between.any():
            # A space that the pen was not lifted for has a place of its own.
            half_way = places[char + 1] if following > char + 1 else (first + after) // 2
            ends.append(min(half_way, after - 1))
        elif following > char + 1:
            ends.append(lifts[between][gaps[between].argmax()])
        else:
            start = ends[-1] + 1 if ends else 0
            half_way = _nearest(lifts[between], (first + after) / 2)
            lift = _clear_lift(xy[: after + 1], start, lifts[between], half_way, touching)
            ends.append(lift + _length_of_bar(points[lift + 1 : after], points[start : lift + 1]))
    return np.array([*ends, len(points) - 1], np.int64)


def _gaps(x: NDArray[np.float64], lifts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(lifts,) how far to the right of all before it the stroke after each lift begins to have
    ink; −inf for the last lift."""
    strokes = np.concatenate([[0], lifts[:-1] + 1])
    left = np.minimum.reduceat(x, strokes)
    right = np.maximum.accumulate(np.maximum.reduceat(x, strokes))
    return np.append(left[1:] - right[:-1], -np.inf)


def _nearest(lifts: NDArray[np.int64], place: float) -> int:
    return int(lifts[np.abs(lifts - place).argmin()])


def _clear_lift(
    xy: NDArray[np.float64], start: int, lifts: NDArray[np.int64], half_way: int, touching: float
) -> int:
    """Of the lifts between a character, which begins at point `start`, and the next one, which was
    seen at the last of the points (points, 2): the one half-way, or where that parts what is
    touching, the one that parts what lies farthest apart, if that is not."""

    def apart(lift: int) -> float:
        return _distance(xy[start : lift + 1], xy[lift + 1 :])

    if apart(half_way) >= touching:
        return half_way
    clearest: int = max(lifts.tolist(), key=apart)
    return clearest if apart(clearest) >= touching else half_way


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Of the nearest points (points, 2) of both."""
    return float(np.hypot(*(a[:, None] - b).T).min())


def _length_of_bar(following: NDArray[np.floating], letter: NDArray[np.floating]) -> int:
    """How many of the points (points, 3) that follow a letter (points, 3) are a bar of it: those of
    the first stroke where that crosses the letter from the left, farther to the right than up or
    down; up to there where it goes on beyond them. Else 0."""
    lifts = np.flatnonzero(following[:, 2])
    stroke = following[: lifts[0] + 1] if len(lifts) else following
    crosses = _crossings(_segments(stroke), _segments(letter)).any(axis=1)
    if not crosses.any():
        return 0
    beyond = int(crosses.argmax()) + 1
    right, down = stroke[beyond, :2] - stroke[0, :2]
    if right <= abs(down):
        return 0
    return len(stroke) if len(lifts) else beyond + 1


def _segments(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """points (points, 3) -> (segments, 2 ends, 2), none where the pen was up."""
    xy = points[:, :2].astype(np.float64)
    drawn = points[:-1, 2] == 0
    return np.stack([xy[:-1][drawn], xy[1:][drawn]], axis=1)


def _crossings(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(segments of a, segments of b): whether the ends of each lie on both sides of the other."""
    a, b = a[:, None], b[None]
    return _parts(a, b) & _parts(b, a)


def _parts(line: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a `line` (…, 2, 2) has the two `ends` (…, 2, 2) on different sides."""
    along = line[..., 1, :] - line[..., 0, :]
    left = [
        along[..., 0] * (end - line[..., 0, :])[..., 1]
        < along[..., 1] * (end - line[..., 0, :])[..., 0]
        for end in (ends[..., 0, :], ends[..., 1, :])
    ]
    parts: NDArray[np.bool_] = left[0] != left[1]
    return parts


def among(ends: NDArray[np.int64], index: NDArray[np.floating], points: int) -> NDArray[np.int64]:
    """Ends (written,) of characters in a resampled line -> in the line itself, of `points` points,
    as many as characters or more.

    index: where each resampled point lies among the line's own, as fractions of one. An end is the
    last own point at or before it, or one near by where several fall together.
    """
    written = len(ends)
    # A point that stayed may have an index that is too small by rounding.
    own: NDArray[np.int64] = np.floor(index[ends] + 1e-6).astype(np.int64)
    order = np.arange(written)
    own = np.maximum.accumulate(own - order) + order
    own = np.minimum(own, points - written + order)
    own[-1] = points - 1
    return own
