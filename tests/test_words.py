"""Words of a line, and one of them put in another's place."""

from __future__ import annotations

import numpy as np

from font_loop import FontReader, font_writer
from hwsynth.styles import Style
from hwsynth.words import points_of_words, spans, with_word
from hwsynth.writing import Line

STYLE = Style(np.zeros(2, np.float32))


def ink(text: str, place: int, stop: int | None = None, spoilt: float = 0.0):
    writer = font_writer(spoilt=spoilt)
    line = Line(text, STYLE, (place,), stop=stop)
    return writer.ink(line, writer.draw([line], bias=0, seed=0)[0])


def test_words_begin_and_end_where_spaces_part_them():
    assert spans("so it goes") == [(0, 2), (3, 5), (6, 10)]


def test_every_point_is_one_words():
    line = ink("so it goes", 0)
    assert [len(line.points[part]) for part in points_of_words(line)] == [6, 6, 12]


def test_a_word_takes_anothers_place_and_the_rest_follows_it():
    line, other = ink("so it goes", 0), ink("so it goes", 1, stop=4, spoilt=1.0)
    wider = other.points.copy()
    wider[6:, 0] = wider[6, 0] + 3 * (wider[6:, 0] - wider[6, 0])
    other = type(other)(wider, char_end=other.char_end)
    changed = with_word(line, 1, other)
    assert [read.text for read in FontReader().read([with_word(line, 1, other)])] != ["so it goes"]
    np.testing.assert_array_equal(changed.points[:6], line.points[:6])
    np.testing.assert_array_equal(changed.points[6:12], wider[6:])
    moved = changed.points[12:] - line.points[12:]
    np.testing.assert_allclose(moved[:, 0], wider[6:, 0].max() - line.points[6:12, 0].max())
    assert (moved[:, 1:] == 0).all()
    assert changed.text == line.text
    assert changed.char_end.sum() == line.char_end.sum()
