"""Modules from fast to slow: when each ticks, what is its own, and which ones it speaks to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hwsynth_cwrnn.rates import Rate

Coupling = Literal["slower", "none", "all"]
"""Which modules a module reads beside itself."""


@dataclass(frozen=True)
class Module:
    """One module of hidden units."""

    period: int
    grid: int
    """On every grid-th step lie the ticks of this module and of all slower ones."""
    units: slice
    """Its own units in the state and the output."""
    columns: slice
    """Its own columns in what goes to the gates: gates·size, gates side by side."""
    hears: range
    """Numbers of the modules that it reads, itself among them."""
    reads: slice
    """Their units."""
    heard_by: range
    """Numbers of the modules that read this one, itself among them."""

    @property
    def size(self) -> int:
        """How many units it has."""
        return int(self.units.stop - self.units.start)

    def rate(self, clock: Any) -> Rate:
        """The steps at which it ticks, when the clock now stands at `clock`."""
        return Rate.of_clock(self.period, clock)

    def grid_rate(self, clock: Any) -> Rate:
        """The steps of its grid."""
        return Rate.of_clock(self.grid, clock)


def arranged(
    periods: Sequence[int], sizes: Sequence[int], gates: int, coupling: Coupling
) -> tuple[Module, ...]:
    """The modules, fast to slow, of cells with so many gates."""
    count = len(sizes)
    starts = tuple(itertools.accumulate(sizes, initial=0))
    heard_by = [_coupled(coupling, range(i + 1), i, count) for i in range(count)]
    hears = [_coupled(coupling, range(i, count), i, count) for i in range(count)]
    return tuple(
        Module(
            period=periods[i],
            grid=math.gcd(*periods[i:]),
            units=slice(start, stop),
            columns=slice(gates * start, gates * stop),
            hears=hears[i],
            reads=slice(starts[hears[i].start], starts[hears[i].stop]),
            heard_by=heard_by[i],
        )
        for i, (start, stop) in enumerate(itertools.pairwise(starts))
    )


def _coupled(coupling: Coupling, one_way: range, i: int, count: int) -> range:
    return {"slower": one_way, "none": range(i, i + 1), "all": range(count)}[coupling]
