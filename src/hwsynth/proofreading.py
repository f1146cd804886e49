"""What was written, read by a model that reads: how many errors it finds in each word, and how far
it doubts that the word is there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import Alphabet
from hwsynth.ink import Ink
from hwsynth.text_paths import frames_of_texts, side_by_side
from hwsynth.word_errors import word_errors
from hwsynth.words import spans

AT_ONCE = 64
"""Lines that are read side by side, at most."""


class Reading(Protocol):
    """What was read."""

    @property
    def text(self) -> str:
        """The text of a line."""

    @property
    def log_probabilities(self) -> NDArray[np.floating]:
        """(frames, classes): of the blank, then of the characters in the order of the charset."""


class Reader(Protocol):
    """What reads."""

    @property
    def charset(self) -> str:
        """Characters that it knows."""

    def read(self, lines: Sequence[Ink]) -> Sequence[Reading]:
        """What stands in each line."""


@dataclass(frozen=True)
class Proof:
    """What a reader finds in a line of which the text is known."""

    errors: tuple[int, ...] = ()
    """In each word; none in words that the reader cannot know, for they have characters that it
    lacks."""
    doubts: tuple[float, ...] = ()
    """Of each word, -log of the probability of its part of the likeliest way to read the line's
    text; to compare versions of one word by.""" ""


NOTHING_READ = Proof()


class Proofreader:
    """Reads lines of which the text is known."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self._alphabet = reader, Alphabet(reader.charset)

    def __call__(
        self, lines: Sequence[Ink], progress: Callable[[int, int], None] = lambda done, of: None
    ) -> list[Proof]:
        """One a line. `progress` hears how many lines of how many are read."""
        found: list[Proof] = []
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            found += self._proofs([line.text or "" for line in some], some)
            progress(len(found), len(lines))
        return found

    def _proofs(self, texts: Sequence[str], lines: Sequence[Ink]) -> list[Proof]:
        readings = self.reader.read(lines)
        doubts = self._doubts(texts, [reading.log_probabilities for reading in readings])
        return [
            Proof(self._errors(text, reading), _of_words(text, each))
            for text, reading, each in zip(texts, readings, doubts, strict=True)
        ]

    def _errors(self, text: str, reading: Reading) -> tuple[int, ...]:
        return tuple(
            errors if all(each in self._alphabet for each in word) else 0
            for word, errors in zip(text.split(), word_errors(text, reading.text), strict=True)
        )

    def _doubts(
        self, texts: Sequence[str], shown: Sequence[NDArray[np.floating]]
    ) -> list[NDArray[np.float64]]:
        """Of each character (chars,) of each text; none of those that the reader lacks."""
        known = [np.array([each in self._alphabet for each in text]) for text in texts]
        doubts = [np.where(each, np.inf, 0.0) for each in known]
        seen = [i for i, frames in enumerate(shown) if len(frames) and known[i].any()]
        if not seen:
            return doubts
        _, shares = frames_of_texts(
            side_by_side([shown[i] for i in seen]),
            np.array([len(shown[i]) for i in seen]),
            [
                self._alphabet.encode("".join(filter(self._alphabet.__contains__, texts[i])))
                for i in seen
            ],
        )
        for i, share in zip(seen, shares, strict=True):
            doubts[i][known[i]] = -share[: known[i].sum()]
        return doubts


def _of_words(text: str, doubts: NDArray[np.float64]) -> tuple[float, ...]:
    """A space counts with the word after it."""
    stops = [stop for _, stop in spans(text)]
    return tuple(float(doubts[start:stop].sum()) for start, stop in itertools.pairwise([0, *stops]))
