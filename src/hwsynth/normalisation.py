"""Corpus units to the numbers that a model sees, and back: one object goes both ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from hwsynth.contracts import Options
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError

ROUNDING = 1e-6
"""A spread of this share of the offsets themselves is that of float32 points being rounded."""


class Normalisation(Options):
    """Offsets less their mean, over their standard deviation (Graves 2013, 4)."""

    mean: tuple[float, float]
    """Mean Δx and Δy, in corpus units."""
    sd: tuple[PositiveFloat, PositiveFloat]
    """Standard deviation of Δx and Δy, in corpus units."""
    clip: float | None = None
    """Offsets are clipped to ± this many corpus units first; none: not at all."""
    pen_unit: PositiveFloat = 1.0
    """The unit that pens were recorded in, in corpus units."""

    @classmethod
    def of(
        cls, corpus: Corpus, lines: Sequence[int] | NDArray, clip: float | None = None
    ) -> Normalisation:
        """Measured in float64 on the offsets of `lines`, the null first rows not counted.

        Raises DataError where the lines have no offsets, or all alike.
        """
        count, total, squares = 0, np.zeros(2), np.zeros(2)
        for line in lines:
            offsets = _clipped(_offsets(corpus, line), clip)
            count += len(offsets)
            total += offsets.sum(axis=0)
            squares += (offsets * offsets).sum(axis=0)
        mean = total / max(count, 1)
        square = squares / max(count, 1)
        variance = square - mean * mean
        if count == 0 or not (variance > ROUNDING**2 * square).all():
            raise DataError(
                f"{len(lines)} lines with {count} offsets are too few or too alike to measure a "
                "mean and standard deviation; give more lines to train on"
            )
        sd = np.sqrt(variance)
        return cls(mean=(mean[0], mean[1]), sd=(sd[0], sd[1]), clip=clip, pen_unit=corpus.pen_unit)

    @property
    def unit(self) -> tuple[float, float]:
        """One pen unit in normalised Δx and Δy."""
        return self.pen_unit / self.sd[0], self.pen_unit / self.sd[1]

    def rows(self, offsets: NDArray) -> NDArray[np.float32]:
        """offsets (points, 3) in corpus units -> rows (points, 3) as a model sees them."""
        rows = np.array(offsets, np.float64)
        rows[..., :2] = (_clipped(rows[..., :2], self.clip) - self.mean) / self.sd
        return rows.astype(np.float32)

    def offsets(self, rows: NDArray) -> NDArray[np.float64]:
        """rows (..., 3) -> offsets (..., 3) in corpus units; inverse of `rows` but for clipping."""
        offsets = np.array(rows, np.float64)
        offsets[..., :2] = offsets[..., :2] * self.sd + self.mean
        return offsets


def _clipped(offsets: NDArray, clip: float | None) -> NDArray:
    return offsets if clip is None else np.clip(offsets, -clip, clip)


def _offsets(corpus: Corpus, line: int) -> NDArray[np.float64]:
    """(points − 1, 2) Δx, Δy."""
    start, end = corpus.starts[line], corpus.starts[line + 1]
    return np.diff(corpus.points[start:end, :2].astype(np.float64), axis=0)
