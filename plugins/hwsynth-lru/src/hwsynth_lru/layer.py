"""The linear recurrent unit (Orvieto et al. 2023, arXiv 2303.06349) and its gated layer.

    λ = exp(−exp(ν) + i exp(θ))                                  section 3.3
    s_t = λ s_{t−1} + exp(γ) B x_t                               section 3.4
    y_t = Re(C s_t) + D x_t + b
    z_t = y_t + (W_1 g + b_1) σ(W_2 g + b_2),      g = GELU(y_t)
    output: z_t, its mean over the units taken off, divided by their standard deviation

s, λ, B and C are complex; B's and C's real and imaginary parts lie side by side, C's with the
minus of i² in it. |λ| < 1 whatever ν is: what is remembered fades. Normalising (Ba, Kiros and
Hinton 2016, without gain and bias, since whoever reads has its own) bounds what a jump of the pen
does to the layer above.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import RecurrentCore
from hwsynth_lru.recurrence import Complex, diagonal_recurrence, plus, times

Tensor = Any
State = tuple[Tensor, ...]


class LRUCore(RecurrentCore):
    """State: real and imaginary part of s, each (batch, states)."""

    def __init__(
        self,
        *,
        units: int,
        states: int,
        r_min: float,
        r_max: float,
        max_phase: float,
        seed: int = 0,
        **layer: Any,
    ) -> None:
        super().__init__(**layer)
        self.units = units
        self.states = states
        self.ring = (r_min, r_max, max_phase)
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        features, units, states = int(input_shape[-1] or 0), self.units, self.states
        nu, theta, gamma = first_ring(*self.ring, states=states, seed=self.seed)
        self.nu = self._vector("nu", nu)
        self.theta = self._vector("theta", theta)
        self.gamma = self._vector("gamma", gamma)
        # B's parts have half of the variance each; Re(C s) has one part of two.
        self.kernel_in = self._matrix("kernel_in", (features, 2 * states), 1 / (2 * features), 1)
        self.kernel_out = self._matrix("kernel_out", (2 * states, units), 1 / states, 2)
        self.kernel_through = self._matrix("kernel_through", (features, units), 1 / features, 3)
        self.bias = self.add_weight((units,), initializer="zeros", name="bias")
        self.gate_kernel = self._matrix("gate_kernel", (units, 2 * units), 1 / units, 4)
        self.gate_bias = self.add_weight((2 * units,), initializer="zeros", name="gate_bias")
        self.built = True

    def _vector(self, name: str, value: NDArray) -> Any:
        return self.add_weight(
            value.shape,
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(value, dtype),
            name=name,
        )

    def _matrix(self, name: str, shape: tuple[int, int], variance: float, number: int) -> Any:
        initializer = keras.initializers.RandomNormal(stddev=variance**0.5, seed=self.seed + number)
        return self.add_weight(shape, initializer=initializer, name=name)

    def initial_state(self, batch_size: int) -> State:
        """Zeros."""
        return ops.zeros((batch_size, self.states)), ops.zeros((batch_size, self.states))

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        real, imaginary = state
        s = plus(times(self._decay(), (real, imaginary)), self._entering(inputs))
        return self._read(s, inputs), s

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        real, imaginary = initial_state or self.initial_state(ops.shape(inputs)[0])
        rows = ops.transpose(inputs, (1, 0, 2))
        s = diagonal_recurrence(self._decay(), self._entering(rows), (real, imaginary))
        outputs = self._read(s, rows)
        return ops.transpose(outputs, (1, 0, 2)), (s[0][-1], s[1][-1])

    def _decay(self) -> Complex:
        """λ (states,)."""
        size, angle = ops.exp(-ops.exp(self.nu)), ops.exp(self.theta)
        return size * ops.cos(angle), size * ops.sin(angle)

    def _entering(self, x: Tensor) -> Complex:
        """x (..., features) -> exp(γ) B x (..., states)."""
        real, imaginary = ops.split(self.matmul(x, self.kernel_in), 2, axis=-1)
        scale = ops.exp(self.gamma)
        return scale * real, scale * imaginary

    def _read(self, s: Complex, x: Tensor) -> Tensor:
        """s (..., states), x (..., features) -> outputs (..., units)."""
        y = self.matmul(ops.concatenate(s, axis=-1), self.kernel_out)
        y = y + self.matmul(x, self.kernel_through) + self.bias
        gelu = ops.gelu(y, approximate=True)
        value, gate = ops.split(self.matmul(gelu, self.gate_kernel) + self.gate_bias, 2, axis=-1)
        return ops.layer_normalization(y + value * ops.sigmoid(gate), epsilon=1e-3)


def first_ring(
    r_min: float, r_max: float, max_phase: float, *, states: int, seed: int
) -> tuple[NDArray, NDArray, NDArray]:
    """ν, θ and γ (states,): λ is spread evenly over a ring of the complex plane (lemma 3.2), and
    γ = log √(1 − |λ|²) keeps the size of s near that of what enters (section 3.4)."""
    # Numbers in (0, 1], since there is no logarithm of 0.
    even, turn = 1 - np.random.default_rng(seed).random((2, states))
    squared = r_min**2 + even * (r_max**2 - r_min**2)
    return np.log(-0.5 * np.log(squared)), np.log(turn * max_phase), 0.5 * np.log1p(-squared)
