"""The LSTM over a whole sequence, with its own backward pass.

Only what depends on the step before runs in a loop: forwards h_{t−1}·W_h and the gates,
backwards the derivatives by the gates' inputs z. The derivative by W_h is one matrix product
over all steps after the loop, where automatic differentiation would add up one a step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from hwsynth import custom_gradient, scan

Tensor = Any


class Cell:
    """The gates of one step, given their inputs."""

    def __init__(self, peephole: Tensor | None, mark: Callable[[Tensor], Tensor] = lambda z: z):
        """peephole (3, units) for i, f, o; `mark` is laid on each gate's whole input."""
        self.peephole = peephole
        self.mark = mark

    def __call__(self, z: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """z (batch, 4·units), c -> h, c (batch, units), gates (batch, 4·units)."""
        zi, zf, zo, zg = ops.split(z, 4, axis=-1)
        if self.peephole is not None:
            zi, zf = zi + self.peephole[0] * c, zf + self.peephole[1] * c
        i, f, g = ops.sigmoid(self.mark(zi)), ops.sigmoid(self.mark(zf)), ops.tanh(self.mark(zg))
        c = f * c + i * g
        if self.peephole is not None:
            zo = zo + self.peephole[2] * c
        o = ops.sigmoid(self.mark(zo))
        return o * ops.tanh(c), c, ops.concatenate([i, f, o, g], axis=-1)


def lstm_recurrence(
    z: Tensor,
    kernel: Tensor,
    peephole: Tensor | None,
    h: Tensor,
    c: Tensor,
    *,
    operand: Callable[[Tensor], Tensor],
    clip: float | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """z (steps, batch, 4·units) from the inputs, kernel (units, 4·units), state h, c.

    Returns outputs (steps, batch, units) and the last h and c.
    `operand` casts the operands of matrix products; `clip` bounds the derivatives by the
    gates' inputs.
    """

    def matmul(a: Tensor, b: Tensor) -> Tensor:
        return ops.cast(ops.matmul(operand(a), b), "float32")

    def run(z: Tensor, kernel: Tensor, h0: Tensor, c0: Tensor, *peep: Tensor) -> Any:
        cell = Cell(peep[0] if peep else None)
        w = operand(kernel)

        def forward(state: tuple, row: tuple) -> tuple[tuple, tuple]:
            h, c, gates = cell(row[0] + matmul(state[0], w), state[1])
            return (h, c), (h, c, gates)

        (h, c), (hs, cs, gates) = scan(forward, (h0, c0), (z,))

        def derivative(dhs: Tensor, dh: Tensor, dc: Tensor) -> tuple[Tensor, ...]:
            before = ops.concatenate([c0[None], cs[:-1]])
            dz, dh0, dc0 = _backward(dhs, dh, dc, w, gates, cs, before, cell.peephole, matmul, clip)
            h_before = ops.concatenate([h0[None], hs[:-1]])
            dkernel = matmul(ops.transpose(_flat(h_before)), operand(_flat(dz)))
            dpeep = [_peephole_derivative(dz, before, cs)] if peep else []
            return (dz, dkernel, dh0, dc0, *dpeep)

        return (hs, h, c), derivative

    given = (z, kernel, h, c) if peephole is None else (z, kernel, h, c, peephole)
    return custom_gradient(run)(*given)  # type: ignore[no-any-return]


def _backward(
    dhs: Tensor,
    dh: Tensor,
    dc: Tensor,
    w: Tensor,
    gates: Tensor,
    cs: Tensor,
    before: Tensor,
    peephole: Tensor | None,
    matmul: Callable,
    clip: float | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Derivatives by z (steps, batch, 4·units) and by the first state."""
    back = ops.transpose(w)

    def bounded(x: Tensor) -> Tensor:
        return x if clip is None else ops.clip(x, -clip, clip)

    def step(state: tuple, row: tuple) -> tuple[tuple, tuple]:
        (dh, dc), (dh_out, gates, c, c_before) = state, row
        i, f, o, g = ops.split(gates, 4, axis=-1)
        dh = dh + dh_out
        tanh_c = ops.tanh(c)
        dzo = bounded(dh * tanh_c * o * (1 - o))
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        if peephole is not None:
            dc = dc + dzo * peephole[2]
        dzi = bounded(dc * g * i * (1 - i))
        dzf = bounded(dc * c_before * f * (1 - f))
        dzg = bounded(dc * i * (1 - g * g))
        dc = dc * f
        if peephole is not None:
            dc = dc + dzi * peephole[0] + dzf * peephole[1]
        dz = ops.concatenate([dzi, dzf, dzo, dzg], axis=-1)
        return (matmul(dz, back), dc), (dz,)

    (dh, dc), (dz,) = scan(step, (dh, dc), (dhs, gates, cs, before), reverse=True)
    return dz, dh, dc


def _peephole_derivative(dz: Tensor, before: Tensor, cs: Tensor) -> Tensor:
    dzi, dzf, dzo, _ = ops.split(dz, 4, axis=-1)
    parts = [dzi * before, dzf * before, dzo * cs]
    return ops.stack([ops.sum(part, axis=(0, 1)) for part in parts])


def _flat(x: Tensor) -> Tensor:
    """(steps, batch, n) -> (steps·batch, n)."""
    return ops.reshape(x, (-1, x.shape[-1]))
