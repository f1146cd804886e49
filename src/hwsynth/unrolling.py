"""A cell over a whole sequence, with its own backward pass.

Only what depends on the step before runs in a loop: forwards u = h·W and the gates, backwards
the derivatives by the gates' inputs. The derivative by W is one matrix product over all steps
after the loop, where automatic differentiation would add up one a step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from hwsynth.backend import custom_gradient, scan
from hwsynth.cells import Cell, Inputs, State

Tensor = Any


def unroll(
    cell: Cell,
    z: Inputs,
    kernel: Tensor,
    state: State,
    *,
    operand: Callable[[Tensor], Tensor],
    clip: float | None,
) -> State:
    """z (steps, batch, gates·units) from the inputs, kernel W (units, gates·units), the state.

    A cell that asks for several inputs is given them as a tuple, z first. Returns the state after
    every step, each part (steps, batch, units); the first is the output. `operand` casts the
    operands of matrix products; `clip` bounds the derivatives by the gates' inputs.
    """

    def matmul(a: Tensor, b: Tensor) -> Tensor:
        return ops.cast(ops.matmul(operand(a), b), "float32")

    def bounded(x: Tensor) -> Tensor:
        return x if clip is None else ops.clip(x, -clip, clip)

    count = len(_parts(z))

    def run(kernel: Tensor, *given: Tensor) -> tuple[State, Callable]:
        z, given = given[:count], given[count:]
        first, own = given[: cell.parts], cell.with_weights(given[cell.parts :])
        w = operand(kernel)

        def forward(state: State, row: tuple) -> tuple[State, tuple]:
            after, kept = own.forward(_of(row), matmul(state[0], w), state)
            return after, (*after, *kept)

        _, rows = scan(forward, first, z)
        after, kept = rows[: cell.parts], rows[cell.parts :]

        def derivative(*dafter: Tensor) -> tuple[Tensor, ...]:
            before = tuple(
                ops.concatenate([x[None], xs[:-1]]) for x, xs in zip(first, after, strict=True)
            )
            seen = own.to_go_back(before, after, kept)
            dz, dfirst = _backward(own, dafter, seen, ops.transpose(w), matmul, bounded)
            du = own.by_product(dz, seen)
            dkernel = matmul(ops.transpose(_flat(before[0])), operand(_flat(du)))
            return dkernel, *_parts(dz), *dfirst, *own.weight_derivatives(dz, before, after)

        return after, derivative

    return custom_gradient(run)(kernel, *_parts(z), *state, *cell.weights)  # type: ignore[no-any-return]


def _backward(
    cell: Cell, dafter: State, seen: tuple, back: Tensor, matmul: Callable, bounded: Callable
) -> tuple[Inputs, State]:
    """Derivatives by z (steps, batch, gates·units) and by the first state, from those by the
    state after every step."""

    def step(dstate: State, row: tuple) -> tuple[State, tuple]:
        own, seen = row[: cell.parts], row[cell.parts :]
        dstate = tuple(a + b for a, b in zip(dstate, own, strict=True))
        dz, (dh, *others) = cell.backward(dstate, seen, bounded)
        return (dh + matmul(cell.by_product(dz, seen), back), *others), _parts(dz)

    nothing = tuple(ops.zeros_like(x[0]) for x in dafter)
    dfirst, dz = scan(step, nothing, (*dafter, *seen), reverse=True)
    return _of(dz), dfirst


def _parts(z: Inputs) -> tuple[Tensor, ...]:
    return z if isinstance(z, tuple) else (z,)


def _of(parts: tuple[Tensor, ...]) -> Inputs:
    """The inputs whose parts these are."""
    return parts if len(parts) > 1 else parts[0]


def _flat(x: Tensor) -> Tensor:
    """(steps, batch, n) -> (steps·batch, n)."""
    return ops.reshape(x, (-1, x.shape[-1]))
