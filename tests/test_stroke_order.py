"""Strokes of capitals and digits from top to bottom."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hwsynth import Ink
from hwsynth.errors import DataError
from hwsynth.stroke_order import from_top
from test_delayed_strokes import DOT, STEM, joined, line, seen, stroke

UPPER, MIDDLE, LOWER = (stroke((-0.3, y), (0.3, y)) for y in (-1.0, -0.5, 0.0))


def heights(ink: Ink) -> list[float]:
    """Of the middles of its strokes, from first to last."""
    return [float(points[:, 1].mean()) for points in ink.strokes()]


@pytest.mark.parametrize("char", ["E", "F", "4"])
def test_bars_come_from_top_to_bottom_after_the_stem(char):
    ink = line(char, (STEM, LOWER, MIDDLE, UPPER))
    found = from_top(ink)
    assert heights(found) == [-0.5, -1.0, -0.5, 0.0]
    assert seen(found) == seen(ink)
    np.testing.assert_array_equal(found.char_end, ink.char_end)


@pytest.mark.parametrize("bars", [(UPPER, LOWER), (LOWER, UPPER)])
def test_the_stem_of_an_i_comes_between_its_bars(bars):
    ink = line("I", (STEM, *bars))
    found = from_top(ink)
    assert heights(found) == [-1.0, -0.5, 0.0]
    assert [np.ptp(points[:, 0]) > 0 for points in found.strokes()] == [True, False, True]
    assert seen(found) == seen(ink)
    np.testing.assert_array_equal(found.char_end, ink.char_end)


def test_an_upper_bar_alone_comes_before_the_stem_of_an_i_too():
    assert heights(from_top(line("I", (STEM, UPPER)))) == [-1.0, -0.5]


def test_a_stem_that_comes_from_the_character_before_stays_the_first():
    ink = line("LI", joined(LOWER), (STEM, LOWER, UPPER))
    assert heights(from_top(ink))[-2:] == [-1.0, 0.0]
    assert seen(from_top(ink)) == seen(ink)


def test_points_keep_their_times():
    ink = line("I", (STEM, LOWER, UPPER))
    found = from_top(ink)
    timed = [
        {(t, *p) for t, p in zip(each.times, each.points, strict=True)} for each in (ink, found)
    ]
    assert timed[0] == timed[1]
    assert found.times.tolist() != ink.times.tolist()
    assert from_top(dataclasses.replace(ink, times=None)).times is None


def test_the_first_stroke_stays_the_first():
    ink = line("E", (LOWER, STEM, UPPER))
    assert heights(from_top(ink)) == [0.0, -1.0, -0.5]


def test_small_letters_stay_as_they_are():
    ink = line("f", (STEM, LOWER, DOT))
    np.testing.assert_array_equal(from_top(ink).points, ink.points)


def test_a_stroke_that_goes_on_into_the_next_character_stays_the_last():
    ink = line("En", (STEM, MIDDLE, UPPER, joined(LOWER)), STEM)
    found = from_top(ink)
    assert heights(found)[:3] == [-0.5, -1.0, -0.5]
    np.testing.assert_array_equal(found.points[33:], ink.points[33:])


def test_characters_are_ordered_each_by_itself():
    ink = line("E E", (STEM, LOWER, UPPER), (STEM, UPPER, LOWER))
    assert heights(from_top(ink)) == [-0.5, -1.0, 0.0] * 2


def test_without_ends_of_characters_nothing_is_changed():
    ink = dataclasses.replace(line("I", (STEM, LOWER, UPPER)), char_end=None)
    assert from_top(ink) is ink


def test_ends_that_are_not_those_of_the_text_are_an_error():
    with pytest.raises(DataError, match="2 ends of characters"):
        from_top(line("I", STEM, STEM))
