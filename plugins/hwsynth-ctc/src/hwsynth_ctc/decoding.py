"""From the classes of all frames to a text, in NumPy: reading needs no training framework."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

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


def prefix_beams(params: NDArray[np.float32], charset: str, beams: int) -> str:
    """params (frames, classes) -> the likeliest text among those whose beginnings were always
    among the `beams` likeliest (Graves et al. 2006, 3.2; Hannun et al. 2014, arXiv 1408.2873)."""
    shown = params - np.logaddexp.reduce(params, axis=1, keepdims=True)
    reached: Beginnings = {(): (0.0, -np.inf)}
    for frame in shown.astype(np.float64):
        after = _after(reached, frame)
        best = sorted(after, key=lambda text: -np.logaddexp(*after[text]))[:beams]
        reached = {text: after[text] for text in best}
    return "".join(charset[c - 1] for c in next(iter(reached)))


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
