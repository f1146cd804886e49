"""Whether strokes are one line of writing, or lie in several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RETURN_WIDTH, RETURN_HEIGHTS = 0.25, 2.0
"""The pen goes back by this part of the width, or so many letters' heights, to begin another
line."""
TALL = 0.35
"""Of the letters' height: smaller strokes are dots, bars and points, written wherever."""
TOUCH = -0.1
"""Of the letters' height: lines of writing lie so far apart, at least."""
APART = 1.0
"""Of the letters' height: what lies so far off is not of this line, wherever the pen went."""
COLUMN = 6.0
"""Of the letters' height: words so far from each other are in columns, or in boxes of a form."""

Boxes = NDArray[np.float64]
"""(strokes, 4): left, top, right, bottom; y downwards."""


def boxes_of(strokes: Sequence[NDArray[np.float64]]) -> Boxes:
    """Of strokes, each (points, 2)."""
    return np.array([[*stroke.min(axis=0), *stroke.max(axis=0)] for stroke in strokes])


def in_several_lines(boxes: Boxes) -> bool:
    """Of strokes in the order of writing, not all of them flat."""
    height = _letter_height(boxes)
    return _returns(boxes, height) or _lies_apart(boxes, height)


def in_columns(boxes: Boxes) -> bool:
    """Of strokes of one line, not all of them flat."""
    left, _, right, _ = boxes[np.argsort(boxes[:, 0])].T
    gaps = left[1:] - np.maximum.accumulate(right)[:-1]
    return bool((gaps > COLUMN * _letter_height(boxes)).any())


def _letter_height(boxes: Boxes) -> float:
    """The median of the taller half of strokes; dots are left out."""
    heights = boxes[:, 3] - boxes[:, 1]
    extents = np.maximum(heights, boxes[:, 2] - boxes[:, 0])
    drawn = heights[extents >= 0.15 * heights.max()]
    return float(np.median(drawn[drawn >= np.median(drawn)]))


def _returns(boxes: Boxes, height: float) -> bool:
    """Whether the pen goes back and writes on below."""
    width = boxes[:, 2].max() - boxes[:, 0].min()
    back = min(RETURN_WIDTH * width, RETURN_HEIGHTS * height)
    tall = boxes[boxes[:, 3] - boxes[:, 1] >= TALL * height]
    left, top, right, bottom = tall.T
    furthest = np.maximum.accumulate(right)
    for first in np.flatnonzero(furthest[:-1] - left[1:] >= back) + 1:
        # Of what stands there already that which is above: a line may run up or down.
        above = (right[:first] >= left[first:].min()) & (left[:first] <= right[first:].max())
        edge = np.median(bottom[:first][above] if above.any() else bottom[:first])
        if np.median(top[first:]) - edge > TOUCH * height:
            return True
    return False


def _lies_apart(boxes: Boxes, height: float) -> bool:
    """Whether all strokes from one on are above or below all before it, with room between."""
    _, top, _, bottom = boxes.T
    below = np.minimum.accumulate(top[::-1])[::-1][1:] - np.maximum.accumulate(bottom)[:-1]
    above = np.minimum.accumulate(top)[:-1] - np.maximum.accumulate(bottom[::-1])[::-1][1:]
    return bool((np.maximum(below, above) > APART * height).any())
