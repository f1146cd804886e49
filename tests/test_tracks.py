"""Drawing that goes on from bookmarks of what was drawn before."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest

from font_loop import font_writer
from hwsynth.aligned_text import Units
from hwsynth.conditions import Conditions
from hwsynth.contracts import Task
from hwsynth.model import HandwritingModel, build_model
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import ModelOptions
from hwsynth.sampling import PIECE
from hwsynth.styles import Style
from hwsynth.tracks import Bookmark, Track, apart, begun, together
from hwsynth.writing import Line, TextWriter
from hwsynth_cwrnn import CWRNN
from hwsynth_lstm import LSTM
from hwsynth_mdn import MDN

CHARSET = " abcdefgh"
UNIT = Normalisation(mean=(0.0, 0.0), sd=(1.0, 1.0))
STYLE = Style(np.array([1.0, -1.0], np.float32))
CLOCK = np.array([7], np.int32)


def line(text: str, place: int = 0, **fields: Any) -> Line:
    return Line(text, STYLE, (place,), **fields)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, np.float32)[:, None]


def test_states_of_lines_are_taken_apart_and_put_together():
    state = [numbers(1, 2, 3), CLOCK, numbers(4, 5, 6)[..., None]]
    alone = apart(state, 3)
    assert [each[0].tolist() for each in alone] == [[[1]], [[2]], [[3]]]
    for part, same in zip(state, together(alone), strict=True):
        np.testing.assert_array_equal(part, same)
    (turned, *_) = together(alone[::-1])
    assert turned.tolist() == [[3], [2], [1]]


def track(*points: int, clock: bool = False) -> Track:
    state = [numbers(0), CLOCK] if clock else [numbers(0)]
    rows = np.zeros((max(points) + 5, 4), np.float32)
    return Track(rows, tuple(Bookmark(point, state, 0) for point in points))


def test_each_line_begins_at_its_own_last_bookmark():
    begins = begun([numbers(0, 0, 0)], [track(10, 20), None, track(10)])
    assert [each.point for each in begins] == [20, 0, 10]


def test_lines_with_a_clock_begin_together():
    fresh = [numbers(0, 0), np.zeros(1, np.int32)]
    both = [track(10, 20, 30, clock=True), track(10, 20, clock=True)]
    assert [each.point for each in begun(fresh, both)] == [20, 20]
    assert [each.point for each in begun(fresh, [both[0], None])] == [0, 0]


def test_a_part_of_a_track_has_the_bookmarks_that_lie_in_it():
    known = track(10, 20, 30).up_to(20)
    assert len(known) == 20
    assert [each.point for each in known.bookmarks] == [10, 20]


class Counting:
    """A loop that notes how many steps it draws."""

    def __init__(self, loop: Any) -> None:
        self.loop, self.steps = loop, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loop, name)

    def draw(self, row: Any, state: Any, noise: Any, *rest: Any) -> Any:
        self.steps += len(noise)
        return self.loop.draw(row, state, noise, *rest)


def test_what_is_known_is_not_run_through_again():
    writer = font_writer()
    (first,) = writer.draw([line("a" * 150)], bias=1, seed=1)
    assert [each.point for each in first.bookmarks] == [
        PIECE * k for k in range(1, 1 + 450 // PIECE)
    ]
    writer._loop = counting = Counting(writer._loop)
    (again,) = writer.draw([line("a" * 150, 5, held=first.up_to(8 * PIECE + 20))], bias=1, seed=1)
    assert counting.steps == PIECE
    np.testing.assert_array_equal(again.rows[: 8 * PIECE + 20], first.rows[: 8 * PIECE + 20])
    assert again.bookmarks[:8] == first.bookmarks[:8]


def text_model(text: str, core: Any, window_step: float = 0.1) -> HandwritingModel:
    options = ModelOptions(
        layers=2, text=text, embedding=2, window_components=2, window_step=window_step, writer=2
    )
    keras.utils.set_random_seed(3)
    return build_model(
        core,
        MDN(mixtures=3),
        options,
        task=Task(UNIT.unit, marks=Conditions(text).marks, charset=CHARSET),
        units=Units(UNIT.mean[1], UNIT.sd[1], 100.0),
        writers=2,
        seed=3,
    )


@pytest.mark.parametrize("core", [LSTM(units=8), CWRNN(units=8, modules=4)], ids=["lstm", "cwrnn"])
@pytest.mark.parametrize("text", ["aligned", "window"])
def test_a_line_goes_on_from_a_bookmark_as_from_its_first_point(text, core):
    writer = TextWriter(text_model(text, core), UNIT, Conditions(text, CHARSET, ("ann", "ben")))
    text = "abc " * 80
    (drawn,) = writer.draw([line(text)], bias=0, seed=4)
    assert len(drawn) > 2 * PIECE
    ends = np.flatnonzero(drawn.rows[:, 3])
    known = [drawn.up_to(int(ends[ends < 2 * PIECE - 20 + 50 * i][-1]) + 1) for i in (0, 1)]
    assert [len(each.bookmarks) for each in known] == [1, 2]
    bare = [dataclasses.replace(each, bookmarks=()) for each in known]
    ways = [
        writer.draw([line(text, i, held=each) for i, each in enumerate(held)], bias=0, seed=5)
        for held in (known, bare)
    ]
    # Farther on, rounding grows to differences that can be seen.
    for begun_at, marked, plain in zip(known, *ways, strict=True):
        near = slice(len(begun_at) + PIECE)
        np.testing.assert_allclose(marked.rows[near], plain.rows[near], rtol=1e-3, atol=1e-3)


def test_a_bookmark_where_a_window_has_passed_over_characters_is_not_kept():
    """Their ends are told by rows before it, though they were found after it."""
    model = text_model("window", LSTM(units=8), window_step=1.0)
    writer = TextWriter(model, UNIT, Conditions("window", CHARSET, ("ann", "ben")))
    lines = [line("abc " * 80 * (1 + i % 3), i) for i in range(24)]
    drawn = writer.draw(lines, bias=0, seed=4)
    places = [(track, each) for track in drawn for each in track.bookmarks]
    assert places
    for track, bookmark in places:
        assert track.rows[: bookmark.point, 3].sum() == bookmark.ended
