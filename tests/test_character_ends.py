from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwsynth.character_ends import among, character_ends


def line(*strokes: list[float]) -> NDArray[np.float64]:
    """(points, 3) of strokes that are given by x."""
    return np.array([(x, 0.0, n == len(s) - 1) for s in strokes for n, x in enumerate(s)])


def test_joined_characters_part_half_way_between_where_they_were_seen():
    assert character_ends(line([*range(12)]), "ab", [2, 9]).tolist() == [5, 11]


def test_characters_part_at_the_lift_nearest_to_half_way():
    # Lifts at 2, 5, 6 and 11; half-way between 1 and 9 lies 5.
    points = line([0, 1, 2], [3, 4, 5], [6], [7, 8, 9, 10, 11])
    assert character_ends(points, "ab", [1, 9]).tolist() == [5, 11]


def test_a_lift_that_is_not_on_the_way_is_not_taken():
    points = line([0, 1], [*range(2, 12)])
    assert character_ends(points, "ab", [2, 9]).tolist() == [5, 11]


STEM = [(0, 0), (0, 6)]


def strokes(*parts: list[tuple[float, float]]) -> NDArray[np.float64]:
    """(points, 3) of strokes that are given by their points."""
    return np.array([(*xy, n == len(part) - 1) for part in parts for n, xy in enumerate(part)])


def test_a_cross_that_goes_on_as_the_next_character_is_parted_from_it():
    cross = [(-2, 2), (-1, 2), (1, 2), (2, 2), (3, 4), (4, 6)]
    assert character_ends(strokes(STEM, cross), "ta", [0, 6]).tolist() == [4, 7]
    # What the next one was seen at is its own.
    assert character_ends(strokes(STEM, cross), "ta", [0, 4]).tolist() == [1, 7]


def test_a_cross_that_stands_alone_stays_whole():
    cross, following = [(-2, 2), (0, 2), (2, 2)], [(4, 2), (5, 6), (6, 6), (7, 6)]
    assert character_ends(strokes(STEM, cross, following), "ta", [0, 7]).tolist() == [4, 8]


@pytest.mark.parametrize(
    "stroke",
    [
        pytest.param([(1, 2), (2, 2), (3, 4), (4, 6)], id="beside it"),
        pytest.param([(1, 2), (-1, 2), (-1, 4), (1, 4)], id="from the right"),
        pytest.param([(-1, -3), (1, 5), (2, 5), (3, 5)], id="downwards"),
        pytest.param([(-2, 8), (1, 8), (2, 8), (3, 8)], id="below it"),
    ],
)
def test_a_stroke_that_is_no_bar_stays_whole(stroke):
    assert character_ends(strokes(STEM, stroke), "ta", [0, 5]).tolist() == [1, 5]


K_STEM, K_ARMS, FOLLOWING = [(0, 0), (0, 3), (0, 6)], [(2, 0), (0, 3), (2, 6)], [(4, 3), (5, 6)]
# Half-way, in time, is the lift after the stem.
SEEN = [0, 6]


@pytest.mark.parametrize("unit", [1, 1000])
def test_a_character_has_all_strokes_that_touch(unit):
    points = strokes(K_STEM, K_ARMS, FOLLOWING) * [unit, unit, 1]
    assert character_ends(points, "Ka", SEEN).tolist() == [5, 7]


def test_strokes_that_do_not_touch_stay_where_half_way_has_them():
    beside = [(x + 2, y) for x, y in K_ARMS]
    assert character_ends(strokes(K_STEM, beside, FOLLOWING), "Ka", SEEN).tolist() == [2, 7]


def test_where_all_strokes_touch_half_way_decides():
    assert character_ends(strokes(K_STEM, K_ARMS, [(2, 5), (3, 6)]), "Ka", SEEN).tolist() == [2, 7]


def test_dots_that_are_made_when_a_word_is_done_stay_with_it():
    # The widest gap in the air is the way back to the dot; the next word begins after the dot.
    word, dot, following = [0, 10, 20], [4, 5], [30, 40]
    ends = character_ends(line(word, dot, following), "i n", [1, 3, 6])
    assert ends.tolist() == [4, 6]


