"""How a model follows the text that it writes: what every way of doing so gives a model.

A way tells each layer something beside the rows, from a state of its own. What it tells may hang
on what the first layer has just said, and so it is the way that runs that layer.

Axis names: batch, steps (none of them where one step is run), features (of a row), inputs (of a
layer: row, what is told of the text, style).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, Protocol

import keras
from keras import ops

from hwsynth.layers import RecurrentCore, State

Tensor = Any
Form = tuple[tuple[int | None, ...], str]
"""Shape and type."""
RunFirst = Callable[..., tuple[Tensor, State]]
"""A core, or what else gives (outputs, state) of (inputs, initial_state=, mask=)."""


@dataclass(frozen=True)
class Lines:
    """What a model is told, over whole sequences or of one step."""

    rows: Tensor
    """(batch, [steps,] features), as they are."""
    seen: Tensor
    """The same as layers see them: with noise, in training."""
    given: Mapping[str, Tensor]
    """What is told beside the rows, by name: what the way asks for, and style (batch, width), or
    (batch, steps, width), or to a way that can tell which (batch, chars, width)."""

    def in_style(self, style: Tensor) -> Lines:
        """The same in another style."""
        return replace(self, given={**self.given, "style": style})

    def beside(self, *told: Tensor) -> Tensor:
        """What a layer sees (batch, [steps,] inputs): rows, what is told of the text, style."""
        parts = [self.seen, *told]
        if "style" in self.given:
            style = self.given["style"]
            if len(style.shape) < len(self.seen.shape):
                style = ops.repeat(style[:, None], ops.shape(self.seen)[1], axis=1)
            parts.append(style)
        return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)


class First(NamedTuple):
    """What comes of the first layer."""

    output: Tensor
    """(batch, [steps,] units)."""
    told: Tensor
    """(batch, [steps,] inputs): what the layers above see beside the layer below."""
    core: State
    """The first layer's state after the last step."""
    text: State
    """The way's own."""


class Following(Protocol):
    """A way of following a text; a Keras layer."""

    way: ClassVar[str]
    """What `model.text` calls it."""
    marks: ClassVar[int]
    """Binary marks of the rows that it is for."""
    late: ClassVar[bool]
    """Whether what is told at a step hangs on what the first layer says at that step."""
    width: int
    """Numbers that it tells."""

    given: ClassVar[Mapping[str, Form]]
    """Name -> shape and type of what it is told of the text."""

    def build(self, input_shape: Any = None) -> None:
        """Weights for a first layer that gives (batch, steps, units)."""

    def initial_state(self, batch_size: int) -> State:
        """The state before the first row. Its last part (batch, n) is where in the text the pen
        is, for whoever watches a model write."""

    def over(
        self, core: RunFirst, lines: Lines, states: tuple[State | None, State], mask: Tensor | None
    ) -> First:
        """Runs the first layer over whole sequences; `states`: its own before, and the way's."""

    def at(self, core: RecurrentCore, lines: Lines, states: tuple[State, State]) -> First:
        """Runs one step of the first layer."""

    def drawn(self, head: Any, params: Tensor, row: Tensor, state: State) -> tuple[Tensor, State]:
        """The row (batch, features) that a head has drawn -> as it stands on the page, the state
        with that noted."""


def run_over(
    core: RunFirst, told: Tensor, before: State | None, text: State, mask: Tensor | None
) -> First:
    """The first layer over all that it is told, where that hangs on the rows alone; `text` is the
    way's state after them."""
    output, after = core(told, initial_state=before, mask=mask)
    return First(output, told, tuple(after), text)


def run_at(core: RecurrentCore, told: Tensor, before: State, text: State) -> First:
    """The same of one step."""
    output, after = core.step(told, before)
    return First(output, told, tuple(after), text)


class NoText(keras.layers.Layer):
    """The way of a model that writes what it likes."""

    way = "none"
    marks = 1
    late = False
    width = 0
    given: Mapping[str, Form] = {}

    def build(self, input_shape: Any = None) -> None:
        """No weights."""
        self.built = True

    def initial_state(self, batch_size: int) -> State:
        """None."""
        return ()

    def over(
        self, core: RunFirst, lines: Lines, states: tuple[State | None, State], mask: Tensor | None
    ) -> First:
        """See `Following`."""
        return run_over(core, lines.beside(), states[0], (), mask)

    def at(self, core: RecurrentCore, lines: Lines, states: tuple[State, State]) -> First:
        """See `Following`."""
        return run_at(core, lines.beside(), states[0], ())

    def drawn(self, head: Any, params: Tensor, row: Tensor, state: State) -> tuple[Tensor, State]:
        """As it is."""
        return row, state
