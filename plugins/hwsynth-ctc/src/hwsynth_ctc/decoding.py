"""From the classes of all frames to a text, in NumPy: reading needs no training framework."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hwsynth.language import Language

BEAMS = 30
"""Beginnings that are followed where a language is weighed and the head does not say how many."""
LANGUAGE_WEIGHT, CHARACTER_GAIN = 0.5, 1.0
"""What the logarithm of a language is multiplied by, for frames are not independent and so too sure
of themselves; and what is added for each character, since a language alone would have few."""
UNLIKELY = -8.0
"""Classes of a frame are not followed whose logarithm is so far below the likeliest's."""

Beginnings = Mapping[str, tuple[float, float]]
"""Beginning of a text -> logarithms: it ends on a blank, it ends on its last character."""


def best_path(params: NDArray[np.float32], charset: str) -> str:
    """params (frames, classes) -> the text that the likeliest class of each frame shows (Graves
    et al. 2006, 3.2)."""
    classes = params.argmax(axis=1)
    new = np.append(True, classes[1:] != classes[:-1])
    return "".join(charset[c - 1] for c in classes[new & (classes > 0)])


def prefix_beams(
    params: NDArray[np.float32], charset: str, beams: int, language: Language | None = None
) -> str:
    """params (frames, classes) -> the likeliest text among those whose beginnings were always
    among the `beams` likeliest (Graves et al. 2006, 3.2; Hannun et al. 2014, arXiv 1408.2873,
    which weighs a language as is done here, by words)."""
    shown = params - np.logaddexp.reduce(params, axis=1, keepdims=True)
    said = _Said(language)
    reached: Beginnings = {"": (0.0, -math.inf)}
    for frame in shown.astype(np.float64):
        after = _after(reached, frame, charset)
        total = {text: _log_sum(*both) + said(text) for text, both in after.items()}
        best = sorted(total, key=lambda text: -total[text])[:beams]
        reached = {text: after[text] for text in best}
    return max(reached, key=lambda text: _log_sum(*reached[text]) + said.whole(text))


class _Said:
    """What a language adds to the logarithm of a beginning of a text; nothing without one."""

    def __init__(self, language: Language | None) -> None:
        self.language = language
        self._known = {"": 0.0}

    def __call__(self, beginning: str) -> float:
        if self.language is None:
            return 0.0
        if beginning not in self._known:
            before, character = beginning[:-1], beginning[-1]
            likelihood = self.language.likelihood(before, character)
            own = LANGUAGE_WEIGHT * math.log(likelihood) + CHARACTER_GAIN
            self._known[beginning] = self(before) + own
        return self._known[beginning]

    def whole(self, text: str) -> float:
        """That of a text that ends here."""
        from hwsynth.language import BREAK

        if self.language is None:
            return 0.0
        return self(text) + LANGUAGE_WEIGHT * math.log(self.language.likelihood(text, BREAK))


def _after(reached: Beginnings, frame: NDArray[np.float64], charset: str) -> Beginnings:
    """What follows the beginnings by one more frame, of which frame (classes,) has logarithms."""
    never = (-math.inf, -math.inf)
    after: dict[str, tuple[float, float]] = {}
    likely = np.flatnonzero(frame > frame.max() + UNLIKELY).tolist()
    shown = [(charset[c - 1] if c else "", float(frame[c])) for c in likely]
    for text, (blank, last) in reached.items():
        whole = _log_sum(blank, last)
        for character, p in shown:
            to_blank, to_last = after.get(text, never)
            if not character:
                after[text] = (_log_sum(to_blank, whole + p), to_last)
                continue
            again = text[-1:] == character
            if again:
                after[text] = (to_blank, _log_sum(to_last, last + p))
            longer = text + character
            to_blank, to_last = after.get(longer, never)
            after[longer] = (to_blank, _log_sum(to_last, (blank if again else whole) + p))
    return after


def _log_sum(a: float, b: float) -> float:
    """log(exp a + exp b)."""
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))
