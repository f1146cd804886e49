"""From the classes of all frames to a text, in NumPy: reading needs no training framework."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

UNLIKELY = -8.0
"""Classes of a frame below this logarithm are not followed."""


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
    # Beginning -> logarithms: it ends on a blank, it ends on its last character.
    reached: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    for frame in shown:
        after: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [-np.inf, -np.inf])
        likely = np.flatnonzero(frame > UNLIKELY)
        for text, (blank, last) in reached.items():
            whole = np.logaddexp(blank, last)
            for c in likely:
                p = frame[c]
                if c == 0:
                    after[text][0] = np.logaddexp(after[text][0], whole + p)
                elif text and text[-1] == c:
                    after[text][1] = np.logaddexp(after[text][1], last + p)
                    longer = (*text, int(c))
                    after[longer][1] = np.logaddexp(after[longer][1], blank + p)
                else:
                    longer = (*text, int(c))
                    after[longer][1] = np.logaddexp(after[longer][1], whole + p)
        best = sorted(after, key=lambda text: -np.logaddexp(*after[text]))[:beams]
        reached = {text: (after[text][0], after[text][1]) for text in best}
    return "".join(charset[c - 1] for c in next(iter(reached)))
