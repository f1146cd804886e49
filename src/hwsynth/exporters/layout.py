"""Where the lines of a sheet go. All lengths in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sheet:
    """The places of cells on a sheet."""

    corners: NDArray[np.float64]
    """(cells, 2): x and y of each cell's upper left corner."""
    size: tuple[float, float]
    """Width and height of the sheet."""


def lay_out(
    sizes: NDArray[np.float64], *, columns: int, gaps: tuple[float, float], margin: float
) -> Sheet:
    """Places cells row by row, left to right, in columns as wide as their widest cell.

    `sizes` (cells, 2): width and height of each; `gaps`: between columns and between rows.
    """
    columns = min(columns, len(sizes))
    rows = -(-len(sizes) // columns)
    grid = np.zeros((rows, columns, 2))
    grid.reshape(-1, 2)[: len(sizes)] = sizes
    lefts, right = _steps(grid[:, :, 0].max(axis=0), gaps[0], margin)
    tops, bottom = _steps(grid[:, :, 1].max(axis=1), gaps[1], margin)
    corners = np.stack([np.tile(lefts, rows), np.repeat(tops, columns)], axis=1)
    return Sheet(corners[: len(sizes)], (right + margin, bottom + margin))


def _steps(
    extents: NDArray[np.float64], gap: float, margin: float
) -> tuple[NDArray[np.float64], float]:
    """Where each extent starts, and where the last one ends."""
    ends = margin + np.cumsum(extents + gap) - gap
    return ends - extents, float(ends[-1])
