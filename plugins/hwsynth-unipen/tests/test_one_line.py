"""What is one line of writing, on strokes drawn for the purpose."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hwsynth_unipen.one_line import boxes_of, in_columns, in_several_lines

Stroke = NDArray[np.float64]


def mark(x: float, y: float, width: float = 6, height: float = 10) -> Stroke:
    """From (x, y), its foot on the left, y downwards."""
    return np.array([[x, y], [x + width, y - height]])


def word(x: float, y: float, count: int = 4, slope: float = 0) -> list[Stroke]:
    return [mark(x + 8 * i, y + slope * 8 * i) for i in range(count)]


def dot(x: float, y: float) -> Stroke:
    return mark(x, y, 1, 1)


def bar(x: float, y: float) -> Stroke:
    return mark(x, y, 10, 1)


ONE_LINE = {
    "a row of letters": word(0, 0, 20),
    "dots and bars afterwards": [*word(0, 0, 20), dot(8, -12), bar(40, -8), dot(3, -13)],
    "a line that runs down": word(0, 0, 40, slope=0.3),
    "a line that runs up": word(0, 0, 40, slope=-0.3),
    "a tall letter crossed late": [mark(0, 0), mark(8, 0, 6, 20), mark(16, 0), mark(2, 0, 10, 9)],
    "a comma": [*word(0, 0, 6), mark(50, 3, 2, 5)],
    "one word in one stroke": [np.array([[0, 0], [4, -10], [8, 0], [12, -10], [30, 0]])],
}
SEVERAL_LINES = {
    "a second line": [*word(0, 0, 12), *word(0, 25, 5)],
    "a second line close below": [*word(0, 0, 12), *word(0, 11, 12)],
    "a last word below the end": [*word(0, 0, 40), *word(280, 16, 3)],
    "a second line further left": [*word(200, 0, 12), *word(0, 20, 12)],
    "words like stairs": [*word(0, 0), *word(40, 25), *word(80, 50)],
    "a line above": [*word(0, 0, 12), *word(0, -40, 12)],
}


@pytest.mark.parametrize("name", ONE_LINE)
def test_one_line_is_told(name: str) -> None:
    assert not in_several_lines(boxes_of(ONE_LINE[name]))


@pytest.mark.parametrize("name", SEVERAL_LINES)
def test_several_lines_are_told(name: str) -> None:
    assert in_several_lines(boxes_of(SEVERAL_LINES[name]))


@pytest.mark.parametrize("scale", [0.01, 1, 1000])
def test_what_is_told_does_not_depend_on_the_unit(scale: float) -> None:
    for strokes, several in ((ONE_LINE, False), (SEVERAL_LINES, True)):
        for each in strokes.values():
            assert in_several_lines(boxes_of([stroke * scale for stroke in each])) == several


def test_words_far_apart_are_columns() -> None:
    assert not in_columns(boxes_of([*word(0, 0), *word(80, 0)]))
    assert in_columns(boxes_of([*word(0, 0), *word(100, 0)]))
