"""Lines seen a little differently each time: sheared, stretched, enlarged."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hwsynth.run_options import BatchOptions


def is_on(options: BatchOptions) -> bool:
    """Whether lines are changed at all."""
    return options.slant > 0 or options.width > 1 or options.size > 1


def drawn(options: BatchOptions, rng: np.random.Generator) -> NDArray[np.float64]:
    """A matrix (2, 2) that takes a line's offsets (Δx, Δy) to other ones: a shear of up to ±slant,
    and factors between 1/width and width, 1/size and size, uniform on their logarithms."""
    slant, width, size = rng.uniform(-1, 1, 3)
    shear = np.array([[1.0, slant * options.slant], [0.0, 1.0]])
    stretch = np.diag([math.exp(width * math.log(options.width)), 1.0])
    enlarged: NDArray[np.float64] = math.exp(size * math.log(options.size)) * stretch @ shear
    return enlarged
