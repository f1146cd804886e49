"""What a model is told of a line beside its rows: its text and its writer, as numbers.

Axis names: batch, chars, around (see `alphabet.py`).
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import Alphabet, written
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError

log = logging.getLogger(__name__)

UNKNOWN = 0
"""The number of a writer who is not known."""


@dataclass(frozen=True)
class Conditions:
    """What is asked of a corpus's lines, and how it becomes numbers."""

    text: str = "none"
    """aligned: where each character ends; window: the characters in turn; labels: the text as a
    whole, for a head that reads."""
    charset: str = ""
    """The model's characters."""
    writers: tuple[str, ...] = ()
    """Those that have a style of their own, in the order of their numbers from 1."""
    points_a_frame: int = 1
    """Points for which a head that reads has one place to show a character at."""

    @property
    def marks(self) -> int:
        """Binary marks of a row."""
        return 2 if self.text == "aligned" else 1

    @cached_property
    def _alphabet(self) -> Alphabet:
        return Alphabet(self.charset)

    def usable(self, corpus: Corpus, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of `lines` that have what is asked. Raises DataError where none has."""
        if self.text == "none":
            return lines
        can = np.array([self._can_use(corpus, int(line)) for line in lines], np.bool_)
        if not can.any():
            wanted = {
                "aligned": "a text and the ends of its characters; find them with: hwsynth align",
                "window": "a text",
                "labels": "a text that can be learnt",
            }[self.text]
            raise DataError(f"none of the {len(lines)} lines of '{corpus.name}' has {wanted}")
        if self.text == "labels" and not can.all():
            log.warning(
                "%d of %d lines of '%s' are left out: they have no text, characters that the run "
                "does not know, or fewer points than their text takes",
                len(can) - can.sum(),
                len(can),
                corpus.name,
            )
        return lines[can]

    def _can_use(self, corpus: Corpus, line: int) -> bool:
        text = corpus.texts[line]
        if not text or not text.strip() or not set(text) <= set(self.charset):
            return False
        if self.text == "labels":
            points = int(corpus.starts[line + 1] - corpus.starts[line]) - 1
            return frames_needed(text) <= -(-points // self.points_a_frame)
        if self.text == "window":
            return True
        ends = corpus.ends_of(line)
        return ends is not None and int(ends.sum()) == written(text)

    def arrays(
        self, corpus: Corpus, lines: Sequence[int], size: int, chars: int
    ) -> dict[str, NDArray]:
        """For lines side by side in a batch of `size`, with room for `chars` characters:
        contexts (batch, chars, around) and writer (batch,); characters (batch, chars), 0 from the
        end of a text on, and writer; or labels (batch, chars)."""
        if self.text == "none":
            return {}
        texts = [corpus.texts[line] or "" for line in lines]
        name, encode = {
            "aligned": ("contexts", self._alphabet.contexts),
            "window": ("characters", self._alphabet.encode),
            "labels": ("labels", self._alphabet.encode),
        }[self.text]
        told = {name: side_by_side([encode(text) for text in texts], size, chars)}
        if self.text != "labels":
            told["writer"] = np.full(size, UNKNOWN, np.int32)
            told["writer"][: len(lines)] = [self.number_of(corpus.writers[line]) for line in lines]
        return told

    def number_of(self, writer: str | None) -> int:
        """A writer's number; UNKNOWN for one who has none."""
        return self.writers.index(writer) + 1 if writer in self.writers else UNKNOWN


def frames_needed(text: str) -> int:
    """Frames that show a text at least: a character has one, and a blank parts two that are the
    same (Graves et al. 2006)."""
    return len(text) + sum(a == b for a, b in itertools.pairwise(text))


def side_by_side(parts: Sequence[NDArray], size: int, length: int) -> NDArray[np.int32]:
    """Arrays (n, ...) one a line -> (size, length, ...), zeros after their ends."""
    whole = np.zeros((size, length, *parts[0].shape[1:]), np.int32)
    for place, part in enumerate(parts):
        whole[place, : len(part)] = part
    return whole
