"""Lines seen a little differently each time: sheared, stretched, enlarged, bent."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from hwsynth.run_options import BatchOptions

WAVES = 3
"""Sines that one bend is the sum of."""
SHORTEST, LONGEST = 4.0, 24.0
"""Wavelengths of bends, in standard deviations of a line's y: about a letter, and a word."""


@dataclasses.dataclass(frozen=True)
class Bends:
    """How a line is bent: sums of sines of x, so that strokes added later, as dots, go with the
    letters that they belong to (Simard et al. 2003 distort images so)."""

    share: float
    """The most that the sum of a bend's sines, or its slope, comes to."""
    wavelengths: NDArray[np.float64]
    """(4, WAVES), in standard deviations of y; one bend each for width, slope, slant and height."""
    phases: NDArray[np.float64]
    """(4, WAVES)"""

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """points (points, 2) -> the same, bent about their middle."""
        unit = float(points[:, 1].std()) or 1.0
        x, y = points.T - points.mean(axis=0)[:, None]
        angles = 2 * np.pi * x / unit / self.wavelengths[..., None] + self.phases[..., None]
        sines = self.share / WAVES * np.sin(angles)
        lengths = self.wavelengths[:2, :, None] * unit / (2 * np.pi)
        across, up = (lengths * sines[:2]).sum(axis=1)
        slant, height = sines[2:].sum(axis=1)
        bent: NDArray[np.float64] = points + np.stack([across + slant * y, up + height * y], axis=1)
        return bent


@dataclasses.dataclass(frozen=True)
class Change:
    """What is done to a line."""

    matrix: NDArray[np.float64]
    """(2, 2) that its offsets (Δx, Δy) are multiplied by."""
    bends: Bends | None = None
    """What is done to its points before that."""

    def offsets(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """points (points, 2) -> (points - 1, 2), from each to the next, changed."""
        bent = self.bends(points) if self.bends else points
        changed: NDArray[np.float64] = np.diff(bent, axis=0) @ self.matrix.T
        return changed


def is_on(options: BatchOptions) -> bool:
    """Whether lines are changed at all."""
    return options.slant > 0 or options.width > 1 or options.size > 1 or options.warp > 0


def drawn(options: BatchOptions, rng: np.random.Generator) -> Change:
    """A shear of up to ±slant, and factors between 1/width and width, 1/size and size, uniform on
    their logarithms; bends of all wavelengths alike, on theirs."""
    slant, width, size = rng.uniform(-1, 1, 3)
    shear = np.array([[1.0, slant * options.slant], [0.0, 1.0]])
    stretch = np.diag([math.exp(width * math.log(options.width)), 1.0])
    matrix = math.exp(size * math.log(options.size)) * stretch @ shear
    return Change(matrix, _bends(options.warp, rng) if options.warp else None)


def _bends(share: float, rng: np.random.Generator) -> Bends:
    lengths = np.exp(rng.uniform(math.log(SHORTEST), math.log(LONGEST), (4, WAVES)))
    return Bends(share, lengths, rng.uniform(0, 2 * np.pi, (4, WAVES)))
