"""What a model that reads sees of a line's points.

Axis names: batch, steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsynth.normalisation import Normalisation

FEATURES = 5
"""Δx, Δy, pen_up, height, start."""


def reading_rows(
    rows: NDArray[np.float32], mask: NDArray[np.bool_], normalisation: Normalisation
) -> NDArray[np.float32]:
    """Normalised rows (batch, steps, 3) and their mask (batch, steps) -> (batch, steps, 5), zeros
    on padding.

    Beside each row: its point's height below the line's first point, in standard deviations of Δy,
    and whether it begins a stroke. Where lines begin at their middle, as prepared ones do, the
    height is that about the middle.
    """
    height = np.cumsum(normalisation.offsets(rows)[..., 1], axis=1) / normalisation.sd[1]
    start = np.roll(rows[..., 2], 1, axis=1)
    start[:, 0] = 1
    seen = np.concatenate([rows, height[..., None], start[..., None]], axis=-1)
    return np.where(mask[..., None], seen, 0).astype(np.float32)
