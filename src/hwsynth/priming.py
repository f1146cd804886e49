"""Writing in the manner of a real line: the pen is led along it, and goes on from there.

Primed sampling (Graves 2013, section 5.5). A model is told the line's text, a space and the text
that is wanted, as one. The pen is held to the line's own rows up to their end, and what the model
then remembers is how the line was written; from there on it is free, and only that is drawn.

Axis names: points (of one line), features (Δx, Δy, pen_up, char_end), chars (of the text that is
wanted).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import Alphabet, written
from hwsynth.batches import Crop, crop_rows
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.own_lines import corpus_for
from hwsynth.plugins import Plugins
from hwsynth.styles import Style
from hwsynth.tracks import Rows, Track
from hwsynth.writing import Line, Progress, TextWriter, Told, check_has_ink

if TYPE_CHECKING:
    from hwsynth.backend import Device

MOST_POINTS = 10_000
"""Of a line that is gone on from, as a model sees it: each line of a text is led along all of them.
Long lines have about 2,000."""


@dataclass(frozen=True)
class Prime:
    """A real line as a model sees it."""

    text: str
    """What is written in it."""
    rows: Rows
    """(points, features) after its first point. For a model that is not told where characters end,
    char_end is how many there are, at the last point."""

    @property
    def characters(self) -> int:
        """That own ink."""
        return written(self.text)


def prime_of(line: Ink, hand: Hand, plugins: Plugins, device: Device = "auto") -> Prime:
    """A line with its text, brought to the form of the lines that a hand's model learnt from.

    Where the hand's preparation keeps a corpus's own unit, the line has to be of the corpus's size.
    Raises UsageError where its characters have to be found and the hand has no reader; DataError
    where it has no text, the text has characters that the hand lacks, or the line cannot be
    prepared, cannot be aligned, or has too many points.
    """
    text = (line.text or "").strip()
    if not text:
        raise DataError(
            f"{line!r} does not say what is written; a line is gone on from by its text"
        )
    # A space parts it from what is written after it.
    Alphabet(hand.conditions.charset).encode(f"{text} ")
    corpus, _ = corpus_for(hand, [dataclasses.replace(line, text=text)], plugins, device)
    prime = Prime(str(corpus.texts[0]), _rows(corpus, hand))
    _check_length(prime)
    return prime


def _rows(corpus: Corpus, hand: Hand) -> Rows:
    """(points, features) of its only line."""
    targets = int(corpus.starts[1] - corpus.starts[0]) - 1
    marks = hand.conditions.marks
    rows = crop_rows(corpus, hand.record.normalisation, Crop(0, 0, targets), marks)[1:]
    if marks == 2:
        return rows
    ends = np.zeros((len(rows), 1), np.float32)
    ends[-1:] = written(corpus.texts[0] or "")
    return np.concatenate([rows, ends], axis=1)


def _check_length(prime: Prime) -> None:
    if not prime.characters <= len(prime.rows) <= MOST_POINTS:
        raise DataError(
            f"the line {prime.text!r} has {len(prime.rows):,} points as the hand sees it; it must "
            f"have one a character, {prime.characters:,}, and at most {MOST_POINTS:,}. Give "
            "another line to go on from"
        )


@dataclass(frozen=True)
class PrimedWriter:
    """Writes lines that go on from a real one, and do not hold it; see `LineWriter`."""

    writer: TextWriter
    prime: Prime

    def draw(
        self,
        lines: Sequence[Line],
        *,
        bias: float,
        seed: int,
        progress: Progress = lambda done, of: None,
    ) -> list[Track]:
        """See `LineWriter`. The rows of each line begin with those of the prime, and so do those
        that a line is held to, if any."""
        for line in lines:
            check_has_ink(line.text)
        whole = [self._after_prime(line) for line in lines]
        return self.writer.draw(whole, bias=bias, seed=seed, progress=progress)

    def ink(self, line: Line, track: Track, seed: int = 0) -> Ink:
        """See `LineWriter`. x is 0 where the pen stood at the end of the prime.

        A window may still be at the prime's last character when that is over; until it has left
        it, what is drawn is none of the line's. Raises DataError where it has passed over the line
        by then, too.
        """
        whole = self.writer.ink(self._after_prime(line), track, seed)
        first, ends = self._cut(np.asarray(whole.char_end, np.bool_))
        if ends.sum() < line.end:
            raise DataError(
                f"the model was past {line.text!r} before it had come to the end of the line that "
                "it goes on from: it does not follow that one; give another, or train it longer"
            )
        origin = np.array([whole.points[len(self.prime.rows) - 1, 0], 0, 0], np.float32)
        return dataclasses.replace(
            whole, points=whole.points[first:] - origin, char_end=ends, text=line.text
        )

    def attention(
        self, inks: Sequence[Ink], styles: Sequence[Style] | None
    ) -> list[NDArray[np.float64]]:
        """See `LineWriter`: of the text that was wanted (points, chars + 1), as it goes on from the
        prime."""
        whole = [self._with_prime(ink) for ink in inks]
        before = len(self.prime.text) + 1
        return [
            seen[len(self.prime.rows) :, before:] for seen in self.writer.attention(whole, styles)
        ]

    def told(self, ink: Ink, style: Style | None) -> Told:
        """See `LineWriter`: of the prime and the line that goes on from it, as one."""
        whole = self.writer.told(self._with_prime(ink), style)
        return dataclasses.replace(whole, first=whole.first + len(self.prime.rows))

    def _after_prime(self, line: Line) -> Line:
        """The whole line that a model is told of."""
        return dataclasses.replace(
            line,
            text=f"{self.prime.text} {line.text}",
            held=Track(self.prime.rows) if line.held is None else line.held,
            stop=self.prime.characters + line.end,
        )

    def _cut(self, ends: NDArray[np.bool_]) -> tuple[int, NDArray[np.bool_]]:
        """Ends (points,) in a line and its prime -> the first point that is not the prime's, and
        the ends from there on. Characters that a window had passed over by then have one point
        each, the first ones."""
        last = int(np.flatnonzero(ends)[self.prime.characters - 1])
        first = max(len(self.prime.rows), last + 1)
        passed = int(ends[:first].sum()) - self.prime.characters
        rest = ends[first:].copy()
        rest[np.flatnonzero(~rest)[:passed]] = True
        return first, rest

    def _with_prime(self, ink: Ink) -> Ink:
        """A line after the prime, as one."""
        offsets = self.writer.normalisation.offsets(self.prime.rows)
        points = np.column_stack([np.cumsum(offsets[:, :2], axis=0), offsets[:, 2]])
        moved = ink.points + np.array([points[-1, 0], 0, 0])
        ends = ink.char_end if ink.char_end is not None else np.zeros(len(ink), np.bool_)
        return Ink(
            np.concatenate([points, moved]).astype(np.float32),
            char_end=np.concatenate([self.prime.rows[:, 3] > 0, ends]),
            text=f"{self.prime.text} {ink.text}",
        )
