"""Text as numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth.alphabet import AFTER, BEFORE, Alphabet, written
from hwsynth.errors import DataError

SMALL = Alphabet(" abcd")


def test_a_character_is_one_plus_its_place():
    assert SMALL.encode("da b").tolist() == [5, 2, 1, 3]
    assert SMALL.encode("").shape == (0,)
    assert SMALL.encode("a").dtype == np.int32


@given(st.text("abcd ", max_size=30))
def test_decoding_undoes_encoding(text):
    assert SMALL.decode(SMALL.encode(text)) == text


def test_a_character_that_is_not_there_is_named():
    with pytest.raises(DataError, match=r"'é' \(U\+00E9 LATIN SMALL LETTER E WITH ACUTE\), 'ж'"):
        SMALL.encode("aéжb")
    with pytest.raises(DataError, match="'z'"):
        SMALL.contexts("az")


def test_padding_is_no_character():
    with pytest.raises(DataError, match="number 0; they are 1 to 5"):
        SMALL.decode([1, 0])


def test_what_surrounds_each_character():
    assert SMALL.contexts("ab cd").tolist() == [
        [0, 0, 2, 3, 1, 4],
        [0, 2, 3, 1, 4, 5],
        [3, 1, 4, 5, 0, 0],
        [1, 4, 5, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_a_text_without_ink_has_the_last_row_alone(text):
    assert SMALL.contexts(text).tolist() == [[0] * (BEFORE + 1 + AFTER)]


@given(st.text("abcd ", max_size=30))
def test_each_written_character_stands_in_the_middle_of_its_row(text):
    rows = SMALL.contexts(text)
    assert rows.shape == (written(text) + 1, BEFORE + 1 + AFTER)
    assert SMALL.decode(rows[:-1, BEFORE]) == text.replace(" ", "")


def test_a_charset_holds_each_character_once():
    with pytest.raises(DataError, match=r"'a' .* more than once"):
        Alphabet("aba")
    with pytest.raises(DataError, match="no character"):
        Alphabet("")
