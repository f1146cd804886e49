"""How far what was read is from what is written: error rates of characters and of words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True)
class Misread:
    """Errors of some lines: insertions, deletions and substitutions."""

    characters: int = 0
    """Errors."""
    of_characters: int = 0
    """Characters that are written, spaces too."""
    words: int = 0
    """Errors."""
    of_words: int = 0
    """Words that are written."""

    @classmethod
    def of(cls, written: str, read: str) -> Misread:
        """Of one line, by Levenshtein's distance."""
        words = written.split()
        return cls(
            Levenshtein.distance(written, read),
            len(written),
            Levenshtein.distance(words, read.split()),
            len(words),
        )

    def __add__(self, other: Misread) -> Misread:
        return Misread(
            self.characters + other.characters,
            self.of_characters + other.of_characters,
            self.words + other.words,
            self.of_words + other.of_words,
        )

    @property
    def character_error_rate(self) -> float:
        """Errors for each character that is written."""
        return self.characters / max(1, self.of_characters)

    @property
    def word_error_rate(self) -> float:
        """Errors for each word that is written."""
        return self.words / max(1, self.of_words)


def misread(written: Iterable[str], read: Iterable[str]) -> Misread:
    """Of all lines together."""
    total = Misread()
    for line in map(Misread.of, written, read):
        total += line
    return total


def broken(written: Sequence[str], read: Sequence[str]) -> float:
    """Share of lines in which not all words were read as they are. Of one line at least."""
    lines = zip(written, read, strict=True)
    return sum(text.split() != found.split() for text, found in lines) / len(written)


def by_writer(
    writers: Sequence[str | None], written: Sequence[str], read: Sequence[str]
) -> dict[str, Misread]:
    """Of the lines of each writer; those of nobody known are left out."""
    found: dict[str, Misread] = defaultdict(Misread)
    for writer, *line in zip(writers, written, read, strict=True):
        if writer is not None:
            found[writer] += Misread.of(*line)
    return dict(sorted(found.items()))
