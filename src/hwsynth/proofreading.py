"""What was written, read by a model that reads: how many errors it finds in each word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from hwsynth.ink import Ink
from hwsynth.word_errors import word_errors

AT_ONCE = 64
"""Lines that are read side by side, at most."""


class Reading(Protocol):
    """What was read."""

    @property
    def text(self) -> str:
        """The text of a line."""


class Reader(Protocol):
    """What reads."""

    @property
    def charset(self) -> str:
        """Characters that it knows."""

    def read(self, lines: Sequence[Ink]) -> Sequence[Reading]:
        """What stands in each line."""


class Proofreader:
    """Reads lines of which the text is known."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self._known = reader, set(reader.charset)

    def __call__(
        self, lines: Sequence[Ink], progress: Callable[[int, int], None] = lambda done, of: None
    ) -> list[tuple[int, ...]]:
        """The errors in each word of each line; none in words that the reader cannot know, for
        they have characters that it lacks. `progress` hears how many lines of how many are read."""
        found: list[tuple[int, ...]] = []
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            found += map(self._errors, some, self.reader.read(some))
            progress(len(found), len(lines))
        return found

    def _errors(self, line: Ink, reading: Reading) -> tuple[int, ...]:
        text = line.text or ""
        return tuple(
            errors if set(word) <= self._known else 0
            for word, errors in zip(text.split(), word_errors(text, reading.text), strict=True)
        )
