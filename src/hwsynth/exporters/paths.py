"""Strokes as SVG path data.

Axis names: points (of one stroke), rows (where the stroke starts, then its segments), controls
(3 of a cubic Bézier segment, 1 of a straight one; the last is where the segment ends).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsynth.exporters.curves import bezier_controls, line_controls

STEPS_PER_MM = 1000
"""Coordinates are rounded to a thousandth of a millimetre: coarser ones bend the handles of
short segments visibly when a drawing is enlarged."""


def segments(stroke: NDArray[np.float64], smooth: bool) -> NDArray[np.float64]:
    """(rows, controls, 2) of a stroke (points, 2) in millimetres.

    The first row holds nothing but the starting point. Points that fall together with the one
    before them when rounded are left out, for there is no direction between them.
    """
    moves = np.diff(np.rint(stroke * STEPS_PER_MM), axis=0)
    points: NDArray[np.float64] = stroke[np.concatenate([[True], moves.any(axis=1)])]
    if len(points) == 1:
        return points[:, None, :]
    controls = bezier_controls(points) if smooth else line_controls(points)
    start = np.broadcast_to(points[0], (1, *controls.shape[1:]))
    return np.concatenate([start, controls])


def path_data(rows: NDArray[np.float64]) -> str:
    """The path of (rows, controls, 2), in relative commands, which are shorter.

    Each is the difference of two rounded positions, so that no rounding adds up.
    """
    steps = np.rint(rows * STEPS_PER_MM)
    relative = steps[1:] - steps[:-1, -1:]
    command = "c" if rows.shape[1] == 3 else "l"
    # A dot must have some length: without it some programs draw nothing, or drop the path.
    drawn = command + _numbers(relative) if relative.any() else "h.001"
    return f"M{_numbers(steps[0, -1])}{drawn}"


def _numbers(steps: NDArray[np.float64]) -> str:
    # Adding 0 turns the -0 that rounding leaves into 0.
    values = (steps.ravel() / STEPS_PER_MM + 0.0).tolist()
    text = " ".join([f"{value:.10g}" for value in values])
    return f" {text}".replace(" 0.", " .").replace("-0.", "-.")[1:]
