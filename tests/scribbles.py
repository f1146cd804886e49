"""Ink of all sorts for tests by Hypothesis, and how its preparation reads in plain NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwsynth import Ink


@st.composite
def scribbles(draw: st.DrawFn, **fields: object) -> Ink:
    """A few strokes of whole numbers, points that repeat among them, with times and ends."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    count = sum(lengths)
    place = st.tuples(st.integers(-60, 60), st.integers(-20, 20))
    xy = draw(st.lists(place, min_size=count, max_size=count))
    waits = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    ends = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    pen_up = np.zeros(count)
    pen_up[np.cumsum(lengths) - 1] = 1
    return Ink(
        np.column_stack([np.array(xy), pen_up]),
        times=7 + np.cumsum(waits) / 100,
        char_end=np.array(ends),
        **fields,  # type: ignore[arg-type]
    )


def row(width: float = 100, height: float = 5, slope: float = 0, points: int = 41) -> Ink:
    """A zigzag of that width and height along a slope, without a pen lift, 9 points a tooth."""
    x = np.linspace(0, width, points)
    y = height * np.abs(((np.arange(points) / 4) % 2) - 1) + slope * x
    return Ink(np.column_stack([x, y, np.arange(points) == points - 1]))


def plain_measure(points: NDArray) -> tuple[float, float, float]:
    """Slope, y of the middle at x = 0, and spread, by NumPy's own fit and percentiles."""
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    slope = np.polyfit(x, y, 1)[0] if np.ptp(x) >= 3 * np.ptp(y) and np.ptp(x) > 0 else 0.0
    about = y - slope * x
    low, middle, high = np.percentile(about, [20, 50, 80])
    return slope, middle, (high - low) / 1.7


def plain_arc(xy: NDArray, pen_up: NDArray, ends: NDArray, spacing: float) -> Iterator[NDArray]:
    """Points (2,) at equal spacing, walked for piece by piece."""
    start = 0
    for stop in np.flatnonzero(pen_up) + 1:
        stroke, stay = xy[start:stop].astype(np.float64), ends[start:stop].copy()
        start = stop
        stay[-1] = True
        if (stroke == stroke[0]).all():
            yield from stroke[stay]
            continue
        yield stroke[0]
        before = 0
        for end in np.flatnonzero(stay):
            if end > 0:
                yield from _walked(stroke[before : end + 1], spacing)
            before = end


def _walked(path: NDArray, spacing: float) -> Iterator[NDArray]:
    """Points along a path (points, 2), its first not among them."""
    steps = [math.dist(a, b) for a, b in pairwise(path)]
    pieces = max(1, math.ceil(sum(steps) / spacing - 1e-6))
    for piece in range(1, pieces):
        left = piece * sum(steps) / pieces
        for a, b, step in zip(path, path[1:], steps, strict=False):
            if left <= step:
                yield a + (b - a) * left / step
                break
            left -= step
    yield path[-1]
