"""tanh units over a module's own ticks, with their own backward pass.

Backwards only the derivatives by the units' inputs z run in a loop; the derivative by the
kernel is one matrix product over all ticks after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from hwsynth import custom_gradient, scan

Tensor = Any


def tanh_recurrence(
    z: Tensor, kernel: Tensor, h: Tensor, *, operand: Callable[[Tensor], Tensor], clip: float | None
) -> Tensor:
    """y_n = tanh(z_n + y_{n−1}·kernel), y_{−1} = h, for z (ticks, batch, units).

    Returns y (ticks, batch, units). `operand` casts the operands of matrix products; `clip`
    bounds the derivatives by the units' inputs.
    """

    def matmul(a: Tensor, b: Tensor) -> Tensor:
        return ops.cast(ops.matmul(operand(a), b), "float32")

    def run(z: Tensor, kernel: Tensor, h: Tensor) -> tuple[Tensor, Callable]:
        w = operand(kernel)
        back = ops.transpose(w)

        def forward(state: tuple, row: tuple) -> tuple[tuple, tuple]:
            y = ops.tanh(row[0] + matmul(state[0], w))
            return (y,), (y,)

        def backward(state: tuple, row: tuple) -> tuple[tuple, tuple]:
            dy, slope = row
            dz = (dy + state[0]) * slope
            if clip is not None:
                dz = ops.clip(dz, -clip, clip)
            return (matmul(dz, back),), (dz,)

        _, (ys,) = scan(forward, (h,), (z,))

        def derivative(dys: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            nothing = ops.zeros_like(h)
            (dh,), (dz,) = scan(backward, (nothing,), (dys, 1 - ys * ys), reverse=True)
            before = ops.concatenate([h[None], ys[:-1]])
            return dz, matmul(ops.transpose(_flat(before)), operand(_flat(dz))), dh

        return ys, derivative

    return custom_gradient(run)(z, kernel, h)


def _flat(x: Tensor) -> Tensor:
    """(ticks, batch, n) -> (ticks·batch, n)."""
    return ops.reshape(x, (-1, x.shape[-1]))
