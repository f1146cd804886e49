"""A line of text in a writer's hand."""

from __future__ import annotations

import numpy as np

from hwsynth.datasets.synthetic.forms import writable
from hwsynth.datasets.synthetic.ordering import letters_of, movements_of
from hwsynth.datasets.synthetic.pen import move
from hwsynth.datasets.synthetic.placing import place
from hwsynth.datasets.synthetic.writers import Writer
from hwsynth.errors import DataError
from hwsynth.ink import Ink


def write(
    text: str, hand: Writer, rng: np.random.Generator, *, rate: float = 66.0, **fields: str
) -> Ink:
    """The text as ink, coordinates whole pen units, `rate` points a second.

    `fields` are Ink's other fields. A character ends on the last point before the next
    character begins; dots and crosses that wait for the end of a word count to its last letter.

    Raises DataError for a text without a character to write, or with one that has no glyph.
    """
    _refuse_unwritable(text)
    letters = letters_of(text, hand, rng)
    movements = movements_of(letters, hand)
    track = move(movements, place(movements, letters, hand, rng), hand, rng, rate)
    pen = np.rint(track.position * hand.x_height)
    rows = np.stack([pen.real, pen.imag, track.pen_up], axis=-1).astype(np.float32)
    ends = np.append(np.diff(track.letter) > 0, True)
    return Ink(rows, times=track.times, char_end=ends, text=text, **fields)  # type: ignore[arg-type]


def _refuse_unwritable(text: str) -> None:
    refused = sorted({character for character in text if not writable(character)})
    if refused:
        raise DataError(
            f"no glyph for {' '.join(map(repr, refused))} in {text!r}; "
            "there are glyphs for the printable ASCII characters"
        )
    if not text.strip():
        raise DataError(f"the text {text!r} holds no character to write")
