"""At which frame of a line a reader sees each character of a text that is known.

A reader by connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006)
gives each frame the probabilities of all classes, the blank 0 or a character. Of all ways to show
a text, which run through the states

    blank, text[0], blank, text[1], …, text[-1], blank

from one to the same, the next, or past a blank to another character, the likeliest is found by
Viterbi's algorithm; a character stands at the frame of its state where it is likeliest.

Axis names: batch (lines side by side), frames, classes, chars (of a text), states (2·chars + 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLANK = 0
"""The class that is no character."""
UNREACHED = -1


def frames_of_texts(
    log_probabilities: NDArray[np.floating], frames: NDArray[np.int64], texts: Sequence[NDArray]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """log_probabilities (batch, frames, classes), how many frames (batch,) each line has, the
    classes (chars,) of each text -> the frame (batch, chars) at which each character stands, and
    its share (batch, chars) of the log probability of the likeliest way: that of its own frames,
    of those of the blank before it, and for the last character of those after it.

    After a text's end frames are −1 and shares 0. In a line with fewer frames than its text takes
    all frames are −1 and all shares −inf. A text has one character or more.
    """
    classes = _states(texts)
    last = 2 * np.array([len(text) for text in texts])
    seen = np.take_along_axis(log_probabilities, classes[:, None], axis=2).astype(np.float64)
    best, came_by = _forwards(seen, classes, frames)
    ends = np.stack([last - 1, last], axis=1)
    at_ends = np.take_along_axis(best, ends, axis=1)
    end = np.take_along_axis(ends, at_ends.argmax(axis=1)[:, None], axis=1)[:, 0]
    states = _backwards(came_by, end, frames)
    reached = np.isfinite(at_ends.max(axis=1))
    shown = np.take_along_axis(seen, states[..., None], axis=2)[..., 0]
    there = np.arange(seen.shape[1]) < frames[:, None]
    shares = _shares(np.where(there, shown, 0.0), states, last // 2, reached)
    return _peaks(np.where(there, shown, -np.inf), states, last // 2, reached), shares


def side_by_side(lines: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """(frames, classes) of each line -> (batch, frames, classes), zeros after a line's end."""
    whole = np.zeros((len(lines), max(map(len, lines)), lines[0].shape[1]), np.float32)
    for place, line in enumerate(lines):
        whole[place, : len(line)] = line
    return whole


def _states(texts: Sequence[NDArray]) -> NDArray[np.int64]:
    """(batch, states) the class of each state, blanks after a text's end."""
    classes = np.full((len(texts), 2 * max(map(len, texts)) + 1), BLANK, np.int64)
    for line, text in enumerate(texts):
        classes[line, 1 : 2 * len(text) : 2] = text
    return classes


def _forwards(
    seen: NDArray[np.float64], classes: NDArray[np.int64], frames: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """The log probability (batch, states) of the likeliest way to each state at a line's last
    frame, and by how many states (frames, batch, states) the likeliest way came to each."""
    may_skip = np.zeros(classes.shape, np.bool_)
    may_skip[:, 2:] = (classes[:, 2:] != BLANK) & (classes[:, 2:] != classes[:, :-2])
    best = np.full(classes.shape, -np.inf)
    best[:, :2] = seen[:, 0, :2]
    came_by = np.zeros((seen.shape[1], *classes.shape), np.uint8)
    ways = np.full((3, *classes.shape), -np.inf)
    for frame in range(1, seen.shape[1]):
        ways[0], ways[1, :, 1:] = best, best[:, :-1]
        ways[2, :, 2:] = np.where(may_skip[:, 2:], best[:, :-2], -np.inf)
        came_by[frame] = ways.argmax(axis=0)
        after = ways.max(axis=0) + seen[:, frame]
        best = np.where((frame < frames)[:, None], after, best)
    return best, came_by


def _backwards(
    came_by: NDArray[np.uint8], end: NDArray[np.int64], frames: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(batch, frames) the states of the way that ends (batch,) there at each line's last frame;
    after that the end."""
    lines = np.arange(len(end))
    states = np.empty((len(end), len(came_by)), np.int64)
    state = end
    for frame in reversed(range(len(came_by))):
        states[:, frame] = state
        state = state - np.where(frame < frames, came_by[frame, lines, state], 0)
    return states


def _shares(
    shown: NDArray[np.float64],
    states: NDArray[np.int64],
    chars: NDArray[np.int64],
    reached: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(batch, chars) of the log probabilities (batch, frames) of a way's frames, that of each
    character's."""
    shares = np.zeros((len(chars), chars.max()))
    lines = np.broadcast_to(np.arange(len(chars))[:, None], states.shape)
    np.add.at(shares, (lines, np.minimum(states // 2, chars[:, None] - 1)), shown)
    texts = np.arange(chars.max()) < chars[:, None]
    return np.where(texts & ~reached[:, None], -np.inf, shares)


def _peaks(
    shown: NDArray[np.float64],
    states: NDArray[np.int64],
    chars: NDArray[np.int64],
    reached: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """(batch, chars) where in the frames of its state each character is likeliest, by the log
    probabilities (batch, frames) of a way's frames."""
    peaks = np.full((len(chars), chars.max()), UNREACHED, np.int64)
    for line in np.flatnonzero(reached):
        # The likeliest last, so that of the frames of a state it is the one that stays.
        order = np.argsort(shown[line], kind="stable")
        at = np.full(2 * chars.max() + 1, UNREACHED, np.int64)
        at[states[line, order]] = order
        peaks[line, : chars[line]] = at[1 : 2 * chars[line] : 2]
    return peaks
