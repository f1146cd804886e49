"""Drawings of single strokes as ink."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hwsynth import DataError, Ink
from hwsynth.contracts import Page
from hwsynth.exporters.svg import Svg
from hwsynth.svg_ink import read_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100" viewBox="0 0 100 100">'


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    return tmp_path / "drawing.svg"


def _read(drawing: Path, inside: str, head: str = HEAD) -> list[Ink]:
    drawing.write_text(f"{head}{inside}</svg>")
    return read_svg(drawing)


def test_every_path_and_polyline_is_a_stroke_in_the_order_of_the_document(drawing: Path) -> None:
    line = '<line x1="1" y1="1" x2="2" y2="3"/>'
    inside = f'<polyline points="1,2 3,4 5,6"/><path d="M 7 8 L 9 10"/>{line}'
    (ink,) = _read(drawing, inside)
    strokes = [stroke.tolist() for stroke in ink.strokes()]
    assert strokes == [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10]], [[1, 1], [2, 3]]]


def test_a_path_that_lifts_the_pen_is_as_many_strokes(drawing: Path) -> None:
    (ink,) = _read(drawing, '<path d="M 0 0 L 1 1 M 5 5 l 1 0 l 0 1"/>')
    assert [len(stroke) for stroke in ink.strokes()] == [2, 3]


def test_transforms_of_groups_and_the_viewbox_are_carried_out(drawing: Path) -> None:
    head = HEAD.replace('"0 0 100 100"', '"0 0 50 50"')
    inside = '<g transform="translate(10,0)"><path transform="scale(2)" d="M 0 1 L 2 3"/></g>'
    (ink,) = _read(drawing, inside, head)
    np.testing.assert_allclose(ink.points[:, :2], [[20, 4], [28, 12]], atol=1e-5)


def test_curves_are_followed(drawing: Path) -> None:
    (ink,) = _read(drawing, '<path d="M 0 0 C 0 1 1 1 1 0 Q 2 -2 3 0"/>')
    t = np.linspace(0, 1, 7)[1:]
    cubic = np.stack([3 * t**2 * (1 - t) + t**3, 3 * t * (1 - t)], axis=1)
    quadratic = np.stack([1 + 2 * t, -4 * t * (1 - t)], axis=1)
    wanted = np.concatenate([[[0, 0]], cubic, quadratic])
    np.testing.assert_allclose(ink.points[:, :2], wanted, atol=1e-6)


def test_lines_that_hwsynth_drew_come_back_line_by_line(drawing: Path) -> None:
    points = np.array([[0, 0, 0], [30, 40, 0], [60, 0, 1], [80, 10, 0], [90, 30, 1]], np.float32)
    Svg().write(Page([Ink(points), Ink(points[:3])], 40), drawing)
    first, second = read_svg(drawing)
    assert (int(first.points[:, 2].sum()), int(second.points[:, 2].sum())) == (2, 1)
    ends = first.points[np.flatnonzero(first.points[:, 2]), :2]
    scale = (ends[1] - ends[0])[0] / 30
    np.testing.assert_allclose(ends[1] - ends[0], np.array([30, 30]) * scale, rtol=0.05)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEAD}<text>word</text></svg>", "has no strokes"),
        ("not a drawing", "is not SVG"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "declares XML entities"),
    ],
)
def test_what_is_no_drawing_of_strokes_is_refused(drawing: Path, text: str, words: str) -> None:
    drawing.write_text(text)
    with pytest.raises(DataError, match=words):
        read_svg(drawing)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*none\.svg"):
        read_svg(tmp_path / "none.svg")
