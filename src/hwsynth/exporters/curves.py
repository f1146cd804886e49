"""Smooth curves through the points of a stroke.

Axis names: points (of one stroke), segments (one between two points that follow each other).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def bezier_controls(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cubic Bézier segments of the centripetal Catmull-Rom spline through `points`.

    Takes (points, 2), of which no two that follow each other may be equal; gives
    (segments, 3, 2): the two inner controls and the end of each segment.

    Catmull & Rom (1974) with the parametrisation of Yuksel et al. (2011), "Parameterization
    and applications of Catmull-Rom curves": t_i = sqrt |p_i - p_(i-1)|. It makes no cusp and no
    loop within a segment, and no control is further from its point than 2/3 of the chord: with
    a and b the chords before and after a point, its tangent is

        (a t_b / t_a + b t_a / t_b) / (t_a + t_b),  of length at most 2 min(t_a, t_b).
    """
    chords = np.diff(points, axis=0)
    spans = np.sqrt(np.hypot(chords[:, 0], chords[:, 1]))[:, None]
    velocities = chords / spans
    before, after = spans[:-1], spans[1:]
    inner = (velocities[:-1] * after + velocities[1:] * before) / (before + after)
    tangents = np.concatenate([velocities[:1], inner, velocities[-1:]])
    leaving = points[:-1] + tangents[:-1] * spans / 3
    arriving = points[1:] - tangents[1:] * spans / 3
    return np.stack([leaving, arriving, points[1:]], axis=1)


def line_controls(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight segments through `points` (points, 2): (segments, 1, 2), the end of each."""
    return points[1:, None, :]
