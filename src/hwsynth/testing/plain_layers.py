"""The simplest core and head, to stand beside one that is looked at. Imports Keras."""

from __future__ import annotations

from typing import Any

from keras import ops

from hwsynth.layers import OutputHead, RecurrentCore, State

Tensor = Any


class PlainCore(RecurrentCore):
    """h(t) = h(t−1)/2 + W·x(t)."""

    def __init__(self, units: int) -> None:
        super().__init__(name="core_1")
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        self.built = True

    def initial_state(self, batch_size: int) -> State:
        """Zeros."""
        return (ops.zeros((batch_size, self.units)),)

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        h = state[0] / 2 + self.matmul(inputs, self.kernel)
        return h, (h,)


class PlainHead(OutputHead):
    """The next offset as it is, and the pen down; nothing is left to chance."""

    params = 3

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (..., units)."""
        self.kernel = self.add_weight((input_shape[-1], self.params), name="kernel")
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """inputs (..., units) -> raw parameters (..., params)."""
        return self.matmul(inputs, self.kernel)

    def sample(self, params: Tensor, noise: Tensor, bias: Tensor) -> Tensor:
        """params (batch, params), noise (batch, 4), bias -> rows (batch, 3)."""
        return ops.concatenate([params[:, :2], ops.zeros_like(params[:, 2:])], axis=-1)
