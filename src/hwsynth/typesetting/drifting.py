"""How a written line strays from the straight one.

Axis names: points. Lengths in millimetres, y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """The way of one line: where it sets out, how it climbs, and two slow waves."""

    start: float
    climb: float
    """Δy by Δx."""
    waves: Floats
    """(2, 3): amplitude, turns a millimetre, and turn at x = 0."""

    def at(self, x: NDArray[np.floating]) -> Floats:
        """(points,) how far below the straight line the pen is at each x (points,)."""
        size, pace, turn = self.waves.T[:, :, None]
        swing = (size * np.sin(2 * np.pi * (pace * x + turn))).sum(axis=0)
        return np.asarray(self.start + self.climb * x + swing)


def drift(
    rng: np.random.Generator, *, measure: float, x_height: float, amount: float, lean: float
) -> Drift:
    """A line's own drift. `lean`: what all lines of a hand have in common, normal.

    With an amount of 1 a line strays by about a tenth of an x-height from its own baseline, and
    ends about a sixth of one higher or lower than it began.
    """
    size = amount * x_height
    waves = np.stack(
        [
            size * np.array([0.05, 0.025]) * rng.normal(1, 0.3, 2),
            rng.uniform([0.5, 1.3], [0.9, 2.1]) / max(measure, 1e-9),
            rng.uniform(size=2),
        ],
        axis=1,
    )
    climb = size * (0.12 * lean + 0.1 * rng.normal()) / max(measure, 1e-9)
    start = size * 0.04 * rng.normal() - climb * measure / 2
    return Drift(start, climb, waves)
