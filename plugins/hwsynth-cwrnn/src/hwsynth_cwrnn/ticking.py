"""Clockwork units as one cell over all modules, for what needs each step before the next.

A whole sequence runs module by module, each over its own ticks, which is far less to compute. Where
the inputs of a step hang on the outputs of the one before, all modules have to go along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

from hwsynth import Cell

Tensor = Any
State = tuple[Tensor, ...]


@dataclass(frozen=True)
class TickingCell(Cell):
    """A cell whose units keep their state where they do not tick.

    Inputs: z of the cell within, and ticks (1, units), 1 or 0, which have no derivative.
    """

    within: Cell

    @property
    def parts(self) -> int:
        """See `Cell`."""
        return self.within.parts

    def forward(self, z: Any, u: Tensor, state: State, mark: Any = lambda x: x) -> Any:
        """See `Cell`."""
        z, ticks = z
        after, kept = self.within.forward(z, u, state, mark)
        held = (ops.where(ticks > 0, *each) for each in zip(after, state, strict=True))
        return tuple(held), (*kept, ticks)

    def to_go_back(self, before: State, after: State, kept: State) -> State:
        """See `Cell`."""
        *own, ticks = kept
        return ticks, *self.within.to_go_back(before, after, tuple(own))

    def backward(
        self, dstate: State, row: State, bounded: Callable[[Tensor], Tensor]
    ) -> tuple[Any, State]:
        """See `Cell`."""
        ticks, *own = row
        ticking = tuple(each * ticks for each in dstate)
        dz, dbefore = self.within.backward(ticking, tuple(own), bounded)
        kept = (each * (1 - ticks) for each in dstate)
        return (dz, ops.zeros_like(ticks)), tuple(a + b for a, b in zip(dbefore, kept, strict=True))

    def by_product(self, dz: Any, row: State) -> Tensor:
        """See `Cell`."""
        return self.within.by_product(dz[0], row[1:])
