"""One recurrent cell over the inputs: z_t = W_x·x_t + b, u_t = W_h·h_{t−1}.

The cells, with their equations and papers, are `hwsynth.TanhCell`, `GRUCell` and `LSTMCell`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from hwsynth import (
    Cell,
    GRUCell,
    LSTMCell,
    OneCell,
    RecurrentCore,
    TanhCell,
    clip_derivative,
    native_lstm,
    unroll,
)

Tensor = Any
State = tuple[Tensor, ...]


class CellCore(RecurrentCore):
    """State: that of the cell, each part (batch, units); h comes first and is the output."""

    cell: Cell

    def __init__(
        self, *, units: int, clip_derivative: float | None = None, seed: int = 0, **layer: Any
    ) -> None:
        super().__init__(**layer)
        self.units = units
        self.clip = clip_derivative
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        columns = self.cell.gates * self.units
        self.kernel = self.add_weight(
            (input_shape[-1], columns),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, columns),
            initializer=keras.initializers.Orthogonal(seed=self.seed + 1),
            name="recurrent_kernel",
        )
        self.bias = self.add_weight((columns,), initializer=self._bias, name="bias")
        self.built = True

    def first_bias(self) -> Sequence[float]:
        """What each gate's bias starts at."""
        return self.cell.first_bias

    def _bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        return ops.concatenate([ops.full((self.units,), b, dtype) for b in self.first_bias()])

    def one_cell(self, steps: Any, state: State) -> OneCell:
        """See `RecurrentCore`."""
        return OneCell(self.cell, self.kernel, self.recurrent_kernel, self.bias, self.clip)

    def initial_state(self, batch_size: int) -> State:
        """Zeros."""
        return tuple(ops.zeros((batch_size, self.units)) for _ in range(self.cell.parts))

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        z = self.matmul(inputs, self.kernel) + self.bias
        u = self.matmul(state[0], self.recurrent_kernel)
        state, _ = self.cell.forward(z, u, state, lambda x: clip_derivative(x, self.clip))
        return state[0], state

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        first = initial_state or self.initial_state(ops.shape(inputs)[0])
        z = self.matmul(ops.transpose(inputs, (1, 0, 2)), self.kernel) + self.bias
        states = unroll(
            self.cell, z, self.recurrent_kernel, first, operand=self.operand, clip=self.clip
        )
        return ops.transpose(states[0], (1, 0, 2)), tuple(part[-1] for part in states)


class RNNCore(CellCore):
    """Plain tanh units. State: h (batch, units)."""

    cell = TanhCell()


class GRUCore(CellCore):
    """Gated recurrent units, reset after the product. State: h (batch, units)."""

    cell = GRUCell()


class LSTMCore(CellCore):
    """Long short-term memory. State: h (batch, units), c (batch, units)."""

    def __init__(self, *, peepholes: bool = False, forget_bias: float = 1.0, **core: Any) -> None:
        super().__init__(**core)
        self.cell = LSTMCell()
        self.peepholes = peepholes
        self.forget_bias = forget_bias

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        super().build(input_shape)
        self.peephole = None
        if self.peepholes:
            self.peephole = self.add_weight((3, self.units), initializer="zeros", name="peephole")
            self.cell = LSTMCell(self.peephole)

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        first = initial_state or self.initial_state(ops.shape(inputs)[0])
        if self.peephole is None and self.clip is None:
            weights = self.kernel, self.recurrent_kernel, self.bias
            if native := native_lstm(inputs, *weights, first, self.precision):
                return native
        return super().call(inputs, first, mask)

    def first_bias(self) -> Sequence[float]:
        """Of the gates i, f, o and g: the forget gate's alone is given."""
        return 0.0, self.forget_bias, 0.0, 0.0
