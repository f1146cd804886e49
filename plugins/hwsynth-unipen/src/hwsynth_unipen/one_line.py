"""Whether strokes are one line of writing, or lie in several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RETURN = 0.25
"""The pen goes back by this part of the width, at least, to begin another line."""
TALL = 0.35
"""Of the letters' height: smaller strokes are dots, bars and points, written wherever."""
TOUCH = -0.1
"""Of the letters' height: lines of writing lie so far apart, at least."""
APART = 1.0
"""Of the letters' height: what lies so far off is not of this line, wherever the pen went."""

Boxes = NDArray[np.float64]
"""(strokes, 4): left, top, right, bottom; y downwards."""


def is_one_line(strokes: Sequence[NDArray[np.float64]]) -> bool:
    """Of strokes in the order of writing, each (points, 2), y downwards."""
    boxes = np.array([[*stroke.min(axis=0), *stroke.max(axis=0)] for stroke in strokes])
    height = letter_height(boxes)
    return not (_returns(boxes, height) or _lies_apart(boxes, height))


def letter_height(boxes: Boxes) -> float:
    """The median of the taller half of strokes; dots are left out."""
    heights = boxes[:, 3] - boxes[:, 1]
    extents = np.maximum(heights, boxes[:, 2] - boxes[:, 0])
    drawn = heights[extents >= 0.15 * heights.max()]
    return float(np.median(drawn[drawn >= np.median(drawn)]))


def _returns(boxes: Boxes, height: float) -> bool:
    """Whether the pen goes back and writes on below."""
    width = boxes[:, 2].max() - boxes[:, 0].min()
    tall = boxes[boxes[:, 3] - boxes[:, 1] >= TALL * height]
    left, top, right, bottom = tall.T
    furthest = np.maximum.accumulate(right)
    for first in np.flatnonzero(furthest[:-1] - left[1:] >= RETURN * width) + 1:
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
