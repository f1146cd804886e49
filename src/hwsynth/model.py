"""Cores stacked, with skips, under a head: one Keras model.

With skips (Graves 2013, eq. 1-3) every layer sees the input beside the layer below, and the
head sees all layers; without them each sees the layer below alone. The input is the row before,
and beside it what a model is told of the text and of the writer, where it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from hwsynth.aligned_text import AlignedText, Units
from hwsynth.alphabet import AROUND
from hwsynth.contracts import Core, Head, Precision, Task
from hwsynth.errors import UsageError
from hwsynth.layers import OutputHead, RecurrentCore, State
from hwsynth.run_options import ModelOptions
from hwsynth.trained_model import TrainedModel, part_seed
from hwsynth.writer_vectors import WriterVectors

Tensor = Any
Given = Mapping[str, Tensor]
"""What is told beside the rows; see `HandwritingModel.given`."""


class HandwritingModel(TrainedModel):
    """What foretells the next row from the rows before."""

    def __init__(
        self,
        cores: Sequence[RecurrentCore],
        head: OutputHead,
        *,
        text: AlignedText | None = None,
        writers: WriterVectors | None = None,
        skips: bool = True,
        dropout: float = 0.0,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(name="model")
        self.cores = list(cores)
        self.head = head
        self.text = text
        self.writers = writers
        self.skips = skips
        self.dropouts = [
            keras.layers.Dropout(dropout, seed=seed + i, name=f"dropout_{i + 1}")
            for i in range(len(self.cores) if dropout else 0)
        ]
        self.noises = (
            [keras.layers.GaussianNoise(noise, seed=seed + 50, name="noise")] if noise else []
        )

    @property
    def features(self) -> int:
        """Width of a row."""
        return 2 + self.head.marks

    @property
    def given(self) -> dict[str, tuple[tuple[int | None, ...], str]]:
        """Name -> shape and type of what `unroll` and `step` are told beside the rows: contexts
        (batch, chars, around) and style (batch, width), where the model takes them."""
        told: dict[str, tuple[tuple[int | None, ...], str]] = {}
        if self.text is not None:
            told["contexts"] = ((None, None, AROUND), "int32")
        if self.writers is not None:
            told["style"] = ((None, self.writers.width), "float32")
        return told

    def build(self, input_shape: Any = None) -> None:
        """All weights; they depend on the components alone."""
        tellers = [layer for layer in (self.text, self.writers) if layer is not None]
        for teller in tellers:
            teller.build()
        inputs = self.features + sum(teller.width for teller in tellers)
        below = inputs
        for core in self.cores:
            core.build((None, None, below))
            below = core.units + (inputs if self.skips else 0)
        self.head.build((None, None, sum(self._widths())))
        self.built = True

    def _widths(self) -> list[int]:
        """Widths of what the head sees."""
        widths = [core.units for core in self.cores]
        return widths if self.skips else widths[-1:]

    def initial_state(self, batch_size: int) -> tuple[State, ...]:
        """The state of each core before the first point, and the pen's place in the text."""
        states = [core.initial_state(batch_size) for core in self.cores]
        return (*states, *([self.text.initial_state(batch_size)] if self.text else []))

    def unroll(
        self,
        inputs: Tensor,
        state: tuple[State, ...] | None = None,
        mask: Tensor | None = None,
        training: bool = False,
        given: Given | None = None,
    ) -> tuple[Tensor, tuple[State, ...]]:
        """inputs (batch, steps, features) -> raw parameters (batch, steps, params), state."""
        if self.head.linear and len(self.cores) == 1 and not self.dropouts:
            # Nothing else looks at the outputs, so that a core may project them as it likes.
            kernel, bias = self.head.linear
            seen, place = self._see(inputs, state, training, given)
            before = state[0] if state else None
            params, core_state = self.cores[0].call_projected(seen, kernel, before, mask)
            return params + bias, (tuple(core_state), *place)
        outputs, after = self.outputs(inputs, state, mask, training, given)
        return self.head(outputs), after

    def outputs(
        self,
        inputs: Tensor,
        state: tuple[State, ...] | None = None,
        mask: Tensor | None = None,
        training: bool = False,
        given: Given | None = None,
    ) -> tuple[Tensor, tuple[State, ...]]:
        """inputs (batch, steps, features) -> what the head sees (batch, steps, units), state."""
        inputs, place = self._see(inputs, state, training, given)
        before: Sequence[State | None] = state or [None] * len(self.cores)
        after, outputs = [], []
        below = inputs
        for i, core in enumerate(self.cores):
            output, core_state = core(below, initial_state=before[i], mask=mask)
            if self.dropouts:
                output = self.dropouts[i](output, training=training)
            after.append(tuple(core_state))
            outputs.append(output)
            below = self._with_input(output, inputs)
        return self._seen_by_head(outputs), (*after, *place)

    def _see(
        self, rows: Tensor, state: tuple[State, ...] | None, training: bool, given: Given | None
    ) -> tuple[Tensor, tuple[State, ...]]:
        """rows (batch, steps, features) -> what all layers see of them and beside them (batch,
        steps, inputs), the pen's place after them."""
        rows = ops.convert_to_tensor(rows, "float32")
        seen, place = [self._noisy(rows, training)], []
        if self.text is not None:
            before = state[-1] if state else self.text.initial_state(ops.shape(rows)[0])
            told, after = self.text.call(rows, self._told(given, "contexts"), before)
            seen.append(told)
            place.append(tuple(after))
        if self.writers is not None:
            style = self._told(given, "style")[:, None]
            seen.append(ops.repeat(style, ops.shape(rows)[1], axis=1))
        return ops.concatenate(seen, axis=-1), tuple(place)

    def _noisy(self, rows: Tensor, training: bool) -> Tensor:
        """Rows with noise on their offsets, in training."""
        for noise in self.noises:
            offsets = noise(rows[..., :2], training=training)
            rows = ops.concatenate([offsets, rows[..., 2:]], axis=-1)
        return rows

    def _told(self, given: Given | None, name: str) -> Tensor:
        return ops.convert_to_tensor((given or {})[name], self.given[name][1])

    def step(
        self, row: Tensor, state: tuple[State, ...], given: Given | None = None
    ) -> tuple[Tensor, tuple[State, ...]]:
        """row (batch, features) -> raw parameters (batch, params), state."""
        row = ops.convert_to_tensor(row, "float32")
        seen, place = [row], []
        if self.text is not None:
            told, after_text = self.text.step(row, self._told(given, "contexts"), state[-1])
            seen.append(told)
            place.append(tuple(after_text))
        if self.writers is not None:
            seen.append(self._told(given, "style"))
        row = ops.concatenate(seen, axis=-1)
        after, outputs = [], []
        below = row
        for core, core_state in zip(self.cores, state[: len(self.cores)], strict=True):
            output, core_state = core.step(below, core_state)
            after.append(tuple(core_state))
            outputs.append(output)
            below = self._with_input(output, row)
        return self.head(self._seen_by_head(outputs)), (*after, *place)

    def draw(
        self, params: Tensor, noise: Tensor, bias: Tensor, state: tuple[State, ...]
    ) -> tuple[Tensor, tuple[State, ...]]:
        """params (batch, params), noise (batch, 3 + marks), bias, the state after the step -> the
        row that is drawn (batch, features), the state with that noted."""
        row = self.head.sample(params, noise, bias)
        if self.text is None:
            return row, state
        end, place = self.text.move_on(self.head.char_end(params, row), state[-1])
        return ops.concatenate([row[:, :3], end[:, None]], axis=-1), (*state[:-1], place)

    def _with_input(self, output: Tensor, inputs: Tensor) -> Tensor:
        return ops.concatenate([inputs, output], axis=-1) if self.skips else output

    def _seen_by_head(self, outputs: list[Tensor]) -> Tensor:
        if not self.skips or len(outputs) == 1:
            return outputs[-1]
        return ops.concatenate(outputs, axis=-1)

    def call(self, inputs: Mapping[str, Tensor], training: bool = False) -> Tensor:
        """A batch -> raw parameters (batch, steps, params)."""
        return self.unroll(
            inputs["inputs"], mask=inputs["mask"], training=training, given=self.given_in(inputs)
        )[0]

    def given_in(self, batch: Mapping[str, Tensor]) -> Given:
        """What is told beside the rows of a batch; a writer's number is told as a style."""
        given = {name: batch[name] for name in self.given if name in batch}
        if self.writers is not None and "style" not in given:
            given["style"] = self.writers(batch["writer"])
        return given

    def layers_with_variables(self) -> list[keras.layers.Layer]:
        """See `TrainedModel`."""
        tellers = [layer for layer in (self.text, self.writers) if layer is not None]
        return [*self.cores, self.head, *tellers, *self.dropouts, *self.noises]


