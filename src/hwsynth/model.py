"""Cores stacked, with skips, under a head: one Keras model.

With skips (Graves 2013, eq. 1-3) every layer sees the input beside the layer below, and the
head sees all layers; without them each sees the layer below alone. The input is the row before,
and beside it what a model is told of the text and of the writer, where it is told; how it follows
the text is another part of it (`following.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from hwsynth.aligned_text import AlignedText, Units
from hwsynth.contracts import Core, Head, Precision, Task
from hwsynth.dropout import dropouts
from hwsynth.errors import UsageError
from hwsynth.following import First, Following, Form, Lines, NoText
from hwsynth.layers import OutputHead, RecurrentCore, State
from hwsynth.offset_noise import offset_noises
from hwsynth.run_options import ModelOptions
from hwsynth.trained_model import TrainedModel, part_seed
from hwsynth.window import WindowText
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
        text: Following | None = None,
        writers: WriterVectors | None = None,
        skips: bool = True,
        dropout: float = 0.0,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(name="model")
        self.cores = list(cores)
        self.head = head
        self.text = text or NoText(name="text")
        self.writers = writers
        self.skips = skips
        self.dropouts = dropouts(dropout, len(self.cores), seed)
        self.noises = offset_noises(noise, seed + 50)

    @property
    def features(self) -> int:
        """Width of a row."""
        return 2 + self.head.marks

    @property
    def given(self) -> dict[str, Form]:
        """Name -> shape and type of what `unroll` and `step` are told beside the rows: what the
        way of following the text asks for, and style (batch, width), where the model takes it."""
        style = {"style": ((None, self.writers.width), "float32")} if self.writers else {}
        return {**self.text.given, **style}

    def build(self, input_shape: Any = None) -> None:
        """All weights; they depend on the components alone."""
        if self.writers:
            self.writers.build()
        self.text.build((None, None, self.cores[0].units))
        inputs = self.features + self.text.width + (self.writers.width if self.writers else 0)
        below = inputs
        for core in self.cores:
            core.build((None, None, below))
            below = core.units + (inputs if self.skips else 0)
        told = self.text.width if self._tells_head else 0
        self.head.build((None, None, sum(self._widths()) + told))
        self.built = True

    def _widths(self) -> list[int]:
        """Widths of the outputs that the head sees."""
        widths = [core.units for core in self.cores]
        return widths if self.skips else widths[-1:]

    @property
    def _tells_head(self) -> bool:
        """Whether nobody but the head could hear what is told late."""
        return self.text.late and len(self.cores) == 1

    def initial_state(self, batch_size: int) -> tuple[State, ...]:
        """The state of each core before the first point, and of what follows the text."""
        states = [core.initial_state(batch_size) for core in self.cores]
        return (*states, self.text.initial_state(batch_size))

    def unroll(
        self,
        inputs: Tensor,
        state: tuple[State, ...] | None = None,
        mask: Tensor | None = None,
        training: bool = False,
        given: Given | None = None,
    ) -> tuple[Tensor, tuple[State, ...]]:
        """inputs (batch, steps, features) -> raw parameters (batch, steps, params), state."""
        if self.head.linear and len(self.cores) == 1 and not (self.dropouts or self.text.late):
            # Nothing else looks at the outputs, so that a core may project them as it likes.
            kernel, bias = self.head.linear
            project = functools.partial(self.cores[0].call_projected, kernel=kernel)
            lines = self._lines(inputs, training, given)
            first = self.text.over(project, lines, self._first_states(state, inputs), mask)
            return first.output + bias, (first.core, first.text)
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
        lines = self._lines(inputs, training, given)
        first = self.text.over(self.cores[0], lines, self._first_states(state, inputs), mask)
        outputs, after = [self._dropped(0, first.output, training)], [first.core]
        for i, core in enumerate(self.cores[1:], start=1):
            below = self._with_input(outputs[-1], first.told)
            output, core_state = core(below, initial_state=state[i] if state else None, mask=mask)
            outputs.append(self._dropped(i, output, training))
            after.append(tuple(core_state))
        return self._seen_by_head(outputs, first), (*after, first.text)

    def _first_states(
        self, state: tuple[State, ...] | None, rows: Tensor
    ) -> tuple[State | None, State]:
        """Those of the first core (None: its own first one) and of what follows the text."""
        if state:
            return state[0], state[-1]
        return None, self.text.initial_state(ops.shape(rows)[0])

    def _lines(self, rows: Tensor, training: bool, given: Given | None) -> Lines:
        rows = ops.convert_to_tensor(rows, "float32")
        given = {
            name: ops.convert_to_tensor((given or {})[name], kind)
            for name, (_, kind) in self.given.items()
        }
        return Lines(rows, self._noisy(rows, training), given)

    def _noisy(self, rows: Tensor, training: bool) -> Tensor:
        """Rows with noise on their offsets, in training."""
        for noise in self.noises:
            rows = noise(rows, training=training)
        return rows

    def _dropped(self, layer: int, output: Tensor, training: bool) -> Tensor:
        return self.dropouts[layer](output, training=training) if self.dropouts else output

    def step(
        self, row: Tensor, state: tuple[State, ...], given: Given | None = None
    ) -> tuple[Tensor, tuple[State, ...]]:
        """row (batch, features) -> raw parameters (batch, params), state."""
        lines = self._lines(row, training=False, given=given)
        first = self.text.at(self.cores[0], lines, (state[0], state[-1]))
        outputs, after = [first.output], [first.core]
        for core, core_state in zip(self.cores[1:], state[1:-1], strict=True):
            output, core_state = core.step(self._with_input(outputs[-1], first.told), core_state)
            outputs.append(output)
            after.append(tuple(core_state))
        return self.head(self._seen_by_head(outputs, first)), (*after, first.text)

    def draw(
        self, params: Tensor, noise: Tensor, bias: Tensor, state: tuple[State, ...]
    ) -> tuple[Tensor, tuple[State, ...]]:
        """params (batch, params), noise (batch, 3 + marks), bias, the state after the step -> the
        row that is drawn (batch, features), the state with that noted."""
        row = self.head.sample(params, noise, bias)
        row, text = self.text.drawn(self.head, params, row, state[-1])
        return row, (*state[:-1], text)

    def place(self, state: tuple[State, ...]) -> Tensor | None:
        """Where in the text the pen is (batch, n), as its way of following it says that."""
        return state[-1][-1] if state[-1] else None

    def _with_input(self, output: Tensor, inputs: Tensor) -> Tensor:
        return ops.concatenate([inputs, output], axis=-1) if self.skips else output

    def _seen_by_head(self, outputs: list[Tensor], first: First) -> Tensor:
        seen = outputs if self.skips else outputs[-1:]
        if self._tells_head:
            seen = [*seen, first.told[..., self.features : self.features + self.text.width]]
        return seen[0] if len(seen) == 1 else ops.concatenate(seen, axis=-1)

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
        writers = [self.writers] if self.writers else []
        return [*self.cores, self.head, self.text, *writers, *self.dropouts, *self.noises]


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

    units: of rows and lines, for models whose text is aligned. writers: how many are known by name.
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
        text=_text(options, task, units, precision, part_seed(seed, 400)),
        writers=_writers(options, writers, part_seed(seed, 401)),
        skips=options.skips,
        dropout=options.dropout,
        noise=options.noise,
        seed=part_seed(seed, 200),
    )
    model.build()
    return model


def _text(
    options: ModelOptions, task: Task, units: Units | None, precision: Precision, seed: int
) -> Following:
    if options.text == "window":
        return WindowText(
            symbols=len(task.charset),
            components=options.window_components,
            first_step=options.window_step,
            clip_derivative=options.window_clip,
            precision=precision,
            seed=seed,
            name="text",
        )
    if options.text == "aligned" and units is not None:
        return AlignedText(
            symbols=len(task.charset),
            embedding=options.embedding,
            units=units,
            seed=seed,
            name="text",
        )
    return NoText(name="text")


def _writers(options: ModelOptions, writers: int, seed: int) -> WriterVectors | None:
    if options.text == "none" or not options.writer:
        return None
    return WriterVectors(writers=writers, width=options.writer, seed=seed, name="writers")
