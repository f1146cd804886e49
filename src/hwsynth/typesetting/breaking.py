"""Where the lines of a paragraph break.

Axis names: boxes (what cannot be broken: words, or their parts at hyphens), lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def break_lines(widths: Floats, gaps: Floats, measures: tuple[float, float]) -> list[int]:
    """The box that each line begins with.

    `widths` (boxes,); `gaps` (boxes,) the space after each, the last being of no account;
    `measures`: the length of the first line and of all others. No box is wider than the others,
    nor the first than the first line.

    Of all ways to break, that with the least sum of squares of what is left empty at the ends of
    lines, the last line's aside, so that they come out as even as they can. As in Knuth & Plass
    (1981), each box is asked once which line that ends with it is best.
    """
    count = len(widths)
    ends = np.cumsum(widths + gaps) - gaps
    starts = ends - widths
    cost = np.full(count + 1, np.inf)
    cost[0] = 0.0
    begin = np.zeros(count + 1, np.int64)
    for stop in range(1, count + 1):
        for first in range(stop - 1, -1, -1):
            width = ends[stop - 1] - starts[first]
            # Rounding must not throw out what was measured to fit.
            if width > max(measures) + 1e-9:
                break
            left = measures[first > 0] - width
            if left < -1e-9:
                continue
            total = cost[first] + (0.0 if stop == count else left**2)
            if total < cost[stop]:
                cost[stop], begin[stop] = total, first
    return _followed_back(begin)


def _followed_back(begin: NDArray[np.int64]) -> list[int]:
    firsts: list[int] = []
    stop = len(begin) - 1
    while stop:
        stop = int(begin[stop])
        firsts.append(stop)
    return firsts[::-1]
