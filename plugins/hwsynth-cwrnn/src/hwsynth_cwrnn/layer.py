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

from hwsynth import (
    Cell,
    GRUCell,
    LSTMCell,
    OneCell,
    RecurrentCore,
    TanhCell,
    clip_derivative,
    cond,
    unroll,
)
from hwsynth_cwrnn.modules import Coupling, Module, arranged
from hwsynth_cwrnn.rates import Rate, last, spread, take
from hwsynth_cwrnn.saying import Saying
from hwsynth_cwrnn.ticking import TickingCell

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
        """inputs (batch, features), state -> output (batch, units), state.

        A module's products and cell stand inside a conditional: between its ticks they cost
        nothing.
        """
        *parts, clock = state
        seen = ops.concatenate([parts[0], inputs], axis=-1)
        outputs, states = [], []
        for module in self.arranged:
            before = tuple(part[:, module.units] for part in parts)
            ticks = clock[0] % module.period == 0
            tick = self._tick(module, seen, before)
            after = cond(ticks, tick, partial(tuple, before))
            states.append(after)
            outputs.append(after[0] if self.inactive == "hold" else ops.where(ticks, after[0], 0.0))
        return ops.concatenate(outputs, axis=-1), (*_side_by_side(states), clock + 1)

    def _tick(self, module: Module, seen: Tensor, before: State) -> Callable[[], State]:
        """What gives the state of a module, each part (batch, size), as it ticks.

        seen (batch, units + features): the states of all modules, then the inputs.
        """
        # Arranged outside of the conditional, where compilers do it once for all steps of a loop.
        weights, to_self = self._weights_read_by(module)
        bias, rows = self.bias[module.columns], slice(module.reads.start, None)
        if module.reads.stop < self.units:
            seen = ops.concatenate([seen[:, module.reads], seen[:, self.units :]], axis=-1)
            rows = slice(None)

        def tick() -> State:
            z = self.matmul(seen[:, rows], weights) + bias
            u = ops.zeros_like(z) if to_self is None else self.matmul(before[0], to_self)
            after, _ = self.cell.forward(z, u, before, lambda x: clip_derivative(x, self.clip))
            return tuple(after)

        return tick

    def _weights_read_by(self, module: Module) -> tuple[Tensor, Tensor | None]:
        """From all that a module reads, inputs last, to its gates; and from its own state, with
        zeros instead in the first, for a cell that must see that apart."""
        kernels = [self._between(number, module) for number in module.hears]
        to_self = None
        if not self.cell.sums:
            own = next(n for n, j in enumerate(module.hears) if self.arranged[j] is module)
            to_self, kernels[own] = self.operand(kernels[own]), ops.zeros_like(kernels[own])
        weights = ops.concatenate([*kernels, self.kernel[:, module.columns]])
        return self.operand(weights), to_self

    def _between(self, speaker: int, module: Module) -> Tensor:
        """From the state of a module, by number, to the gates of one that hears it."""
        first = self.arranged[self.arranged[speaker].heard_by.start].columns.start
        start, stop = module.columns.start - first, module.columns.stop - first
        return self.recurrent_kernels[speaker][:, start:stop]

    def one_cell(self, steps: Any, state: State) -> OneCell | None:
        """See `RecurrentCore`. Of tanh units that hold their outputs, which are then their state;
        gates of other cells lie side by side in each module, not in all together."""
        if self.inactive != "hold" or not isinstance(self.cell, TanhCell):
            return None
        now = state[-1] + ops.arange(steps, dtype="int32")
        periods = np.repeat(
            [module.period for module in self.arranged], [module.size for module in self.arranged]
        ).astype(np.int32)
        ticks = ops.cast(ops.equal(now[:, None] % periods, 0), "float32")[:, None]
        return OneCell(
            TickingCell(self.cell),
            self.kernel,
            self._recurrent_kernel(),
            self.bias,
            self.clip,
            beside=(ticks,),
            left=(state[-1] + steps,),
        )

    def _recurrent_kernel(self) -> Tensor:
        """(units, columns) from all units to all, with zeros where none is heard."""
        rows = []
        for module, kernel in zip(self.arranged, self.recurrent_kernels, strict=True):
            before = self._columns(range(module.heard_by.start))
            after = self.cell.gates * self.units - before - int(kernel.shape[-1])
            rows.append(ops.pad(kernel, ((0, 0), (before, after))))
        return ops.concatenate(rows)

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state."""
        if self.coupling == "all":
            return super().call(inputs, initial_state, mask)
        put_out, state = self._run(inputs, initial_state)
        steps = ops.shape(inputs)[1]
        outputs = [
            ops.transpose(self._shown(each, EVERY_STEP, steps).entries, (1, 0, 2))
            for each in put_out
        ]
        return ops.concatenate(outputs, axis=-1), state

    def call_projected(
        self,
        inputs: Tensor,
        kernel: Tensor,
        initial_state: State | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, State]:
        """See `RecurrentCore`. What a module puts out is projected at its own rate."""
        if self.coupling == "all":
            return super().call_projected(inputs, kernel, initial_state, mask)
        put_out, state = self._run(inputs, initial_state)
        steps = ops.shape(inputs)[1]
        now = _clock(initial_state)
        total: Any = None
        for module, each in zip(self.arranged[::-1], put_out[::-1], strict=True):
            grid = module.grid_rate(now)
            part = self._saying(each.entries, each.before, kernel[module.units], each.rate)
            part = self._shown(part, grid, steps)
            total = part + self._shown(total, grid, steps) if total else part
        return ops.transpose(self._shown(total, EVERY_STEP, steps).entries, (1, 0, 2)), state

    def _run(self, inputs: Tensor, initial_state: State | None) -> tuple[list[Saying], State]:
        """What each module puts out at its own rate, and the final state."""
        batch, steps = ops.shape(inputs)[0], ops.shape(inputs)[1]
        *parts, clock = initial_state or self.initial_state(batch)
        rows = ops.transpose(inputs, (1, 0, 2))
        put_out, states = self._over_modules(rows, parts, _clock(initial_state), steps)
        return put_out, (*_side_by_side(states), clock + steps)

    def _over_modules(
        self, rows: Tensor, parts: Sequence[Tensor], now: Any, steps: Any
    ) -> tuple[list[Saying], list[State]]:
        """rows (steps, batch, features) -> what each module puts out (entries at its rate, batch,
        size), and its final state."""
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
            outputs.append(Saying(after[0], before[0], rate))
            states.append(tuple(map(partial(last, rate=rate, steps=steps), after, before)))
            if len(module.heard_by) > 1:
                saying = self._saying(after[0], before[0], to_faster, rate).held(grid, steps)
                said = saying + said.to_faster(own.start) if said else saying
        return outputs[::-1], states[::-1]

    def _shown(self, put_out: Saying, finer: Rate, steps: Any) -> Saying:
        """What is put out, or its projection, at a finer rate: held or with zeros between."""
        if self.inactive == "hold":
            return put_out.held(finer, steps)
        entries = spread(put_out.entries, put_out.rate, finer, steps)
        return Saying(entries, put_out.before, finer)

    def _saying(self, y: Tensor, before: Tensor, kernel: Tensor, rate: Rate) -> Saying:
        """What a module says with y (entries at `rate`, batch, size)."""
        return Saying(self.matmul(y, kernel), self.matmul(before, kernel), rate)


def _clock(initial_state: State | None) -> Any:
    """Steps done. One that is known to be 0 spares every module its offset."""
    return initial_state[-1][0] if initial_state else 0


def _side_by_side(states: Sequence[State]) -> State:
    """The states of modules, each part (batch, size) -> parts (batch, units)."""
    return tuple(ops.concatenate(part, axis=-1) for part in zip(*states, strict=True))
