"""Text as data: where the pen stands in the text follows from the marks of the rows before.

Each row (Δx, Δy, pen_up, char_end) moves the pen's *place*, and what a model is told beside the
row is read off at that place: the characters around the one that is being written, each of them
embedded apart for its distance from it, the height above the line's middle, and how many points
the character has had. The middle is where a line's origin stands (`preparation.origin`). The place
can neither skip a character nor go back. A style may change with it: one for each character.

char_end as a mark of each point is DeepWriting's (Aksan, Pece and Hilliges 2018).

Axis names: batch, steps, chars (that are written, and one after the last), around (characters
seen about one: −2 … +3), symbols (characters of the alphabet, and none).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
from keras import ops

from hwsynth.alphabet import AROUND
from hwsynth.backend import scan
from hwsynth.contracts import NamedAxes
from hwsynth.following import First, Form, Lines, RunFirst, run_at, run_over
from hwsynth.layers import OutputHead, RecurrentCore, State
from hwsynth.text_guides import BEGUN, HAZARD, HEIGHT, POSITION, SINCE

Tensor = Any

POINTS_A_CHARACTER = 10.0
"""About; the points since a character began are told in this unit."""
HEIGHTS_A_LINE = 4.0
"""A line's height is so many of the unit in which the pen's height is told."""
THRESHOLD, CERTAIN = 0.7, 0.5
"""Accumulated hazard, and probability at one point, at which a character is taken to have ended."""
ALMOST_ONE = 1 - 1e-6


@dataclass(frozen=True)
class Units:
    """What rows and heights are measured in."""

    mean: float
    """Mean Δy, in corpus units; see `Normalisation`."""
    sd: float
    """Standard deviation of Δy, in corpus units."""
    line_height: float
    """Median height of a line, in corpus units."""


class AlignedText(keras.layers.Layer):
    """What is told beside each row, over whole sequences and step by step; see `Following`."""

    way = "aligned"
    marks = 2
    late = False
    given: Mapping[str, Form] = {"contexts": ((None, None, AROUND), "int32")}
    named_axes: ClassVar[NamedAxes] = {"characters": (1, "characters")}

    def __init__(
        self, *, symbols: int, embedding: int, units: Units, seed: int = 0, **layer: Any
    ) -> None:
        """symbols: characters of the alphabet. embedding: numbers that a character becomes."""
        super().__init__(dtype="float32", autocast=False, **layer)
        self.symbols, self.embedding = symbols + 1, embedding
        self.lengths = units
        self.seed = seed
        self.width = AROUND * embedding + 2

    def build(self, input_shape: Any = None) -> None:
        """A table of characters for each distance."""
        self.table = self.add_weight(
            (AROUND, self.symbols, self.embedding),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self.seed),
            name="characters",
        )
        self.built = True

    def initial_state(self, batch_size: int) -> tuple[Tensor]:
        """The place (batch, 5) before the first row."""
        return (ops.zeros((batch_size, 5)),)

    def over(
        self, core: RunFirst, lines: Lines, states: tuple[State | None, State], mask: Tensor | None
    ) -> First:
        """See `Following`."""
        contexts = lines.given["contexts"]
        places, after = self._places(lines.rows, states[1])
        told, lines = self._told(places, contexts), self._in_style(lines, places)
        return run_over(core, lines.beside(told), states[0], tuple(after), mask)

    def at(self, core: RecurrentCore, lines: Lines, states: tuple[State, State]) -> First:
        """See `Following`."""
        told, place = self.step(lines.rows, lines.given["contexts"], states[1])
        lines = self._in_style(lines, place[0][:, None])
        return run_at(core, lines.beside(told), states[0], tuple(place))

    def drawn(
        self, head: OutputHead, params: Tensor, row: Tensor, state: State
    ) -> tuple[Tensor, State]:
        """See `Following`; the mark is what `move_on` says, not what was drawn."""
        end, state = self.move_on(head.char_end(params, row), state)
        return ops.concatenate([row[:, :3], end[:, None]], axis=-1), state

    def call(self, rows: Tensor, contexts: Tensor, state: State) -> tuple[Tensor, tuple]:
        """rows (batch, steps, 4), contexts (batch, chars, around), the place before ->
        features (batch, steps, width), the place after."""
        places, after = self._places(rows, state)
        return self._told(places, contexts), after

    def _places(self, rows: Tensor, state: State) -> tuple[Tensor, tuple]:
        """Places (batch, steps, 5) of rows (batch, steps, 4), the state after them."""

        def follow(state: State, row: tuple[Tensor]) -> tuple[tuple, tuple]:
            place = self._follow(state[0], row[0])
            return (place,), (place,)

        state, (places,) = scan(follow, tuple(state), (ops.transpose(rows, (1, 0, 2)),))
        return ops.stop_gradient(ops.transpose(places, (1, 0, 2))), state

    def _told(self, places: Tensor, contexts: Tensor) -> Tensor:
        """(batch, steps, width)."""
        embedded = self._here(places, self._embedded(contexts))
        return ops.concatenate([embedded, self._heights_and_points(places)], axis=-1)

    def _in_style(self, lines: Lines, places: Tensor) -> Lines:
        """Lines, at places (batch, steps, 5), in the style of the character that is written, where
        each has its own."""
        style = lines.given.get("style")
        if style is None or len(style.shape) == 2:
            return lines
        here = self._here(places, style)
        return lines.in_style(here if len(lines.seen.shape) == 3 else here[:, 0])

    def _here(self, places: Tensor, told: Tensor) -> Tensor:
        """What is told of each character (batch, chars, n), of the one that is written at places
        (batch, steps, 5): (batch, steps, n)."""
        # One place a row: a product with ones and zeros, whose derivative is a product again.
        chars = ops.shape(told)[1]
        return ops.matmul(ops.one_hot(self._positions(places, chars), chars), told)

    def step(self, row: Tensor, contexts: Tensor, state: State) -> tuple[Tensor, tuple]:
        """row (batch, 4), contexts (batch, chars, around), the place before -> features
        (batch, width), the place after."""
        place = self._follow(state[0], row)
        position = self._positions(place, ops.shape(contexts)[1])[:, None, None]
        here = ops.take_along_axis(
            contexts, ops.broadcast_to(position, (*_batch(row), 1, AROUND)), 1
        )
        embedded = self._embedded(here)[:, 0]
        return ops.concatenate([embedded, self._heights_and_points(place)], axis=-1), (place,)

    def _follow(self, place: Tensor, row: Tensor) -> Tensor:
        """The place (batch, 5) after a row (batch, 4); the null row before a line moves nothing.

        With a character its hazard ends, whether it was drawn or the pen was held to it."""
        begun, end = place[:, BEGUN], row[:, 3]
        rise = row[:, 1] * self.lengths.sd + self.lengths.mean
        return ops.stack(
            [
                ops.ones_like(begun),
                place[:, POSITION] + end,
                place[:, HEIGHT] + begun * rise,
                begun * (1 - end) * (place[:, SINCE] + 1),
                place[:, HAZARD] * (1 - end),
            ],
            axis=1,
        )

    def _positions(self, places: Tensor, chars: Any) -> Tensor:
        """(...) int32 of places (..., 5); beyond the last character the last row is told."""
        return ops.minimum(ops.cast(places[..., POSITION], "int32"), chars - 1)

    def _embedded(self, contexts: Tensor) -> Tensor:
        """contexts (batch, chars, around) -> (batch, chars, around·embedding)."""
        seen = ops.one_hot(contexts, self.symbols)
        each = [ops.matmul(seen[:, :, i], self.table[i]) for i in range(AROUND)]
        return ops.concatenate(each, axis=-1)

    def _heights_and_points(self, places: Tensor) -> Tensor:
        """(..., 2) of places (..., 5)."""
        height = places[..., HEIGHT] * (HEIGHTS_A_LINE / self.lengths.line_height)
        return ops.stack([height, places[..., SINCE] / POINTS_A_CHARACTER], axis=-1)

    def move_on(self, probability: Tensor, state: State) -> tuple[Tensor, State]:
        """Whether the drawn point ends its character: char_end (batch,), the state with that noted.

        probability (batch,): of char_end. A mark drawn by a coin at each point doubles letters and
        drops them. The hazard −log(1 − probability) is added up instead, and a character ends
        when that reaches THRESHOLD, near the log 2 at which a coin would have come up by now in
        one of two cases.
        """
        place = state[0]
        hazard = place[:, HAZARD] - ops.log1p(-ops.minimum(probability, ALMOST_ONE))
        ended = ops.logical_or(hazard >= THRESHOLD, probability > CERTAIN)
        noted = ops.concatenate([place[:, :HAZARD], hazard[:, None]], axis=1)
        return ops.cast(ended, "float32"), (noted,)


def _batch(row: Tensor) -> tuple[Any]:
    return (ops.shape(row)[0],)
