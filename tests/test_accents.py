"""Accents drawn on letters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth import DataError, Ink
from hwsynth.accents import STROKES, with_accents
from hwsynth.characters import MARKS
from hwsynth.letters import spans
from hwsynth.text import Accent
from plain_hand import X_HEIGHT, plain_hand

ABOVE = [mark for mark, shape in STROKES.items() if shape.where == "above"]
BELOW = [mark for mark, shape in STROKES.items() if shape.where in ("below", "hung")]


def accented(text: str, *accents: Accent, joins: bool = False) -> Ink:
    [ink] = plain_hand([text], joins=joins)
    return with_accents(ink, accents, X_HEIGHT, np.random.default_rng(0))


def letter(ink: Ink, number: int) -> np.ndarray:
    return ink.points[slice(*spans(ink)[number])]


def with_dot(at: int, *, of_last: bool = False) -> Ink:
    """`nin` with a dot over the i, written after letter `at`."""
    [ink] = plain_hand(["nin"])
    i = letter(ink, 1)
    x = i[:, 0].min() + 30
    dot = [[x, i[:, 1].min() - 50, 0], [x + 5, i[:, 1].min() - 40, 1]]
    stop = spans(ink)[at, 1]
    ends = np.array(ink.char_end)
    ends[stop - 1] = False
    return Ink(
        np.insert(ink.points, stop, dot, axis=0),
        char_end=np.insert(ends, stop, [False, True]),
        text="nin",
    )


def test_every_mark_that_has_a_name_can_be_drawn():
    assert set(STROKES) == set(MARKS)


@given(st.sampled_from("aegdTÅ"), st.lists(st.sampled_from(sorted(MARKS)), min_size=1, max_size=3))
def test_a_letter_keeps_its_ink_and_gets_that_of_its_marks(character, marks):
    [plain] = plain_hand([f"n{character} n"])
    ink = accented(f"n{character} n", *[Accent(1, mark) for mark in marks])
    assert len(spans(ink)) == 3
    before, here, after = (letter(ink, number) for number in range(3))
    assert (before == letter(plain, 0)).all()
    assert (after == letter(plain, 2)).all()
    assert (here[:3] == letter(plain, 1)).all()
    strokes = sum(len(STROKES[mark].strokes) for mark in marks)
    assert here[:, 2].sum() == 1 + strokes
    assert np.abs(here[3:, :2] - here[:3, :2].mean(axis=0)).max() < 4 * X_HEIGHT


@pytest.mark.parametrize("mark", ABOVE)
def test_marks_above_stand_clear_of_the_letter(mark):
    here = letter(accented("n", Accent(0, mark)), 0)
    gap = here[:3, 1].min() - here[3:, 1].max()
    assert 0.03 * X_HEIGHT < gap < 0.35 * X_HEIGHT


@pytest.mark.parametrize("mark", BELOW)
def test_marks_below_hang_from_the_letter(mark):
    here = letter(accented("n", Accent(0, mark)), 0)
    assert here[3:, 1].max() > here[:3, 1].max() + 0.1 * X_HEIGHT
    assert here[3:, 1].min() > here[:3, 1].min()


def test_a_second_mark_stands_over_the_first():
    ink = accented("e", Accent(0, "\u0302"), Accent(0, "\u0301"))
    _, circumflex, acute = ink.strokes()
    assert acute[:, 1].max() < circumflex[:, 1].min()


def test_a_mark_waits_until_the_pen_is_lifted():
    ink = accented("nen n", Accent(1, "\u0301"), joins=True)
    word, acute, _ = ink.strokes()
    assert len(word) == 9
    assert acute[:, 1].max() < word[:, 1].min()
    assert spans(ink)[2].tolist() == [6, 9 + len(acute)]


@pytest.mark.parametrize("at", [1, 2])
def test_the_dot_of_an_i_makes_room_for_a_mark(at):
    ink = with_accents(with_dot(at), [Accent(1, "\u0308")], X_HEIGHT, np.random.default_rng(0))
    assert len(list(ink.strokes())) == 3 + 2
    assert len(spans(ink)) == 3
    _, i, *rest = ink.strokes()
    dots = rest[:2]
    assert all(dot[:, 1].max() < i[:, 1].min() for dot in dots)


def test_the_dot_stays_where_the_mark_is_below():
    ink = with_accents(with_dot(1), [Accent(1, "\u0323")], X_HEIGHT, np.random.default_rng(0))
    assert len(list(ink.strokes())) == 3 + 2


def test_an_apostrophe_is_no_dot():
    points = [[0, -100, 0], [20, 0, 0], [40, -50, 1], [50, -150, 0], [45, -120, 1]]
    ink = Ink(np.array(points, np.float32), char_end=[0, 0, 1, 0, 1], text="i'")
    ink = with_accents(ink, [Accent(0, "\u0301")], X_HEIGHT, np.random.default_rng(0))
    assert len(list(ink.strokes())) == 3


def test_ink_must_say_where_its_characters_end():
    [ink] = plain_hand(["a"])
    with pytest.raises(DataError, match="where its characters end"):
        with_accents(
            Ink(ink.points, text="a"), [Accent(0, "\u0301")], 1.0, np.random.default_rng(0)
        )


def test_a_seed_repeats_the_marks():
    one, other = (accented("e", Accent(0, "\u0301")) for _ in range(2))
    assert (one.points == other.points).all()
