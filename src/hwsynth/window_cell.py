"""The window (see `window.py`) at one step, and as part of a cell that is unrolled.

A cell in a window is a cell again: its state is that of the cell within, w and the bells, and the
derivatives by all weights are products over all steps after the loop, as `unroll` has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from keras import ops

from hwsynth.cells import Cell, Inputs, Mark, Rows, State

Tensor = Any
LARGEST = 10.0
"""Exponents, either way."""


def look(raw: Tensor, characters: Tensor, kappa: Tensor) -> State:
    """raw (batch, 3·bells) = (α̂, β̂, κ̂), c (batch, chars, symbols), κ before (batch, bells) ->
    w (batch, symbols), (α, β, κ) after (batch, 3·bells)."""
    alpha, beta, moved = ops.split(_exp(raw), 3, axis=-1)
    bells = ops.concatenate([alpha, beta, kappa + moved], axis=-1)
    phi = ops.sum(_heights(bells, characters)[0], axis=1)
    return ops.matmul(phi[:, None], characters)[:, 0], bells


def look_back(dw: Tensor, dbells: Tensor, raw: Tensor, bells: Tensor, characters: Tensor) -> State:
    """Derivatives by w and by (α, β, κ) after a step -> by raw, and by κ before it.

    raw and bells as `look` took and gave them.
    """
    heights, away = _heights(bells, characters)
    # By the logarithm of each bell's height at each place: all else follows from that.
    each = heights * ops.matmul(dw[:, None], ops.transpose(characters, (0, 2, 1)))
    alpha, beta, _ = ops.split(bells, 3, axis=-1)
    dalpha, dbeta, dkappa = ops.split(dbells, 3, axis=-1)
    dkappa = dkappa - 2 * beta * ops.sum(each * away, axis=2)
    moved = ops.split(_exp(raw), 3, axis=-1)[2]
    draw = [
        dalpha * alpha + ops.sum(each, axis=2),
        beta * (dbeta - ops.sum(each * away * away, axis=2)),
        dkappa * moved,
    ]
    held = ops.abs(raw) >= LARGEST
    return ops.where(held, 0.0, ops.concatenate(draw, axis=-1)), dkappa


def _exp(raw: Tensor) -> Tensor:
    return ops.exp(ops.clip(raw, -LARGEST, LARGEST))


def _heights(bells: Tensor, characters: Tensor) -> tuple[Tensor, Tensor]:
    """The height of each bell at each place, and how far its middle is from there, both (batch,
    bells, chars)."""
    alpha, beta, kappa = (part[:, :, None] for part in ops.split(bells, 3, axis=-1))
    away = kappa - ops.arange(1, ops.shape(characters)[1] + 1, dtype="float32")
    return alpha * ops.exp(-beta * away * away), away


@dataclass(frozen=True)
class WindowCell(Cell):
    """A cell whose output moves a window, and which is told what was seen by it.

    Inputs: those of the cell within, and what the window's bias says (batch, 3·bells). State: that
    of the cell within, w (batch, symbols), (α, β, κ) (batch, 3·bells).
    """

    within: Cell
    feedback: Tensor
    """(symbols, gates·units): from w to the cell's z at the next step."""
    kernel: Tensor
    """(units, 3·bells): from the cell's output to the window."""
    characters: Tensor
    """c (batch, chars, symbols); it is given, and has no derivative."""
    operand: Callable[[Tensor], Tensor]
    """Casts the operands of matrix products."""
    clip: float | None = None
    """Bound of derivatives by the window's raw parameters."""

    @property
    def parts(self) -> int:
        """See `Cell`."""
        return self.within.parts + 2

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """See `Cell`."""
        return (*self.within.weights, self.feedback, self.kernel, self.characters)

    def with_weights(self, weights: tuple[Tensor, ...]) -> WindowCell:
        """See `Cell`."""
        *own, feedback, kernel, characters = weights
        within = self.within.with_weights(tuple(own))
        # Once for all steps.
        feedback, kernel = self.operand(feedback), self.operand(kernel)
        return replace(self, within=within, feedback=feedback, kernel=kernel, characters=characters)

    def forward(self, z: Inputs, u: Tensor, state: State, mark: Mark = lambda x: x) -> Any:
        """See `Cell`."""
        *own, w, bells = state
        z, *beside, raw = z
        z = z + self.matmul(w, self.feedback)
        after, kept = self.within.forward(_inputs(z, *beside), u, tuple(own), mark)
        raw = raw + self.matmul(after[0], self.kernel)
        kappa = ops.split(bells, 3, axis=-1)[2]
        return (*after, *look(raw, self.characters, kappa)), (*kept, raw)

    def to_go_back(self, before: State, after: State, kept: Rows) -> Rows:
        """The window's raw parameters and its bells, and what the cell within needs."""
        *own, raw = kept
        return raw, after[-1], *self.within.to_go_back(before[:-2], after[:-2], tuple(own))

    def backward(self, dstate: State, row: Rows, bounded: Mark) -> tuple[Inputs, State]:
        """See `Cell`."""
        (dh, *dothers, dw, dbells), (raw, bells, *seen) = dstate, row
        draw, dkappa = look_back(dw, dbells, raw, bells, self.characters)
        if self.clip is not None:
            draw = ops.clip(draw, -self.clip, self.clip)
        dh = dh + self.matmul(draw, ops.transpose(self.kernel))
        dz, dbefore = self.within.backward((dh, *dothers), tuple(seen), bounded)
        dz, *dbeside = dz if isinstance(dz, tuple) else (dz,)
        dw = self.matmul(dz, ops.transpose(self.feedback))
        # Of the bells before, only where they stood is read.
        nothing = ops.zeros_like(dkappa)
        dbells = ops.concatenate([nothing, nothing, dkappa], axis=-1)
        return (dz, *dbeside, draw), (*dbefore, dw, dbells)

    def by_product(self, dz: Inputs, row: Rows) -> Tensor:
        """See `Cell`."""
        return self.within.by_product(_inputs(*dz[:-1]), row[2:])

    def weight_derivatives(self, dz: Inputs, before: State, after: State) -> tuple[Tensor, ...]:
        """By the weights of the cell within, by feedback and kernel, and none by what is read."""
        *dz, draw = dz
        return (
            *self.within.weight_derivatives(_inputs(*dz), before[:-2], after[:-2]),
            self._over_steps(before[-2], dz[0]),
            self._over_steps(after[0], draw),
            ops.zeros_like(self.characters),
        )

    def matmul(self, a: Tensor, b: Tensor) -> Tensor:
        """a·b, as float32."""
        return ops.cast(ops.matmul(self.operand(a), self.operand(b)), "float32")

    def _over_steps(self, a: Tensor, b: Tensor) -> Tensor:
        """Σ aᵀ·b over steps and batch."""
        a, b = (ops.reshape(each, (-1, each.shape[-1])) for each in (a, b))
        return self.matmul(ops.transpose(a), b)


def _inputs(*parts: Tensor) -> Inputs:
    return parts if len(parts) > 1 else parts[0]
