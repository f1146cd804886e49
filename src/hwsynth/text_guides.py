"""How a text is told to a model that writes it, and what is seen of where in it the pen is.

Axis names: batch, steps, features, bells (of a window), chars (of one text), places (numbers by
which a model says where in the text it is).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import Alphabet, written
from hwsynth.conditions import Conditions
from hwsynth.errors import UsageError

BEGUN, POSITION, HEIGHT, SINCE, HAZARD = range(5)
"""Columns of a place (batch, 5) of text that is data (`aligned_text.py`): 0 before the first row;
how many characters have ended; above the origin, in corpus units; points since the character began;
see `AlignedText.move_on`."""


class Guide(Protocol):
    """What a way of following a text has to do while lines are drawn."""

    name: ClassVar[str]
    """Of what a model is told."""

    def told(self, text: str) -> NDArray[np.int32]:
        """(chars and one, …). Raises DataError where the text has characters that the model
        lacks."""

    def ends(
        self, texts: Sequence[str], rows: NDArray, places: NDArray, before: NDArray
    ) -> NDArray[np.int64]:
        """rows (steps, batch, features) that were drawn, places (steps, batch, places), how many
        characters that own ink had ended before (batch,) -> how many end with each row (steps,
        batch)."""

    def attention(self, text: str, rows: NDArray, places: NDArray) -> NDArray[np.float64]:
        """rows (steps, features), places (steps, places) of one line -> how much the model saw of
        each character, and of what is after the last, as it drew each row (steps, chars + 1)."""


def guide_of(conditions: Conditions) -> Guide:
    """Raises UsageError where a model cannot be told what to write."""
    guides: dict[str, Callable[[Alphabet], Guide]] = {
        "aligned": AlignedGuide,
        "window": WindowGuide,
    }
    if conditions.text not in guides:
        raise UsageError(
            "this run learnt no text, so it cannot be told what to write; train one with "
            "--text, or draw what it likes with: hwsynth sample"
        )
    return guides[conditions.text](Alphabet(conditions.charset))


class AlignedGuide:
    """Characters end where a row says so; see `aligned_text.py`."""

    name: ClassVar[str] = "contexts"

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet

    def told(self, text: str) -> NDArray[np.int32]:
        """See `Guide`."""
        return self.alphabet.contexts(text)

    def ends(
        self, texts: Sequence[str], rows: NDArray, places: NDArray, before: NDArray
    ) -> NDArray[np.int64]:
        """See `Guide`."""
        return rows[..., 3].astype(np.int64)

    def attention(self, text: str, rows: NDArray, places: NDArray) -> NDArray[np.float64]:
        """All of it on the character that is written."""
        ended = np.cumsum(rows[:, 3]) - rows[:, 3]
        owners = np.flatnonzero([not each.isspace() for each in text])
        at = np.append(owners, len(text))[np.minimum(ended, len(owners)).astype(np.int64)]
        seen: NDArray[np.float64] = np.eye(len(text) + 1)[at]
        return seen


class WindowGuide:
    """Characters end where the window is on the next one; see `window.py`.

    A line ends where more is seen of what is after its last character than of any before (Graves
    2013, section 5.3).
    """

    name: ClassVar[str] = "characters"

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet

    def told(self, text: str) -> NDArray[np.int32]:
        """See `Guide`."""
        return np.append(self.alphabet.encode(text), 0).astype(np.int32)

    def ends(
        self, texts: Sequence[str], rows: NDArray, places: NDArray, before: NDArray
    ) -> NDArray[np.int64]:
        """See `Guide`. A window may go back; a character that has ended stays so."""
        left = [_left_behind(text, places[:, i]) for i, text in enumerate(texts)]
        reached = np.maximum.accumulate(np.stack([before, *np.stack(left, axis=1)]), axis=0)
        return np.asarray(reached[1:] - reached[:-1], np.int64)

    def attention(self, text: str, rows: NDArray, places: NDArray) -> NDArray[np.float64]:
        """φ (eq. 46)."""
        return np.exp(log_window(places, len(text) + 1))


def log_window(bells: NDArray, chars: int) -> NDArray[np.float64]:
    """(α, β, κ) of bells (steps, 3·bells) -> log φ(t, u) of u = 1 … chars (steps, chars).

    In logarithms there is a nearest character also where all of them are out of sight.
    """
    alpha, beta, kappa = np.split(bells.astype(np.float64)[..., None], 3, axis=1)
    away = kappa - np.arange(1, chars + 1)
    found: NDArray[np.float64] = np.logaddexp.reduce(np.log(alpha) - beta * away**2, axis=1)
    return found


def _left_behind(text: str, bells: NDArray) -> NDArray[np.int64]:
    """(steps,) characters that own ink before the one that the most is seen of."""
    owned = np.cumsum([0, *(written(each) for each in text)])
    left: NDArray[np.int64] = owned[np.argmax(log_window(bells, len(text) + 1), axis=1)]
    return left
