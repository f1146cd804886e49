"""Where each character ends in the lines of a corpus, as a reader found it, and how well it fits.

An alignment stands beside its corpus and does not change it: `preparation.alignment` marks the
lines with it before all else is done to them. Axis names: written (characters that own ink).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import written
from hwsynth.contracts import Dropped, Options
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError
from hwsynth.ink import Ink

FORMAT = 1
"""Of the file; raise it when an older reader would misread it."""


class ReaderRecord(Options):
    """What read the lines."""

    name: str
    """Of its run."""
    weights: str
    """SHA-256 of its weights.safetensors."""
    licences: tuple[str, ...]
    """Terms of all data that it was trained on."""


class About(Options):
    """What is said of an alignment as a whole."""

    format: int = FORMAT
    """Version of the file."""
    hwsynth: str
    """Version that made it."""
    dataset: str
    """Whose lines they are."""
    fingerprint: str
    """Of the corpus: no other lines can be marked."""
    licence: str
    """Terms of the corpus."""
    reader: ReaderRecord
    """What read the lines."""


@dataclass(frozen=True)
class AlignedLine:
    """Where the characters of a line end."""

    ends: NDArray[np.int64]
    """(written,) the last point of each character that is no space, of the corpus's own."""
    score: float
    """Log probability of the reader's likeliest way to the text, a character."""


@dataclass(frozen=True)
class Alignment:
    """The lines of a corpus that could be aligned, and those that could not."""

    about: About
    lines: Mapping[str, AlignedLine]
    """By the line's id."""
    left_out: tuple[Dropped, ...] = ()
    """Lines that were to be aligned and are not."""

    @property
    def reasons(self) -> dict[str, int]:
        """Why lines were left out -> how many, the most frequent first."""
        return dict(Counter(line.reason for line in self.left_out).most_common())

    def check_corpus(self, corpus: Corpus, source: object) -> None:
        """Raises DataError where it is another corpus's; `source` is what the alignment is in."""
        if corpus.fingerprint != self.about.fingerprint:
            raise DataError(
                f"{source} aligns other lines than these of '{corpus.name}': it was made for "
                f"'{self.about.dataset}', fingerprint {self.about.fingerprint}, and this corpus "
                f"has {corpus.fingerprint}. Give the data and dataset options it was made for, or "
                "make another with: hwsynth align"
            )

    def mark(self, ink: Ink) -> Ink:
        """The line with its ends and score, both None where it is not aligned, whatever it had.

        Raises DataError where the ends do not fit it.
        """
        line = self.lines.get(str(ink.id))
        if line is None:
            return dataclasses.replace(ink, char_end=None, score=None)
        if not _fits(line.ends, ink):
            raise DataError(
                f"the ends of line {ink.id} do not fit its {len(ink)} points and its text; make "
                "the alignment again with: hwsynth align"
            )
        char_end = np.zeros(len(ink), np.bool_)
        char_end[line.ends] = True
        return dataclasses.replace(ink, char_end=char_end, score=line.score)


def _fits(ends: NDArray[np.int64], ink: Ink) -> bool:
    return (
        len(ends) == written(ink.text or "")
        and len(ends) > 0
        and bool((np.diff(ends, prepend=-1) > 0).all())
        and int(ends[-1]) == len(ink) - 1
    )
