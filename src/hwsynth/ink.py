"""Ink: one line of writing as pen movement, the one data type of the toolkit.

Axis names: points (pen positions of one line). x runs rightwards and y downwards, as in
SVG and IAM-OnDB, in the corpus's own unit; only exporters know millimetres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwsynth.errors import DataError


@dataclass(frozen=True, eq=False)
class Ink:
    """One line of writing.

    Raises DataError where the arrays do not have the shapes and values stated here.
    """

    points: NDArray[np.float32]
    """(points, 3): x, y, pen_up. pen_up is 1 on the last point of a stroke, else 0."""
    times: NDArray[np.float64] | None = None
    """(points,) seconds from any origin, not necessarily ascending; None if unknown."""
    char_end: NDArray[np.bool_] | None = None
    """(points,) True on the last point of each written character; None if unknown."""
    text: str | None = None
    """What is written; None if unknown."""
    writer: str | None = None
    """Who wrote it; None if unknown."""
    id: str | None = None
    """The line's name within its corpus."""
    split: str | None = None
    """The dataset's own name of the part that the line belongs to; None if to no part."""
    score: float | None = None
    """How well `char_end` fits the ink, as its alignment says: mean log-probability a character;
    None if unknown."""

    def __post_init__(self) -> None:
        points = _frozen(self.points, np.float32)
        if points.ndim != 2 or points.shape[1] != 3 or len(points) == 0:
            raise DataError(
                f"{self._name()}: points must have shape (points, 3) with at least one point, "
                f"got {points.shape}"
            )
        if not np.isfinite(points).all():
            row = int(np.argmax(~np.isfinite(points).all(axis=1)))
            raise DataError(
                f"{self._name()}: point {row} is not finite ({points[row].tolist()}); "
                "remove the point or mend the file"
            )
        if self.score is not None and not math.isfinite(self.score):
            raise DataError(f"{self._name()}: score must be finite or None, got {self.score}")
        pen_up = points[:, 2]
        if not ((pen_up == 0) | (pen_up == 1)).all():
            raise DataError(f"{self._name()}: pen_up must be 0 or 1 for each point")
        if pen_up[-1] != 1:
            raise DataError(f"{self._name()}: the last point must lift the pen (pen_up 1)")
        object.__setattr__(self, "points", points)
        for name, dtype in (("times", np.float64), ("char_end", np.bool_)):
            values = getattr(self, name)
            if values is None:
                continue
            values = _frozen(values, dtype)
            if values.shape != (len(points),):
                raise DataError(
                    f"{self._name()}: {name} must have shape ({len(points)},), one value a point, "
                    f"got {values.shape}"
                )
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        """The number of points."""
        return len(self.points)

    def __repr__(self) -> str:
        strokes = int(self.points[:, 2].sum())
        return f"Ink(id={self.id!r}, text={self.text!r}, points={len(self)}, strokes={strokes})"

    @property
    def width(self) -> float:
        """Extent in x, in corpus units."""
        return float(np.ptp(self.points[:, 0]))

    @property
    def height(self) -> float:
        """Extent in y, in corpus units."""
        return float(np.ptp(self.points[:, 1]))

    def strokes(self) -> Iterator[NDArray[np.float32]]:
        """The strokes in writing order, each (points, 2): x, y."""
        ends = np.flatnonzero(self.points[:, 2]) + 1
        yield from np.split(self.points[:, :2], ends[:-1])

    def offsets(self) -> NDArray[np.float32]:
        """(points, 3): Δx, Δy, pen_up; the first row's Δ are 0."""
        rows = self.points.copy()
        rows[0, :2] = 0
        rows[1:, :2] = np.diff(self.points[:, :2].astype(np.float64), axis=0)
        return rows

    @classmethod
    def from_offsets(cls, offsets: ArrayLike, **fields: object) -> Ink:
        """The ink of offset rows (points, 3): Δx, Δy, pen_up.

        Inverse of `offsets` up to the starting position. `fields` are Ink's other fields.
        """
        rows = np.array(offsets, np.float64)
        if rows.ndim == 2:
            rows[:, :2] = np.cumsum(rows[:, :2], axis=0)
        return cls(points=rows.astype(np.float32), **fields)  # type: ignore[arg-type]

    def _name(self) -> str:
        return f"ink '{self.id}'" if self.id else "ink"


def _frozen(values: ArrayLike, dtype: type) -> np.ndarray:
    array: np.ndarray = np.asarray(values, dtype).view()
    array.flags.writeable = False
    return array