def test_a_word_ends_at_the_gap_and_not_at_the_lift_nearest_to_half_way():
    points = line([0, 1, 2], [2.5, 3], [9, 10], [10.5, 11])
    assert character_ends(points, "a b", [1, 2, 8]).tolist() == [4, 8]


def test_a_space_that_the_pen_is_not_lifted_for_parts_words_where_it_was_seen():
    assert character_ends(line([*range(12)]), "a b", [2, 7, 9]).tolist() == [7, 11]


def test_spaces_before_between_and_after_own_no_points():
    points = line([0, 1, 2], [9, 10], [20, 21])
    assert character_ends(points, "  a   b ", list(range(8))).tolist() == [4, 6]


@st.composite
def lines(draw) -> tuple[NDArray[np.float64], str, list[int]]:
    """A line, its text, and where each character was seen."""
    points = draw(st.integers(1, 40))
    count = draw(st.integers(1, min(points, 12)))
    letters = draw(st.lists(st.sampled_from("ab "), min_size=count, max_size=count))
    letters[draw(st.integers(0, count - 1))] = "a"
    places = sorted(draw(st.permutations(range(points)))[:count])
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    y = rng.normal(size=points) * draw(st.sampled_from([0, 1]))
    rows = np.stack([rng.normal(size=points), y, rng.random(points) < 0.3], axis=1)
    rows[-1, 2] = 1
    return rows, "".join(letters), places


@given(lines())
def test_every_character_owns_the_point_it_was_seen_at_and_the_last_all_that_is_left(drawn):
    points, text, places = drawn
    ends = character_ends(points, text, places)
    seen = [place for place, each in zip(places, text, strict=True) if each != " "]
    assert ends[-1] == len(points) - 1
    assert (ends >= seen).all()
    assert (ends[:-1] < seen[1:]).all()


@given(lines())
def test_an_end_is_at_a_lift_wherever_there_is_one_on_the_way(drawn):
    """Where nothing crosses what is before it."""
    points, text, places = drawn
    points = points * [1, 0, 1]
    ends = character_ends(points, text, places)
    seen = [place for place, each in zip(places, text, strict=True) if each != " "]
    for end, first, after in zip(ends[:-1], seen[:-1], seen[1:], strict=True):
        assert points[end, 2] == 1 or not points[first:after, 2].any()


@given(st.integers(0, 999))
def test_ends_of_a_resampled_line_become_the_last_own_points_before_them(seed):
    rng = np.random.default_rng(seed)
    own, written = int(rng.integers(1, 30)), int(rng.integers(1, 12))
    if own < written:
        own, written = written, own
    resampled = int(rng.integers(written, 60))
    index = np.sort(rng.uniform(0, own - 1, resampled))
    index[-1] = own - 1
    ends = np.sort(rng.choice(resampled - 1, written - 1, replace=False)) if written > 1 else []
    found = among(np.array([*ends, resampled - 1], np.int64), index, own)
    assert (np.diff(found, prepend=-1) > 0).all()
    assert found[-1] == own - 1
    exact = np.append(np.floor(index[np.array(ends, np.int64)]), own - 1)
    if (np.diff(exact, prepend=-1) > 0).all():
        assert found.tolist() == exact.tolist()


def test_ends_that_fall_together_are_moved_apart():
    index = np.array([0, 0.2, 0.4, 0.6, 3.0])
    assert among(np.array([1, 2, 3, 4]), index, 4).tolist() == [0, 1, 2, 3]


def test_a_point_that_stayed_is_found_again_in_spite_of_rounding():
    index = np.array([0, 1.9999999999, 3.0])
    assert among(np.array([1, 2]), index, 4).tolist() == [2, 3]


@pytest.mark.parametrize("text", ["a", " a"])
def test_one_character_owns_the_whole_line(text):
    assert character_ends(line([0, 1, 2]), text, [0, 1][: len(text)]).tolist() == [2]
