"""Words of a line that run into the one before them, moved so far away that they are two words.

A hand leaves about as much between all words of a line. Where a letter that reaches far left
follows one that ends far right, as in `empty field`, now and then hardly anything is left.

Axis names: words (of one line), gaps (between them).
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from hwsynth.ink import Ink
from hwsynth.letters import letters_of
from hwsynth.words import points_of_words

LEAST = 2.0
"""x-heights that part two words."""
SHARE = 0.7
"""Of the line's median gap: a hand that writes narrowly goes on to do so."""
BAND = (-0.15, 1.15)
"""x-heights above the baseline between which a gap is seen: what rises or falls from there may pass
over or under the other word."""


def kept_apart(ink: Ink, x_height: float | None = None) -> Ink:
    """The line with words that begin too near the one before moved right, and what follows with
    them; the line itself where there is none, or where characters' ends are not known.

    Less than `LEAST` and than `SHARE` of the median gap of the line is too near. x_height: as for
    `letters_of`.
    """
    if ink.char_end is None or len((ink.text or "").split()) < 2:
        return ink
    words = points_of_words(ink)
    gaps, x_height = _gaps(ink, words, x_height)
    least = min(LEAST * x_height, SHARE * float(np.median(gaps)))
    if (gaps >= least).all():
        return ink
    points = ink.points.copy()
    moved = np.cumsum(np.maximum(least - gaps, 0))
    for word, move in zip(words[1:], moved, strict=True):
        points[word, 0] += move
    return dataclasses.replace(ink, points=points)


def _gaps(
    ink: Ink, words: list[slice], x_height: float | None
) -> tuple[NDArray[np.float64], float]:
    """(words - 1,) between the right end of each word and the left end of the next, and the
    height of an x; in the ink's unit."""
    letters = letters_of([ink], x_height)
    x, y = ink.points[:, 0].astype(np.float64), ink.points[:, 1]
    above = (letters.baselines[0].at(x) - y) / letters.x_height
    seen = (above >= BAND[0]) & (above <= BAND[1])
    # A mark of which nothing is there is seen where it is.
    parts = [x[word][seen[word]] if seen[word].any() else x[word] for word in words]
    left = np.array([part.min() for part in parts])
    right = np.array([part.max() for part in parts])
    return left[1:] - right[:-1], letters.x_height
