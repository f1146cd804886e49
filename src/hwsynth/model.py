"""Cores stacked, with skips, under a head: one Keras model.

With skips (Graves 2013, eq. 1-3) every layer sees the input beside the layer below, and the
head sees all layers; without them each sees the layer below alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from hwsynth import backend
from hwsynth.contracts import Core, Head, Precision
from hwsynth.layers import OutputHead, RecurrentCore, State
from hwsynth.run_options import ModelOptions

Tensor = Any

RANDOM_STATE = "state_"
"""How the name of a random generator's state begins, under its layer's."""


class HandwritingModel(keras.Model):
    """What foretells the next row from the rows before."""

    def __init__(
        self,
        cores: Sequence[RecurrentCore],
        head: OutputHead,
        *,
        skips: bool = True,
        dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(name="model")
        self.cores = list(cores)
        self.head = head
        self.skips = skips
        self.dropouts = [
            keras.layers.Dropout(dropout, seed=seed + i, name=f"dropout_{i + 1}")
            for i in range(len(self.cores) if dropout else 0)
        ]

    @property
    def features(self) -> int:
        """Width of a row."""
        return 2 + self.head.marks

    def build(self, input_shape: Any = None) -> None:
        """All weights; they depend on the components alone."""
        below = self.features
        for core in self.cores:
            core.build((None, None, below))
            below = core.units + (self.features if self.skips else 0)
        self.head.build((None, None, sum(self._widths())))
        self.built = True

    def _widths(self) -> list[int]:
        """Widths of what the head sees."""
        widths = [core.units for core in self.cores]
        return widths if self.skips else widths[-1:]

    def initial_state(self, batch_size: int) -> tuple[State, ...]:
        """The state of each core before the first point."""
        return tuple(core.initial_state(batch_size) for core in self.cores)

    def unroll(
        self,
        inputs: Tensor,
        state: tuple[State, ...] | None = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> tuple[Tensor, tuple[State, ...]]:
        """inputs (batch, steps, features) -> raw parameters (batch, steps, params), state."""
        if self.head.linear and len(self.cores) == 1 and not self.dropouts:
            # Nothing else looks at the outputs, so that a core may project them as it likes.
            kernel, bias = self.head.linear
            given = state[0] if state else None
            rows = ops.convert_to_tensor(inputs, "float32")
            params, core_state = self.cores[0].call_projected(rows, kernel, given, mask)
            return params + bias, (tuple(core_state),)
        outputs, after = self.outputs(inputs, state, mask, training)
        return self.head(outputs), after

    def outputs(
        self,
        inputs: Tensor,
        state: tuple[State, ...] | None = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> tuple[Tensor, tuple[State, ...]]:
        """inputs (batch, steps, features) -> what the head sees (batch, steps, units), state."""
        inputs = ops.convert_to_tensor(inputs, "float32")
        given: Sequence[State | None] = state or [None] * len(self.cores)
        after, outputs = [], []
        below = inputs
        for i, core in enumerate(self.cores):
            output, core_state = core(below, initial_state=given[i], mask=mask)
            if self.dropouts:
                output = self.dropouts[i](output, training=training)
            after.append(tuple(core_state))
            outputs.append(output)
            below = self._with_input(output, inputs)
        return self._seen_by_head(outputs), tuple(after)

    def step(self, row: Tensor, state: tuple[State, ...]) -> tuple[Tensor, tuple[State, ...]]:
        """row (batch, features) -> raw parameters (batch, params), state."""
        row = ops.convert_to_tensor(row, "float32")
        after, outputs = [], []
        below = row
        for core, core_state in zip(self.cores, state, strict=True):
            output, core_state = core.step(below, core_state)
            after.append(tuple(core_state))
            outputs.append(output)
            below = self._with_input(output, row)
        return self.head(self._seen_by_head(outputs)), tuple(after)

    def _with_input(self, output: Tensor, inputs: Tensor) -> Tensor:
        return ops.concatenate([inputs, output], axis=-1) if self.skips else output

    def _seen_by_head(self, outputs: list[Tensor]) -> Tensor:
        if not self.skips or len(outputs) == 1:
            return outputs[-1]
        return ops.concatenate(outputs, axis=-1)

    def call(self, inputs: Mapping[str, Tensor], training: bool = False) -> Tensor:
        """A batch -> raw parameters (batch, steps, params)."""
        return self.unroll(inputs["inputs"], mask=inputs["mask"], training=training)[0]

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Nats of the whole batch.

        The sum over points and lines is what is differentiated, whatever the reduction, so that
        bounds on derivatives mean what Graves (2013) means by them; the optimiser divides.
        """
        # PyTorch's trainer of Keras hands over NumPy's arrays as they came.
        batch = keras.tree.map_structure(ops.convert_to_tensor, x)
        return ops.sum(self.head.batch_loss(y_pred, batch))

    def variables_to_keep(self) -> dict[str, Any]:
        """Weights and random states, by name: all that training changes, but the optimiser's own.

        A name is the same in every process that builds the model.
        """
        return {
            self._lasting_name(layer, place): variable
            for layer in (*self.cores, self.head, *self.dropouts)
            for place, variable in enumerate(layer.variables)
        }

    def _lasting_name(self, layer: keras.layers.Layer, place: int) -> str:
        # Keras counts random generators in their paths, through all models of a process.
        path: str = layer.variables[place].path
        own = f"{self.name}/{layer.name}/"
        return path if path.startswith(own) else f"{own}{RANDOM_STATE}{place}"

    def gains_from_xla(self) -> bool:
        """Whether every core was measured to gain from XLA on this backend."""
        return all(core.xla.get(backend.name(), True) for core in self.cores)


def is_random_state(name: str) -> bool:
    """Whether the variable of that lasting name is no weight."""
    return name.rpartition("/")[2].startswith(RANDOM_STATE)


def build_model(
    core: Core,
    head: Head,
    options: ModelOptions,
    *,
    unit: tuple[float, float],
    precision: Precision = "float32",
    seed: int = 0,
) -> HandwritingModel:
    """The model of these options, with its first weights.

    `unit`: one pen unit in normalised Δx and Δy. `seed` decides the weights and the dropout.
    """
    cores = [
        core.build(precision=precision, seed=_seed(seed, 300 + 10 * i), name=f"core_{i + 1}")
        for i in range(options.layers)
    ]
    model = HandwritingModel(
        cores,
        head.build(unit=unit, precision=precision, seed=_seed(seed, 100), name="head"),
        skips=options.skips,
        dropout=options.dropout,
        seed=_seed(seed, 200),
    )
    model.build()
    return model


def _seed(seed: int, part: int) -> int:
    """Seeds far enough apart that a part may count up from its own."""
    return seed * 1_000 + part
