"""Plain tanh units (Elman 1990).

    h_t = tanh(W x_t + U h_{t−1} + b)

h_t is the output, and all of the state. W, U and b are learnt.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from hwsynth import RecurrentCore

Tensor = Any
State = tuple[Tensor, ...]


class SomeCoreLayer(RecurrentCore):
    """State: h (batch, units)."""

    def __init__(self, *, units: int, seed: int = 0, **layer: Any) -> None:
        super().__init__(**layer)
        self.units = units
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        self.kernel = self.add_weight(
            (input_shape[-1], self.units),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, self.units),
            initializer=keras.initializers.Orthogonal(seed=self.seed + 1),
            name="recurrent_kernel",
        )
        self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")
        self.built = True

    def initial_state(self, batch_size: int) -> State:
        """Zeros."""
        return (ops.zeros((batch_size, self.units)),)

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        (h,) = state
        z = self.matmul(inputs, self.kernel) + self.bias
        h = ops.tanh(z + self.matmul(h, self.recurrent_kernel))
        return h, (h,)

    # RecurrentCore has a `call` that folds `step` over whole sequences. Where that is too slow,
    # put a faster one here; hwsynth.unroll runs a cell with a backward pass of its own.
