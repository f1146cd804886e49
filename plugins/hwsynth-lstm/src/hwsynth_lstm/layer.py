"""The LSTM layer (Graves 2013, arXiv 1308.0850, eq. 7-11).

    i_t = σ(W_xi x_t + W_hi h_{t−1} + w_ci c_{t−1} + b_i)
    f_t = σ(W_xf x_t + W_hf h_{t−1} + w_cf c_{t−1} + b_f)
    c_t = f_t c_{t−1} + i_t tanh(W_xc x_t + W_hc h_{t−1} + b_c)
    o_t = σ(W_xo x_t + W_ho h_{t−1} + w_co c_t + b_o)
    h_t = o_t tanh(c_t)

The peepholes w_c* are optional. Gates lie side by side as i, f, o, g (g is the tanh).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from hwsynth import RecurrentCore, clip_derivative
from hwsynth_lstm.recurrence import Cell, lstm_recurrence

Tensor = Any
State = tuple[Tensor, ...]


class LSTMCore(RecurrentCore):
    """State: h (batch, units), c (batch, units)."""

    def __init__(
        self,
        *,
        units: int,
        peepholes: bool = False,
        forget_bias: float = 1.0,
        clip_derivative: float | None = None,
        seed: int = 0,
        **layer: Any,
    ) -> None:
        super().__init__(**layer)
        self.units = units
        self.peepholes = peepholes
        self.forget_bias = forget_bias
        self.clip = clip_derivative
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        units = self.units
        self.kernel = self.add_weight(
            (input_shape[-1], 4 * units),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (units, 4 * units),
            initializer=keras.initializers.Orthogonal(seed=self.seed + 1),
            name="recurrent_kernel",
        )
        self.bias = self.add_weight((4 * units,), initializer=self._first_bias, name="bias")
        self.peephole = (
            self.add_weight((3, units), initializer="zeros", name="peephole")
            if self.peepholes
            else None
        )
        self.built = True

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        i, f, o, g = (ops.zeros((self.units,), dtype) for _ in "ifog")
        return ops.concatenate([i, f + self.forget_bias, o, g])

    def initial_state(self, batch_size: int) -> State:
        """Zeros."""
        return ops.zeros((batch_size, self.units)), ops.zeros((batch_size, self.units))

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        h, c = state
        z = self.matmul(inputs, self.kernel) + self.bias + self.matmul(h, self.recurrent_kernel)
        cell = Cell(self.peephole, lambda z: clip_derivative(z, self.clip))
        h, c, _ = cell(z, c)
        return h, (h, c)

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        h, c = initial_state or self.initial_state(ops.shape(inputs)[0])
        rows = ops.transpose(inputs, (1, 0, 2))
        z = self.matmul(rows, self.kernel) + self.bias
        outputs, h, c = lstm_recurrence(
            z, self.recurrent_kernel, self.peephole, h, c, operand=self.operand, clip=self.clip
        )
        return ops.transpose(outputs, (1, 0, 2)), (h, c)
