"""Delayed strokes, put where their characters end."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth import Ink
from hwsynth.delayed_strokes import in_place
from hwsynth.errors import DataError
from hwsynth.line_measure import measure
from hwsynth.preparation import PreparationOptions, prepare_line


def stroke(*places: tuple[float, float]) -> np.ndarray:
    """(points, 3): straight from place to place, in ten steps each."""
    ways = [np.linspace(a, b, 11) for a, b in itertools.pairwise(places)] or [np.array(places)]
    xy = np.concatenate(ways)
    return np.column_stack([xy, np.arange(len(xy)) == len(xy) - 1])


def line(text: str, *characters: tuple[np.ndarray, ...] | np.ndarray) -> Ink:
    """Of what each character owns: strokes, or points that a stroke goes on from."""
    owned = [np.concatenate(each) if isinstance(each, tuple) else each for each in characters]
    char_end = np.zeros(sum(map(len, owned)), np.bool_)
    char_end[np.cumsum([len(each) for each in owned]) - 1] = True
    times = np.arange(len(char_end)) / 100
    return Ink(np.concatenate(owned), char_end=char_end, text=text, times=times)


def joined(points: np.ndarray) -> np.ndarray:
    """Points that the next character goes on from."""
    return np.column_stack([points[:, :2], np.zeros(len(points))])


def owned(ink: Ink) -> list[int]:
    """Strokes that end in each character."""
    ends = np.flatnonzero(ink.char_end)
    lifts = np.cumsum(ink.points[:, 2])[ends].astype(int)
    return np.diff(lifts, prepend=0).tolist()


def seen(ink: Ink) -> set[tuple]:
    """Pieces of ink, whichever was first, and dots that stand alone."""
    pieces, places = set(), set()
    for points in ink.strokes():
        along = [tuple(place) for place in points.tolist()]
        pieces |= {pair for pair in itertools.pairwise(along) if pair[0] != pair[1]}
        places |= set(along)
    return pieces | {(dot,) for dot in places - set(itertools.chain(*pieces))}


# y runs downwards; a line's spread is taken to be 1, an x about as high.
STEM = stroke((0, -1), (0, 0))
DOT = stroke((0.1, -1.6))
TALL = stroke((1, -2), (1, 0))
CROSS = stroke((0.6, -1.2), (1.4, -1.2))
BOWL = stroke((2.4, -1), (2, -0.5), (2.4, 0))


def at(x: float, points: np.ndarray) -> np.ndarray:
    """Moved to the right."""
    return np.column_stack([points[:, 0] + x, points[:, 1:]])


def test_dots_and_crosses_follow_their_characters():
    """The stems of `itc` in one stroke, then the dot and the cross."""
    whole = line("itc", joined(STEM), joined(TALL), (BOWL, DOT, CROSS))
    placed = in_place(whole, 1.0)
    assert owned(placed) == [2, 2, 1]
    assert seen(placed) == seen(whole)
    # The stem, the dot, and the way from the stem to the next character in a stroke of its own.
    strokes = list(placed.strokes())
    np.testing.assert_allclose(strokes[0], STEM[:, :2], atol=1e-6)
    np.testing.assert_allclose(strokes[1], DOT[:, :2], atol=1e-6)
    np.testing.assert_allclose(strokes[2][0], STEM[-1, :2], atol=1e-6)
    np.testing.assert_allclose(strokes[3], CROSS[:, :2], atol=1e-6)
    np.testing.assert_allclose(strokes[4][0], TALL[-1, :2], atol=1e-6)
    assert len(placed) == len(whole) + 2


@pytest.mark.parametrize(
    ("aside", "up", "kept"),
    [(0.1, 5.0, [2, 1, 1]), (4.5, 2.5, [2, 1, 1]), (5.5, 1.6, [1, 1, 2]), (0.1, -1.0, [1, 1, 2])],
    ids=["high above", "to the side", "too far to the side", "below"],
)
def test_a_dot_belongs_to_what_it_stands_above(aside, up, kept):
    dot = stroke((aside, -up))
    placed = in_place(line("ilc", STEM, TALL, (at(2, BOWL), dot)), 1.0)
    assert owned(placed) == kept


def test_a_cross_that_the_next_character_was_given_goes_back():
    whole = line("tc", TALL, (CROSS, BOWL))
    placed = in_place(whole, 1.0)
    assert owned(placed) == [2, 1]
    np.testing.assert_array_equal(placed.points, whole.points)
    np.testing.assert_array_equal(placed.times, whole.times)


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("it", ((STEM, DOT), (TALL, CROSS))),
        ("oi", (at(-2, BOWL), (at(0.6, STEM), at(0.6, DOT)))),  # the stem of an i
        ("li", (STEM, (TALL, at(0.9, DOT)))),
        ("i!", (STEM, (TALL, at(0.8, DOT)))),  # a mark's own dot
        ("i t", (STEM, (TALL, DOT))),  # of another word
        ("ic", (STEM, (at(7, BOWL), at(7, DOT)))),  # too far away
        ("ii", (STEM, (DOT,))),  # it would have nothing left
    ],
)
def test_what_is_in_place_stays(text, characters):
    whole = line(text, *characters)
    assert in_place(whole, 1.0) is whole


def test_distances_are_by_the_lines_spread():
    whole = line("tc", TALL, (CROSS, BOWL))
    large = dataclasses.replace(whole, points=whole.points * np.array([70, 70, 1], np.float32))
    assert owned(in_place(large, 70.0)) == [2, 1]


def test_a_line_that_does_not_say_where_characters_end_stays():
    whole = line("tc", TALL, (CROSS, BOWL))
    for change in ({"char_end": None}, {"text": None}):
        ink = dataclasses.replace(whole, **change)
        assert in_place(ink, 1.0) is ink


def test_ends_of_more_characters_than_there_are_raise():
    with pytest.raises(DataError, match="3 ends of characters"):
        in_place(line("it", STEM, TALL, BOWL), 1.0)


@given(st.integers(0, 2**32 - 1))
def test_whatever_is_where_all_of_it_is_seen_as_before(seed):
    rng = np.random.default_rng(seed)
    characters = []
    for _ in range(rng.integers(1, 6)):
        strokes = [
            stroke(*rng.uniform(-2, 2, (rng.integers(1, 4), 2))) for _ in range(rng.integers(1, 4))
        ]
        characters.append(np.concatenate(strokes))
        if rng.random() < 0.3:
            characters[-1][-1, 2] = 0
    characters[-1][-1, 2] = 1
    text = "".join(rng.choice(list("itxc. "), len(characters)))
    text = text.replace(" ", "j").strip()
    whole = line(text, *characters)
    placed = in_place(whole, 1.0)
    assert seen(placed) == seen(whole)
    assert placed.char_end.sum() == len(text)
    assert placed.char_end[-1]
    assert placed.points[:, 2].sum() - whole.points[:, 2].sum() == len(placed) - len(whole)


def test_lines_are_prepared_so_where_the_option_says_it():
    whole = line("itc", joined(STEM), joined(TALL), (BOWL, DOT, CROSS))
    assert owned(prepare_line(whole, PreparationOptions(level=True))) == [0, 0, 3]
    options = PreparationOptions(unit="line", resample="arc", spacing=0.4, delayed="in_place")
    placed = prepare_line(whole, options)
    assert owned(placed) == [2, 2, 1]
    spread = measure(whole.points).spread
    assert spread is not None
    assert np.ptp(placed.points[:, 0]) == pytest.approx(np.ptp(whole.points[:, 0]) / spread)
