"""A reader for tests of alignment that sees each character somewhere in its own ink."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth import Ink
from hwsynth.alphabet import Alphabet
from hwsynth.corpus import Corpus
from hwsynth.preparation import trace_line
from hwsynth.run_options import PreparationOptions

PREPARATION = PreparationOptions(resample="arc", spacing=0.65, level=True, unit="line", origin=True)
UNLIKELY = np.log(1e-4)


@dataclass(frozen=True)
class FakedReading:
    """What it makes of a line."""

    log_probabilities: NDArray[np.float32]
    places: NDArray[np.int64]


@dataclass(frozen=True)
class FakedReader:
    """Knows the true ends of a corpus's lines, and misses the middles of characters by chance."""

    corpus: Corpus
    charset: str
    spread: float = 0.25
    """Standard deviation of where in a character it is seen, of the character's frames."""
    preparation: PreparationOptions = PREPARATION
    points_a_frame: int = 2

    def read(self, lines: Sequence[Ink]) -> list[FakedReading]:
        """A reading a line; one of lines without ends would not be faked."""
        assert not any(ink.char_end is not None for ink in lines)
        return [self._reading(self.corpus.find(str(ink.id))) for ink in lines]

    def _reading(self, ink: Ink) -> FakedReading:
        traced = trace_line(dataclasses.replace(ink, char_end=None), self.preparation)
        prepared, index = traced
        places = 1 + self.points_a_frame * np.arange(-(-(len(prepared) - 1) // self.points_a_frame))
        shown = np.full((len(places), 1 + len(self.charset)), UNLIKELY, np.float32)
        shown[:, 0] = np.log(0.9)
        for class_, frame in self._seen(ink, index[places]):
            shown[frame] = UNLIKELY
            shown[frame, class_] = np.log(0.9)
        return FakedReading(shown, places)

    def _seen(self, ink: Ink, at: NDArray[np.float64]) -> list[tuple[int, int]]:
        """The class and the frame of each character; `at` (frames,) in points of the line."""
        ends = iter(np.flatnonzero(ink.char_end))
        rng = np.random.default_rng(len(ink))
        seen, last = [], -1.0
        for class_, each in zip(Alphabet(self.charset).encode(ink.text), ink.text, strict=True):
            if each.isspace():
                continue
            end = float(next(ends, len(ink) - 1))
            middle = (last + end) / 2 + self.spread * (end - last) * rng.normal()
            middle = np.clip(middle, last + 0.01, end)
            seen.append((int(class_), int(np.abs(at - middle).argmin())))
            last = end
        return seen