def build_model(
    core: Core,
    head: Head,
    options: ModelOptions,
    *,
    task: Task,
    units: Units | None = None,
    writers: int = 0,
    precision: Precision = "float32",
    seed: int = 0,
) -> HandwritingModel:
    """The model of these options, with its first weights.

    units: of rows and lines, for models that follow a text. writers: how many are known by name.
    `seed` decides the weights and the dropout. Raises UsageError where the parts do not fit.
    """
    if options.bidirectional or options.convolution:
        raise UsageError(
            "model.bidirectional and model.convolution are for models that see a line whole, and "
            f"the head '{head.name}' foretells it point by point; leave them out, or take a head "
            "that reads: --head ctc"
        )
    cores = [
        core.build(precision=precision, seed=part_seed(seed, 300 + 10 * i), name=f"core_{i + 1}")
        for i in range(options.layers)
    ]
    model = HandwritingModel(
        cores,
        head.build(task=task, precision=precision, seed=part_seed(seed, 100), name="head"),
        text=_text(options, task, units, part_seed(seed, 400)),
        writers=_writers(options, writers, part_seed(seed, 401)),
        skips=options.skips,
        dropout=options.dropout,
        noise=options.noise,
        seed=part_seed(seed, 200),
    )
    model.build()
    return model


def _text(options: ModelOptions, task: Task, units: Units | None, seed: int) -> AlignedText | None:
    if options.text == "none" or units is None:
        return None
    return AlignedText(
        symbols=len(task.charset), embedding=options.embedding, units=units, seed=seed, name="text"
    )


def _writers(options: ModelOptions, writers: int, seed: int) -> WriterVectors | None:
    if options.text == "none" or not options.writer:
        return None
    return WriterVectors(writers=writers, width=options.writer, seed=seed, name="writers")
