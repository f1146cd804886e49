"""The clockwork layer (Koutník, Greff, Gomez and Schmidhuber 2014, arXiv 1402.3511).

    y(t) = tanh(W_H·y(t−1) + W_I·x(t) + b)

Hidden units form modules from fast to slow. Module i reads itself and every slower module;
its rows of W_H and W_I are used only when t mod T_i = 0, else it keeps its output.

Over a whole sequence the slow modules come first: they do not depend on the fast ones, so each
runs over its own ticks alone, and what it says to the faster ones is one matrix product over
those ticks, then held at the faster rate and delayed by one step. This is exact.

Options loosen this. Modules may read none but themselves, or all others: then none is first,
and a sequence is run step by step. A module that does not tick may put out zeros; its state,
which is what modules read of each other, is kept all the same. And each module may hold gated
cells: what other modules say then goes to all gates as the input does, and is not reset.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from hwsynth import Cell, GRUCell, LSTMCell, RecurrentCore, TanhCell, clip_derivative, unroll
from hwsynth_cwrnn.modules import Coupling, arranged
from hwsynth_cwrnn.rates import Rate, hold, last, spread, take
from hwsynth_cwrnn.saying import Saying

Tensor = Any
State = tuple[Tensor, ...]

CELLS: Mapping[str, Callable[[], Cell]] = {"tanh": TanhCell, "gru": GRUCell, "lstm": LSTMCell}
EVERY_STEP = Rate(1)


class ClockworkCore(RecurrentCore):
    """State: that of the cells, each part (batch, units), h first; then the clock, int32 (1,) =
    steps done, the same for all lines."""

    def __init__(
        self,
        *,
        periods: Sequence[int],
        sizes: Sequence[int],
        coupling: Coupling = "slower",
        inactive: Literal["hold", "zero"] = "hold",
        cell: Literal["tanh", "gru", "lstm"] = "tanh",
        weight_sd: float | None = None,
        clip_derivative: float | None = None,
        seed: int = 0,
        **layer: Any,
    ) -> None:
        super().__init__(**layer)
        self.units = sum(sizes)
        self.coupling = coupling
        self.inactive = inactive
        self.cell = CELLS[cell]()
        # Not `modules`: on PyTorch a layer has a method of that name.
        self.arranged = arranged(periods, sizes, self.cell.gates, coupling)
        self.weight_sd = weight_sd
        self.clip = clip_derivative
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features).

        recurrent_kernels[j] (size of j, columns of the modules that hear it) goes from module j
        to those and to itself.
        """
        features, columns = int(input_shape[-1] or 0), self.cell.gates * self.units
        sd = self._standard_deviations(features)
        everyone = range(len(self.arranged))
        self.kernel = self.add_weight(
            (features, columns), initializer=self._normal(sd, everyone, 0), name="kernel"
        )
        self.bias = self.add_weight((columns,), initializer=self._first_bias, name="bias")
        self.recurrent_kernels = [
            self.add_weight(
                (module.size, self._columns(module.heard_by)),
                initializer=self._normal(sd, module.heard_by, j + 1),
                name=f"recurrent_kernel_{j}",
            )
            for j, module in enumerate(self.arranged)
        ]
        self.built = True

    def _columns(self, numbers: range) -> int:
        """Columns of these modules together."""
        return self.cell.gates * sum(self.arranged[i].size for i in numbers)

    def _standard_deviations(self, features: int) -> list[float]:
        """Of the first weights, by the module that reads."""
        reads = [
            features + sum(module.size for module in self.arranged if i in module.heard_by)
            for i in range(len(self.arranged))
        ]
        return [self.weight_sd or 1 / math.sqrt(count) for count in reads]

    def _normal(self, sd: Sequence[float], readers: range, number: int) -> Any:
        """An initialiser N(0, sd²), the sd by the module that reads (by columns)."""
        by_column = np.concatenate(
            [np.full(self._columns(range(i, i + 1)), sd[i], np.float32) for i in readers]
        )

        def initialiser(shape: tuple[int, ...], dtype: Any = None) -> Tensor:
            # A seed of two numbers, so that layers and their kernels draw apart.
            draw = keras.random.normal(shape, dtype=dtype, seed=self.seed * 1000 + number)
            return draw * ops.convert_to_tensor(by_column, dtype)

        return initialiser

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        biases = [np.repeat(self.cell.first_bias, module.size) for module in self.arranged]
        return ops.convert_to_tensor(np.concatenate(biases), dtype)

    def initial_state(self, batch_size: int) -> State:
        """Zeros; the first step is t = 0, at which all modules tick."""
        parts = [ops.zeros((batch_size, self.units)) for _ in range(self.cell.parts)]
        return *parts, ops.zeros((1,), "int32")

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        *parts, clock = state
        z, us = self._inputs_of_gates(inputs, parts[0])
        outputs, states = [], []
        for module, u in zip(self.arranged, us, strict=True):
            before = tuple(part[:, module.units] for part in parts)
            after, _ = self.cell.forward(
                z[:, module.columns], u, before, lambda x: clip_derivative(x, self.clip)
            )
            ticks = clock % module.period == 0
            after = tuple(ops.where(ticks, a, b) for a, b in zip(after, before, strict=True))
            states.append(after)
            outputs.append(after[0] if self.inactive == "hold" else ops.where(ticks, after[0], 0.0))
        return ops.concatenate(outputs, axis=-1), (*_side_by_side(states), clock + 1)

    def _inputs_of_gates(self, inputs: Tensor, hidden: Tensor) -> tuple[Tensor, list[Tensor]]:
        """inputs (batch, features), hidden (batch, units) -> what inputs and other modules say to
        the gates (batch, gates·units), and what each module says to its own (gates·size)."""
        z = self.matmul(inputs, self.kernel) + self.bias
        us = []
        for module, kernel in zip(self.arranged, self.recurrent_kernels, strict=True):
            said = self.matmul(hidden[:, module.units], kernel)
            first = self.arranged[module.heard_by.start].columns.start
            own = slice(module.columns.start - first, module.columns.stop - first)
            us.append(said[:, own])
            if len(module.heard_by) > 1:
                z = z + self._to_others(said, own, first)
        return z, us

    def _to_others(self, said: Tensor, own: slice, first: int) -> Tensor:
        """said (batch, columns from the `first`) -> (batch, gates·units), without its own."""
        others = np.ones(said.shape[-1], np.float32)
        others[own] = 0
        after = self.cell.gates * self.units - first - len(others)
        return ops.pad(said * ops.convert_to_tensor(others), ((0, 0), (first, after)))

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        if self.coupling == "all":
            return super().call(inputs, initial_state, mask)
        batch, steps = ops.shape(inputs)[0], ops.shape(inputs)[1]
        *parts, clock = initial_state or self.initial_state(batch)
        # A clock known to stand at 0 spares every module its offset.
        now = clock[0] if initial_state else 0
        rows = ops.transpose(inputs, (1, 0, 2))
        outputs, states = self._over_modules(rows, parts, now, steps)
        whole = ops.transpose(ops.concatenate(outputs, axis=-1), (1, 0, 2))
        return whole, (*_side_by_side(states), clock + steps)

    def _over_modules(
        self, rows: Tensor, parts: Sequence[Tensor], now: Any, steps: Any
    ) -> tuple[list[Tensor], list[State]]:
        """rows (steps, batch, features) -> the outputs of each module (steps, batch, size), and
        its final state."""
        outputs, states = [], []
        said: Saying | None = None
        for module, kernel in zip(self.arranged[::-1], self.recurrent_kernels[::-1], strict=True):
            rate, grid, own = module.rate(now), module.grid_rate(now), module.columns
            z = self.matmul(take(rows, EVERY_STEP, rate, steps), self.kernel[:, own])
            z = z + self.bias[own]
            if said is not None:
                said = said.held(grid, steps)
                z = z + said.heard(own, rate, steps)
            before = tuple(part[:, module.units] for part in parts)
            # What it says to itself comes last, after what it says to the faster ones, if it does.
            to_self, to_faster = kernel[:, own.start - own.stop :], kernel[:, : own.start]
            after = unroll(self.cell, z, to_self, before, operand=self.operand, clip=self.clip)
            outputs.append(self._put_out(after[0], before[0], rate, steps))
            states.append(tuple(map(partial(last, rate=rate, steps=steps), after, before)))
            if len(module.heard_by) > 1:
                saying = self._saying(after[0], before[0], to_faster, rate).held(grid, steps)
                said = saying + said.to_faster(own.start) if said else saying
        return outputs[::-1], states[::-1]

    def _put_out(self, y: Tensor, before: Tensor, rate: Rate, steps: Any) -> Tensor:
        """y (entries at `rate`, batch, size) -> outputs (steps, batch, size)."""
        if self.inactive == "zero":
            return spread(y, rate, EVERY_STEP, steps)
        return hold(y, before, rate, EVERY_STEP, steps)

    def _saying(self, y: Tensor, before: Tensor, kernel: Tensor, rate: Rate) -> Saying:
        """What a module says with y (entries at `rate`, batch, size)."""
        return Saying(self.matmul(y, kernel), self.matmul(before, kernel), rate)


def _side_by_side(states: Sequence[State]) -> State:
    """The states of modules, each part (batch, size) -> parts (batch, units)."""
    return tuple(ops.concatenate(part, axis=-1) for part in zip(*states, strict=True))
