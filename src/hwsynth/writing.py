"""Writing texts with a model that was trained on text as data: one line of ink a text.

A line ends where its last character does; the place in the text can neither skip a character nor
go back, so that nothing is left out and nothing goes on for ever. A bound on the points of a
character stops models that have not learnt when one ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import Alphabet, written
from hwsynth.conditions import Conditions, side_by_side
from hwsynth.errors import DataError, UsageError
from hwsynth.ink import Ink
from hwsynth.normalisation import Normalisation
from hwsynth.sampling import PIECE, line_noise, loop_of

if TYPE_CHECKING:
    from hwsynth.exported_step import ExportedStep
    from hwsynth.model import HandwritingModel

MOST_POINTS = 80
"""Points of a character, on average over a line, beyond which a line is given up."""
CHARS_APART = 16
"""Texts are padded to a multiple of so many characters, so that few programs are compiled."""


class TextWriter:
    """Writes texts; compiled once, used as often as one likes."""

    def __init__(
        self,
        model: HandwritingModel | ExportedStep,
        normalisation: Normalisation,
        conditions: Conditions,
    ) -> None:
        """`normalisation` and `conditions` are those that the model was trained with.

        Raises UsageError where it was trained without text.
        """
        if conditions.text != "aligned":
            raise UsageError(
                "this run learnt no text, so it cannot be told what to write; train one with "
                "--text, or draw what it likes with: hwsynth sample"
            )
        self.normalisation, self.alphabet = normalisation, Alphabet(conditions.charset)
        self._loop = loop_of(model)

    def __call__(
        self,
        texts: Sequence[str],
        styles: NDArray[np.float32],
        *,
        bias: float = 0.0,
        seed: int = 0,
        first: int = 0,
    ) -> list[Ink]:
        """A line of ink a text, in corpus units, its first point where it lies from the origin.

        styles (batch, width): a writer vector a text. The line at `place` draws its noise from
        (seed, first + place), whatever is written beside it. Raises DataError where a text has
        characters that the model lacks, or is empty, or where the model does not come to its end.
        """
        for text in texts:
            if not written(text):
                raise DataError(f"{text!r} has no character to be written; give some text")
        contexts = [self.alphabet.contexts(text) for text in texts]
        chars = -(-max(map(len, contexts)) // CHARS_APART) * CHARS_APART
        given = {
            "contexts": side_by_side(contexts, len(texts), chars),
            "style": np.asarray(styles, np.float32),
        }
        ends = np.array([written(text) for text in texts])
        rows = self._rows(given, ends, bias, seed, first)
        return [
            self._ink(rows[:, i], int(ends[i]), text, f"{seed}-{first + i}")
            for i, text in enumerate(texts)
        ]

    def _rows(
        self, given: dict[str, NDArray], ends: NDArray, bias: float, seed: int, first: int
    ) -> NDArray[np.float32]:
        """(steps, batch, features) until all lines have ended, or were given up."""
        count, features = len(ends), 2 + self._loop.marks
        row = np.zeros((count, features), np.float32)
        state = self._loop.start(row[:, None][:, :0], given)
        pieces: list[NDArray[np.float32]] = []
        reached = np.zeros(count)
        most = MOST_POINTS * int(ends.max())
        noise = line_noise(
            self._loop.marks, count=count, steps=-(-most // PIECE) * PIECE, seed=seed, first=first
        )
        for start in range(0, len(noise), PIECE):
            drawn, state = self._loop.draw(row, state, noise[start : start + PIECE], bias, given)
            pieces.append(drawn)
            row, reached = drawn[-1], reached + drawn[..., 3].sum(axis=0)
            if (reached >= ends).all():
                break
        return np.concatenate(pieces)

    def _ink(self, rows: NDArray[np.float32], end: int, text: str, id: str) -> Ink:
        reached = np.cumsum(rows[:, 3])
        if reached[-1] < end:
            raise DataError(
                f"after {len(rows)} points the model is at character {int(reached[-1]) + 1} of "
                f"the {end} of {text!r}: it is not trained well enough; train it longer"
            )
        rows = rows[: int(np.argmax(reached >= end)) + 1]
        offsets = self.normalisation.offsets(rows)
        points = np.cumsum(offsets[:, :2], axis=0)
        if not np.isfinite(points).all():
            raise DataError(f"{text!r} left all bounds: the model is not trained well enough")
        pen_up = rows[:, 2].copy()
        pen_up[-1] = 1
        return Ink(
            np.column_stack([points, pen_up]).astype(np.float32),
            char_end=rows[:, 3] > 0,
            text=text,
            id=id,
        )
