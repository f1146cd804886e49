"""The clockwork layer (Koutník, Greff, Gomez and Schmidhuber 2014, arXiv 1402.3511).

    y(t) = tanh(W_H·y(t−1) + W_I·x(t) + b)

Hidden units form modules from fast to slow. Module i reads itself and every slower module;
its rows of W_H and W_I are used only when t mod T_i = 0, else it keeps its output.

Over a whole sequence the slow modules come first: they do not depend on the fast ones, so each
runs over its own ticks alone, and what it says to the faster ones is one matrix product over
those ticks, then held at the faster rate and delayed by one step. This is exact.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from hwsynth import RecurrentCore, clip_derivative
from hwsynth_cwrnn.rates import Rate, delay, hold, take
from hwsynth_cwrnn.recurrence import tanh_recurrence

Tensor = Any
State = tuple[Tensor, ...]


class ClockworkCore(RecurrentCore):
    """State: hidden (batch, units), clock int32 (1,) = steps done, the same for all lines."""

    def __init__(
        self,
        *,
        periods: Sequence[int],
        sizes: Sequence[int],
        weight_sd: float | None = None,
        clip_derivative: float | None = None,
        seed: int = 0,
        **layer: Any,
    ) -> None:
        super().__init__(**layer)
        self.periods = tuple(periods)
        self.sizes = tuple(sizes)
        self.units = sum(sizes)
        self.starts = tuple(itertools.accumulate(sizes, initial=0))
        self.weight_sd = weight_sd
        self.clip = clip_derivative
        self.seed = seed
        # On the grid i lie the ticks of module i and of all slower ones.
        self.grids = tuple(math.gcd(*self.periods[i:]) for i in range(len(self.periods)))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features).

        recurrent_kernels[j] (size of j, units of the modules 0…j) goes from module j to the
        faster ones and, in its last columns, to itself.
        """
        features = int(input_shape[-1] or 0)
        # What a unit of module i reads: the input, its own module and every slower one.
        reads = [features + self.units - self.starts[i] for i in range(len(self.sizes))]
        sd = [self.weight_sd or 1 / math.sqrt(count) for count in reads]
        self.kernel = self.add_weight(
            (features, self.units), initializer=self._normal(sd, 0), name="kernel"
        )
        self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")
        self.recurrent_kernels = [
            self.add_weight(
                (size, self.starts[j + 1]),
                initializer=self._normal(sd[: j + 1], j + 1),
                name=f"recurrent_kernel_{j}",
            )
            for j, size in enumerate(self.sizes)
        ]
        self.built = True

    def _normal(self, sd: Sequence[float], number: int) -> Any:
        """An initialiser N(0, sd²), the sd by the module that reads (by columns)."""

        def initialiser(shape: tuple[int, ...], dtype: Any = None) -> Tensor:
            # A seed of two numbers, so that layers and their kernels draw apart.
            draw = keras.random.normal(shape, dtype=dtype, seed=self.seed * 1000 + number)
            columns = [ops.full((size,), s, dtype) for s, size in zip(sd, self.sizes, strict=False)]
            return draw * ops.concatenate(columns)

        return initialiser

    def initial_state(self, batch_size: int) -> State:
        """Zeros; the first step is t = 0, at which all modules tick."""
        return ops.zeros((batch_size, self.units)), ops.zeros((1,), "int32")

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        hidden, clock = state
        z = self.matmul(inputs, self.kernel) + self.bias
        for j, kernel in enumerate(self.recurrent_kernels):
            said = self.matmul(hidden[:, self.starts[j] : self.starts[j + 1]], kernel)
            z = z + ops.pad(said, ((0, 0), (0, self.units - self.starts[j + 1])))
        ticks = ops.concatenate(
            [
                ops.broadcast_to(clock % period == 0, (size,))
                for period, size in zip(self.periods, self.sizes, strict=True)
            ]
        )
        hidden = ops.where(ticks, ops.tanh(clip_derivative(z, self.clip)), hidden)
        return hidden, (hidden, clock + 1)

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        batch, steps = ops.shape(inputs)[0], ops.shape(inputs)[1]
        hidden, clock = initial_state or self.initial_state(batch)
        # A clock known to stand at 0 spares every module its offset.
        now = clock[0] if initial_state else 0
        rows = ops.transpose(inputs, (1, 0, 2))
        outputs = self._over_modules(rows, hidden, now, steps)
        held = ops.concatenate(outputs, axis=-1)
        return ops.transpose(held, (1, 0, 2)), (held[-1], clock + steps)

    def _over_modules(self, rows: Tensor, hidden: Tensor, now: Any, steps: Any) -> list[Tensor]:
        """rows (steps, batch, features) -> the outputs of each module (steps, batch, size)."""
        every_step = Rate(1)
        outputs: list[Tensor] = []
        # Inputs, from slower modules, of this module and the faster ones: at `grid`, and before
        # the sequence began.
        said: Tensor = None
        said_before: Tensor = None
        grid = every_step
        for i in reversed(range(len(self.sizes))):
            own = slice(self.starts[i], self.starts[i + 1])
            rate, finer = Rate.of_clock(self.periods[i], now), Rate.of_clock(self.grids[i], now)
            z = self.matmul(take(rows, every_step, rate, steps), self.kernel[:, own])
            z = z + self.bias[own]
            if said is not None:
                said = hold(said, said_before, grid, finer, steps)
                to_own = delay(said[..., own], said_before[..., own])
                z = z + take(to_own, finer, rate, steps)
                said, said_before = said[..., : own.start], said_before[..., : own.start]
            grid = finer
            before, kernel = hidden[:, own], self.recurrent_kernels[i]
            y = tanh_recurrence(z, kernel[:, own], before, operand=self.operand, clip=self.clip)
            outputs.insert(0, hold(y, before, rate, every_step, steps))
            if i > 0:
                faster = kernel[:, : own.start]
                saying, saying_before = self.matmul(y, faster), self.matmul(before, faster)
                saying = hold(saying, saying_before, rate, grid, steps)
                said = saying if said is None else said + saying
                said_before = saying_before if said_before is None else said_before + saying_before
        return outputs
