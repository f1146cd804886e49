"""How a line of writing lies: its slope, its middle, and its vertical spread, the unit of length
that makes lines of all sizes alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NARROW = 3.0
"""A line less than so many times as wide as it is high is a letter or a short word, whose fitted
slope would be that of its letters: it has none."""
NORMAL_RANGE = 1.7
"""The range from the 20th to the 80th percentile of a normal distribution, in its standard
deviations, so that the spread is that of heights that are normally distributed."""
FLAT = 1e-3
"""A spread below this share of the line's extent is no height: a dot, a dash, or a rule."""


@dataclass(frozen=True)
class LineMeasure:
    """How a line lies, in its own unit."""

    slope: float
    """Δy/Δx of the straight line fitted to all points by least squares; 0 for narrow lines."""
    centre: float
    """Mean x, where the fitted line is turned about."""
    middle: float
    """Median height of the points about the fitted slope: y of the line's middle at `centre`."""
    spread: float | None
    """(80th − 20th percentile of y about the fitted slope) / 1.7, which neither dots nor single
    flourishes move; None where that is no height."""

    def middle_at(self, x: float) -> float:
        """y of the line's middle at `x`."""
        return self.middle + self.slope * (x - self.centre)


def measure(points: NDArray) -> LineMeasure:
    """The measure of points (points, 2 or more): x, y, in float64. Percentiles are interpolated
    linearly between points."""
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    width, height = np.ptp(x), np.ptp(y)
    centre = x.mean()
    slope = _slope(x - centre, y) if width > 0 and width >= NARROW * height else 0.0
    about = np.sort(y - slope * (x - centre))
    ranks = np.array([0.2, 0.5, 0.8]) * (len(about) - 1)
    low, middle, high = np.interp(ranks, np.arange(len(about)), about)
    spread = (high - low) / NORMAL_RANGE
    measurable = spread > FLAT * max(width, height)
    return LineMeasure(
        float(slope), float(centre), float(middle), float(spread) if measurable else None
    )


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """By least squares; `x` has mean 0."""
    return float(x @ (y - y.mean()) / (x @ x))
