"""Words that run into each other are parted; all else stays as it was written."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hwsynth import Ink
from hwsynth.word_gaps import LEAST, SHARE, kept_apart


def line(text: str, gaps: list[float], *, tail: float = 0.0, climb: float = 0.0) -> Ink:
    """Words of letters as wide and high as 1, so far from each other; `tail`: how far right the
    last letter of the second one goes, well below the baseline."""
    strokes, x = [], 50.0
    for number, (word, gap) in enumerate(zip(text.split(), [*gaps, 0.0], strict=True)):
        for _ in word:
            strokes.append([[x, -1, 0], [x, 0, 0], [x + 1, 0, 1]])
            x += 1
        if tail and number == 1:
            strokes[-1] = [*strokes[-1][:-1], [x, 0, 0], [x + tail, 2, 1]]
        x += gap
    points = np.array([point for stroke in strokes for point in stroke], np.float32)
    points[:, 1] += climb * points[:, 0]
    return Ink(points, char_end=points[:, 2] == 1, text=text)


def gaps_of(ink: Ink) -> list[float]:
    """Along the baseline, between words of `line`."""
    starts = np.flatnonzero(ink.char_end)[:-1] + 1
    steps = ink.points[starts, 0] - ink.points[starts - 1, 0]
    letters = ink.text.replace(" ", "")
    ends = np.cumsum([len(word) for word in ink.text.split()])[:-1] - 1
    assert len(steps) == len(letters) - 1
    return [round(float(step), 3) for step in steps[ends]]


def test_a_word_too_near_is_moved_and_what_follows_goes_with_it():
    ink = line("nun van sum one", [3, 0.2, 3])
    moved = kept_apart(ink)
    assert gaps_of(moved) == [3, LEAST, 3]
    steps = moved.points[:, 0] - ink.points[:, 0]
    np.testing.assert_allclose(steps, np.repeat([0, 0, 1, 1], 9) * (LEAST - 0.2), atol=1e-4)
    np.testing.assert_array_equal(moved.points[:, 1:], ink.points[:, 1:])
    np.testing.assert_array_equal(moved.char_end, ink.char_end)
    assert moved.text == ink.text


def test_words_that_overlap_are_parted():
    assert gaps_of(kept_apart(line("nun van sum one", [3, -2, 3]))) == [3, LEAST, 3]


@pytest.mark.parametrize("gaps", [[3, 2, 3], [1.3, 1.3, 1.3], [0.5, 0.5, 0.5], [0.6, 0.5, 0.4]])
def test_a_line_with_no_gap_much_narrower_than_others_is_the_same_line(gaps):
    ink = line("nun van sum one", gaps)
    assert kept_apart(ink) is ink


def test_a_narrow_hand_stays_narrow():
    assert gaps_of(kept_apart(line("nun van sum one", [0.5, 0.1, 0.5]))) == [0.5, SHARE * 0.5, 0.5]


def test_it_comes_to_the_same_at_any_size_and_slope():
    ink = line("nun van sum one", [3, 0.2, 3])
    large = dataclasses.replace(ink, points=ink.points * np.array([7, 7, 1], np.float32))
    np.testing.assert_allclose(kept_apart(large).points[:, :2], kept_apart(ink).points[:, :2] * 7)
    climbing = kept_apart(line("nun van sum one", [3, 0.2, 3], climb=0.03))
    assert gaps_of(climbing)[1] == pytest.approx(LEAST, rel=0.05)


def test_what_passes_below_the_other_word_is_no_part_of_the_gap():
    under = line("nun van sum one", [2, 2, 2], tail=1.8)
    assert kept_apart(under) is under


@pytest.mark.parametrize("text", ["nun", "nun van"])
def test_of_two_words_there_is_no_other_gap_to_go_by(text):
    ink = line(text, [0.1] * text.count(" "))
    assert kept_apart(ink) is ink


def test_a_line_that_does_not_say_where_characters_end_is_left_alone():
    ink = dataclasses.replace(line("nun van sum one", [3, 0.2, 3]), char_end=None)
    assert kept_apart(ink) is ink


def test_what_was_parted_stays_as_it_is():
    once = kept_apart(line("nun van sum one ox", [3, 0.2, 3, 3]))
    again = kept_apart(once)
    np.testing.assert_allclose(again.points, once.points, atol=1e-4)
