"""Resampling: against points walked for one by one, and what must hold for any ink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth import Ink
from hwsynth.resampling import Track, path_length, pen_time, resample
from scribbles import plain_arc, scribbles

spacings = st.sampled_from([0.3, 1.0, 4.0, 7.5, 500.0])


def track(ink: Ink) -> Track:
    points = ink.points.astype(np.float64)
    return Track(points[:, :2], points[:, 2] == 1, ink.times, ink.char_end)


def by_arc(ink: Ink, spacing: float) -> Track:
    return resample(track(ink), path_length(track(ink)), spacing)


def line(*points: tuple[float, float, int], **fields: object) -> Ink:
    return Ink(np.array(points), **fields)  # type: ignore[arg-type]


def test_a_stroke_is_cut_into_equal_pieces_no_longer_than_the_spacing():
    found = by_arc(line((0, 0, 0), (7, 0, 0), (7, 3, 1)), 4)
    assert found.xy == pytest.approx(np.array([(0, 0), (10 / 3, 0), (20 / 3, 0), (7, 3)]))
    assert found.pen_up.tolist() == [False, False, False, True]


def test_a_whole_number_of_spacings_is_cut_into_as_many_pieces():
    found = by_arc(line((0, 0, 0), (0.1, 0, 0), (0.2, 0, 0), (0.3, 0, 1)), 0.1)
    assert found.xy[:, 0] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_the_way_in_the_air_is_not_cut_and_one_point_stays_one():
    found = by_arc(line((0, 0, 1), (90, 0, 0), (92, 0, 1), (500, 9, 1)), 1)
    assert found.xy.tolist() == [[0, 0], [90, 0], [91, 0], [92, 0], [500, 9]]
    assert found.pen_up.tolist() == [True, False, False, True, True]


def test_a_stroke_that_goes_nowhere_becomes_one_point():
    assert by_arc(line((5, 5, 0), (5, 5, 0), (5, 5, 1), (9, 5, 1)), 1).xy.tolist() == [
        [5, 5],
        [9, 5],
    ]


def test_a_characters_last_point_stays_and_times_come_along():
    ink = line((0, 0, 0), (3, 0, 0), (9, 0, 1), times=[1, 4, 5], char_end=[0, 1, 1])
    found = by_arc(ink, 2)
    assert found.xy[:, 0].tolist() == [0, 1.5, 3, 5, 7, 9]
    assert found.char_end.tolist() == [False, False, True, False, False, True]
    assert found.times == pytest.approx([1, 2.5, 4, 4 + 1 / 3, 4 + 2 / 3, 5])


def test_points_come_at_equal_times_where_time_counts():
    ink = line((0, 0, 0), (10, 0, 0), (10, 30, 1), (50, 0, 1), times=[2, 3, 4, 9])
    found = resample(track(ink), pen_time(track(ink)), 0.5)
    assert found.xy.tolist() == [[0, 0], [5, 0], [10, 0], [10, 15], [10, 30], [50, 0]]
    assert found.times.tolist() == [2, 2.5, 3, 3.5, 4, 9]


def test_times_may_run_back_between_strokes_but_not_within_one():
    assert pen_time(track(line((0, 0, 1), (1, 0, 0), (2, 0, 1), times=[5, 2, 3]))).tolist() == [
        0,
        0,
        1,
    ]
    assert pen_time(track(line((0, 0, 0), (1, 0, 1), times=[5, 2]))) is None
    assert pen_time(track(line((0, 0, 0), (1, 0, 1)))) is None


@given(scribbles(), spacings)
def test_points_are_where_one_comes_by_walking(ink, spacing):
    expected = list(plain_arc(ink.points[:, :2], ink.points[:, 2], ink.char_end, spacing))
    assert by_arc(ink, spacing).xy == pytest.approx(np.array(expected), abs=1e-6)


@given(scribbles(), spacings, st.booleans())
def test_ends_of_strokes_and_characters_are_kept_with_their_times(ink, spacing, arc):
    before = track(ink)
    after = resample(before, path_length(before) if arc else pen_time(before), spacing)
    for marks in ("pen_up", "char_end"):
        old, new = getattr(before, marks), getattr(after, marks)
        assert new.sum() == old.sum()
        np.testing.assert_array_equal(after.xy[new], before.xy[old])
        np.testing.assert_array_equal(after.times[new], before.times[old])
    np.testing.assert_array_equal(after.xy[after.first], before.xy[before.first])


@given(scribbles(), spacings)
def test_no_piece_is_longer_than_the_spacing_and_no_path_becomes_longer(ink, spacing):
    after = by_arc(ink, spacing)
    steps = np.diff(path_length(after))
    assert (steps <= spacing * (1 + 2e-6)).all()
    assert path_length(after)[-1] <= path_length(track(ink))[-1] * (1 + 1e-9)


@given(scribbles(), st.sampled_from([0.01, 0.3]))
def test_the_finer_the_spacing_the_nearer_the_path_to_the_old_one(ink, spacing):
    before, after = path_length(track(ink))[-1], path_length(by_arc(ink, spacing))[-1]
    # Of each corner no more than a piece on either side is cut off.
    assert before - after <= 2 * spacing * len(ink)
