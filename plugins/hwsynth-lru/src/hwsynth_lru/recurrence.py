"""A diagonal linear recurrence over complex numbers, with its own backward pass.

    s_t = λ s_{t−1} + x_t

Complex numbers are pairs (real, imaginary) of real tensors, so that every backend has them.
Derivatives run through the same recurrence, backwards and with λ's conjugate; the derivative by
λ is one sum over all steps after it.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from hwsynth import custom_gradient, scan

Tensor = Any
Complex = tuple[Tensor, Tensor]
"""Real and imaginary part."""


def times(a: Complex, b: Complex) -> Complex:
    """a·b."""
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def plus(a: Complex, b: Complex) -> Complex:
    """a + b."""
    return a[0] + b[0], a[1] + b[1]


def conjugate(a: Complex) -> Complex:
    """ā."""
    return a[0], -a[1]


def diagonal_recurrence(decay: Complex, x: Complex, state: Complex) -> Complex:
    """λ (states,), x (steps, batch, states), s_{−1} (batch, states) -> s (steps, batch, states)."""

    def run(*parts: Tensor) -> tuple[Complex, Any]:
        decay, x, state = parts[:2], parts[2:4], parts[4:]
        s = _fold(decay, x, state)

        def derivative(*ds: Tensor) -> tuple[Tensor, ...]:
            back = conjugate(decay)
            nothing = (ops.zeros_like(state[0]), ops.zeros_like(state[1]))
            dx = _fold(back, ds, nothing, reverse=True)
            before = tuple(
                ops.concatenate([first[None], later[:-1]])
                for first, later in zip(state, s, strict=True)
            )
            by_decay = times(conjugate(before), dx)
            ddecay = tuple(ops.sum(part, axis=(0, 1)) for part in by_decay)
            return (*ddecay, *dx, *times(back, (dx[0][0], dx[1][0])))

        return s, derivative

    return custom_gradient(run)(*decay, *x, *state)  # type: ignore[no-any-return]


def _fold(decay: Complex, x: Complex, state: Complex, *, reverse: bool = False) -> Complex:
    """Step after step: on processors this is near what memory allows, and faster than an
    associative scan, which reads and writes the sequence several times over."""

    def step(state: tuple, row: tuple) -> tuple[tuple, tuple]:
        state = plus(times(decay, state), row)
        return state, state

    return scan(step, state, x, reverse=reverse)[1]
