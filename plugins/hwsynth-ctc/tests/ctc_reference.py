"""The probability of a text by its definition, in float64: over every way to show it."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray


def shown_text(classes: tuple[int, ...]) -> tuple[int, ...]:
    """Repetitions taken together, then blanks taken out (Graves et al. 2006, section 3.1)."""
    return tuple(each for each, _ in itertools.groupby(classes) if each)


def log_softmax(params: NDArray) -> NDArray[np.float64]:
    """params (..., classes)."""
    shifted = params.astype(np.float64) - params.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def probabilities(params: NDArray) -> dict[tuple[int, ...], float]:
    """params (frames, classes) -> text -> its probability (eq. 2-3), for every text there is."""
    shown, found = log_softmax(params), dict[tuple[int, ...], float]()
    for way in itertools.product(range(params.shape[1]), repeat=len(params)):
        text = shown_text(way)
        nats = sum(shown[frame, each] for frame, each in enumerate(way))
        found[text] = found.get(text, 0.0) + float(np.exp(nats))
    return found


def nats_by_states(params: NDArray, text: NDArray) -> float:
    """params (frames, classes), text (chars,) -> −log probability, forwards through the states
    (eq. 6-8)."""
    shown = log_softmax(params)
    states = np.zeros(2 * len(text) + 1, np.int64)
    states[1::2] = text
    reached = np.full(len(states), -np.inf)
    reached[:2] = shown[0, states[:2]]
    for frame in shown[1:]:
        before = reached.copy()
        for s, each in enumerate(states):
            ways = [before[s]] + [before[s - 1]] * (s > 0)
            if s > 1 and each and each != states[s - 2]:
                ways.append(before[s - 2])
            reached[s] = np.logaddexp.reduce(ways) + frame[each]
    return -float(np.logaddexp.reduce(reached[-2:]))
