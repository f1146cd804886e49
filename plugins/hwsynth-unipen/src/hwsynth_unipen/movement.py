"""The pen's movement in a segment, brought to one resolution and one rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth_unipen.delineation import Piece
from hwsynth_unipen.recording import Component
from hwsynth_unipen.units import Units

MAX_MM = 10_000.0
"""A coordinate beyond is damage, not writing."""


@dataclass(frozen=True)
class Stroke:
    """What the pen wrote between being set down and lifted."""

    xy: NDArray[np.float64]
    """(points, 2): millimetres, y downwards."""
    times: NDArray[np.float64]
    """(points,): seconds."""

    def resampled(self, rate: float) -> Stroke:
        """`rate` points a second from its first point on, by linear interpolation, and its last
        point."""
        start, end = self.times[0], self.times[-1]
        # The last point is kept: none is put so near before it that the two would be one.
        count = int(np.ceil((end - start) * rate - 0.01))
        times = np.append(start + np.arange(count) / rate, end)
        return Stroke(
            np.stack([np.interp(times, self.times, axis) for axis in self.xy.T], axis=1), times
        )


def read_strokes(
    components: Sequence[Component], pieces: Sequence[Piece], units: Units
) -> list[Stroke]:
    """The strokes of a segment, in order; times from the first of its samples, pen up or down.

    Between components passes one sample's time, and what `.DT` says. Where the pen was lifted
    and its samples were not kept, that is all that is known. Raises ValueError for what is
    not as the format has it.
    """
    if pieces[-1].last >= len(components):
        raise ValueError(f"component {pieces[-1].last} of {len(components)}")
    strokes: list[Stroke] = []
    now = 0.0
    for number in range(pieces[0].first, pieces[-1].last + 1):
        component = components[number]
        rows = _rows(component, units)
        times = _times(rows, units, now + _delay(component))
        now = times[-1] + (units.period or 0.0)
        if component.is_down:
            for cut in _cuts(pieces, number, len(rows)):
                strokes += _touching(rows[cut], times[cut], units)
    return strokes


def _touching(rows: NDArray[np.float64], times: NDArray[np.float64], units: Units) -> list[Stroke]:
    """One stroke; more of a component with pressures, which is lifted where they are 0."""
    if "P" not in units.columns:
        return [Stroke(_xy(rows, units), times)]
    is_down = rows[:, units.columns.index("P")] > 0
    turns = np.flatnonzero(np.diff(is_down, prepend=False, append=False))
    return [
        Stroke(_xy(rows[start:end], units), times[start:end])
        for start, end in turns.reshape(-1, 2).tolist()
    ]


def _cuts(pieces: Sequence[Piece], number: int, samples: int) -> list[slice]:
    """What the pieces take of the component `number`."""
    cuts = []
    for piece in pieces:
        if piece.first <= number <= piece.last:
            start = piece.start if number == piece.first else 0
            end = samples - 1 if number < piece.last or piece.end is None else piece.end
            if not (start < samples and end < samples):
                raise ValueError(f"sample {max(start, end)} of {samples} in component {number}")
            cuts.append(slice(start, end + 1))
    return cuts


def _rows(component: Component, units: Units) -> NDArray[np.float64]:
    """(samples, columns)."""
    numbers = np.array(list(map(float, component.body.split())))
    if len(numbers) % len(units.columns) or not np.isfinite(numbers).all():
        raise ValueError(f"{len(numbers)} numbers in columns {' '.join(units.columns)}")
    return numbers.reshape(-1, len(units.columns))


def _xy(rows: NDArray[np.float64], units: Units) -> NDArray[np.float64]:
    # UNIPEN has y upwards; it is turned here, once.
    x, y = rows[:, units.columns.index("X")], -rows[:, units.columns.index("Y")]
    xy = np.stack([x / units.per_mm[0], y / units.per_mm[1]], axis=1)
    if np.abs(xy).max() > MAX_MM:
        raise ValueError(f"a coordinate beyond {MAX_MM:.0f} mm")
    return xy


def _times(rows: NDArray[np.float64], units: Units, start: float) -> NDArray[np.float64]:
    if "T" not in units.columns:
        return start + (units.period or 0.0) * np.arange(len(rows), dtype=np.float64)
    ticks = rows[:, units.columns.index("T")]
    if (np.diff(ticks) < 0).any():
        raise ValueError("times that go back")
    times: NDArray[np.float64] = start + (ticks - ticks[0]) / units.ticks
    return times


def _delay(component: Component) -> float:
    return sum(map(float, component.delay.split())) / 1000
