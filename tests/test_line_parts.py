"""Long lines are cut between words, and nothing of them is lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hwsynth import Ink
from hwsynth.alphabet import written
from hwsynth.line_parts import parts

words = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=12)


def ink_of(text: str, lifted: set[int] | None = None) -> Ink:
    """A line of two points a character, the pen lifted after each (or after those of `lifted`)."""
    count = 2 * written(text)
    points = np.zeros((count, 3))
    points[:, 0] = np.arange(count)
    ends = np.arange(1, count, 2)
    points[ends, 2] = [lifted is None or i in lifted for i in range(len(ends))]
    points[-1, 2] = 1
    char_end = np.zeros(count, bool)
    char_end[ends] = True
    return Ink(points, char_end=char_end, text=text, id="line")


@given(words, st.integers(1, 30))
def test_no_word_and_no_point_is_lost_and_parts_are_short_where_words_are(words, most):
    ink = ink_of(" ".join(words))
    found = parts(ink, most)
    assert " ".join(part.text for part in found) == ink.text
    np.testing.assert_array_equal(np.concatenate([part.points for part in found]), ink.points)
    for part in found:
        assert part.char_end.sum() == written(part.text)
        assert len(part.text) <= most or " " not in part.text


def test_parts_are_about_as_long_and_called_by_their_line():
    found = parts(ink_of("aa bb cc dd ee ff"), 12)
    assert [part.text for part in found] == ["aa bb cc", "dd ee ff"]
    assert [part.id for part in found] == ["line/1", "line/2"]


def test_words_that_are_written_in_one_stroke_stay_together():
    assert [part.text for part in parts(ink_of("aa bb cc", lifted={3}), 3)] == ["aa bb", "cc"]


def test_a_line_whose_ends_are_not_known_stays_whole():
    ink = Ink(ink_of("aa bb").points, text="aa bb")
    assert parts(ink, 2) == [ink]
