"""Text as numbers: which characters a model knows, and what surrounds each that it writes.

Axis names: chars (of a text), written (characters that own ink: all but spaces).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hwsynth.characters import named
from hwsynth.errors import DataError

BEFORE, AFTER = 2, 3
"""How many characters before and after the one that is written a model sees."""
AROUND = BEFORE + 1 + AFTER
"""How many it sees in all."""


@dataclass(frozen=True)
class Alphabet:
    """The characters of a model; a character's number is 1 + its place here, 0 is none.

    Raises DataError where there is no character, or one twice.
    """

    charset: str

    def __post_init__(self) -> None:
        if not self.charset:
            raise DataError("the charset holds no character; a corpus without texts has none")
        if len(self._ids) < len(self.charset):
            twice = sorted({each for each in self.charset if self.charset.count(each) > 1})
            raise DataError(f"the charset holds {named(twice)} more than once; give each once")

    def __len__(self) -> int:
        """The number of characters; numbers run from 1 to it."""
        return len(self.charset)

    def __contains__(self, character: object) -> bool:
        return character in self._ids

    def encode(self, text: str) -> NDArray[np.int32]:
        """(chars,) the number of each character.

        Raises DataError that names the characters which are not in the charset.
        """
        try:
            return np.array([self._ids[each] for each in text], np.int32)
        except KeyError:
            strangers = sorted(set(text) - set(self._ids))
            raise DataError(
                f"{named(strangers)} of {text!r} cannot be encoded: the charset has "
                f"{self.charset!r}; replace them, or take a model whose corpus had them"
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of numbers from 1 on; raises DataError for any other number."""
        numbers = [int(each) for each in ids]
        if wrong := [each for each in numbers if not 1 <= each <= len(self)]:
            raise DataError(f"no character has the number {wrong[0]}; they are 1 to {len(self)}")
        return "".join(self.charset[each - 1] for each in numbers)

    def contexts(self, text: str) -> NDArray[np.int32]:
        """(written + 1, AROUND) what surrounds each character that is written.

        A row holds the numbers at −BEFORE … +AFTER about the character's place in `text`, 0
        beyond the ends. Spaces own no points and have no row, but are seen by their neighbours.
        The last row is zeros: the text is written. Raises DataError as `encode`.
        """
        padded = np.pad(self.encode(text), (BEFORE, AFTER))
        rows = np.zeros((written(text) + 1, AROUND), np.int32)
        if text:
            around = np.lib.stride_tricks.sliding_window_view(padded, AROUND)
            rows[:-1] = around[[not each.isspace() for each in text]]
        return rows

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {character: number for number, character in enumerate(self.charset, start=1)}


def written(text: str) -> int:
    """How many characters of `text` own ink: as many ends of characters its ink has."""
    return sum(not each.isspace() for each in text)
