"""Error rates of what was read."""

from __future__ import annotations

import pytest

from hwsynth.misreadings import broken, by_writer, misread


def test_errors_are_counted_over_all_lines_together() -> None:
    found = misread(["abcd", "ab cd ef"], ["abd", "ab cx ef"])
    assert (found.characters, found.of_characters) == (2, 12)
    assert (found.words, found.of_words) == (2, 4)
    assert found.character_error_rate == pytest.approx(2 / 12)
    assert found.word_error_rate == pytest.approx(1 / 2)


def test_what_is_read_beside_the_text_is_an_error_and_nothing_read_is_all_of_it() -> None:
    assert misread(["ab"], ["xaxbx"]).character_error_rate == pytest.approx(3 / 2)
    assert misread(["ab cd"], [""]).character_error_rate == 1


def test_a_line_is_broken_by_one_word_and_not_by_spaces() -> None:
    assert broken(["ab cd", "ab cd", "ab", "a b"], ["ab cx", "ab  cd", "ab", "ab"]) == 1 / 2


def test_no_lines_have_no_errors() -> None:
    assert misread([], []).character_error_rate == 0


def test_writers_are_told_apart_and_nobody_is_left_out() -> None:
    found = by_writer(["b", "a", None, "b"], ["xy", "xy", "xy", "xyzw"], ["xy", "x", "", "xyz"])
    assert list(found) == ["a", "b"]
    assert found["a"].character_error_rate == pytest.approx(1 / 2)
    assert found["b"].character_error_rate == pytest.approx(1 / 6)
