"""From the classes of all frames to a text, in NumPy: reading needs no training framework."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hwsynth.language import Language

BEAMS = 12
"""Beginnings that are followed where a language is weighed and the head does not say how many."""
LANGUAGE_WEIGHT, CHARACTER_GAIN = 0.5, 1.0
"""What the logarithm of a language is multiplied by, for frames are not independent and so too sure
of themselves; and what is added for each character, since a language alone would have few."""
UNLIKELY = -8.0
"""Classes of a frame are not followed whose logarithm is so far below the likeliest's."""

Classes = tuple[int, ...]
Beginnings = Mapping[Classes, tuple[float, float]]
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
    said = _Said(charset, language)
    reached: Beginnings = {(): (0.0, -np.inf)}
    for frame in shown.astype(np.float64):
        after = _after(reached, frame)
        total = {text: np.logaddexp(*both) + said(text) for text, both in after.items()}
        best = sorted(total, key=lambda text: -total[text])[:beams]
        reached = {text: after[text] for text in best}
    whole = max(reached, key=lambda text: np.logaddexp(*reached[text]) + said.whole(text))
    return said.text(whole)


class _Said:
    """What a language adds to the logarithm of beginnings of a text; nothing without one."""

    def __init__(self, charset: str, language: Language | None) -> None:
        self.charset, self.language = charset, language
        self._known: dict[Classes, float] = {(): 0.0}

    def __call__(self, beginning: Classes) -> float:
        if self.language is None:
            return 0.0
        if beginning not in self._known:
            before, character = beginning[:-1], self.charset[beginning[-1] - 1]
            own = LANGUAGE_WEIGHT * self._log_likelihood(before, character) + CHARACTER_GAIN
            self._known[beginning] = self(before) + own
        return self._known[beginning]

    def whole(self, text: Classes) -> float:
        """That of a text that ends here."""
        from hwsynth.language import BREAK

        if self.language is None:
            return 0.0
        return self(text) + LANGUAGE_WEIGHT * self._log_likelihood(text, BREAK)

    def text(self, classes: Classes) -> str:
        """The characters."""
        return "".join(self.charset[c - 1] for c in classes)

    def _log_likelihood(self, before: Classes, character: str) -> float:
        assert self.language is not None
        return math.log(self.language.likelihood(self.text(before), character))


def _after(reached: Beginnings, frame: NDArray[np.float64]) -> Beginnings:
    """What follows the beginnings by one more frame, of which frame (classes,) has logarithms."""
    after: dict[Classes, tuple[float, float]] = defaultdict(lambda: (-np.inf, -np.inf))
    likely = np.flatnonzero(frame > frame.max() + UNLIKELY).tolist()
    for text, (blank, last) in reached.items():
        whole = np.logaddexp(blank, last)
        for c in likely:
            p = frame[c]
            if c == 0:
                after[text] = (np.logaddexp(after[text][0], whole + p), after[text][1])
                continue
            again = bool(text) and text[-1] == c
            if again:
                after[text] = (after[text][0], np.logaddexp(after[text][1], last + p))
            longer = (*text, c)
            before = blank if again else whole
            after[longer] = (after[longer][0], np.logaddexp(after[longer][1], before + p))
    return after
