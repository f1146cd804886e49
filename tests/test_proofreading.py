"""What is found in lines of which the text is known."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest

from font_loop import Read
from hwsynth import Ink
from hwsynth.proofreading import Proofreader

LINE = Ink.from_offsets(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))


@dataclass(frozen=True)
class Reader:
    """Reads this, whatever it is shown."""

    reads: Read

    @property
    def charset(self) -> str:
        return self.reads.charset

    def read(self, lines):
        return [self.reads] * len(lines)


def proof(text: str, reads: str, charset: str = " abc", sure: float = 0.9):
    line = dataclasses.replace(LINE, text=text)
    (found,) = Proofreader(Reader(Read(reads, charset, sure)))([line])
    return found


def test_what_is_doubted_of_a_word_is_the_probability_of_its_frames_and_the_space_before_it():
    found = proof("ab c", "ab c")
    # A frame a character, and one of the blank after each; the first word's last blank is the
    # space's own.
    assert found.errors == (0, 0)
    assert found.doubts == pytest.approx([-3 * np.log(0.9), -5 * np.log(0.9)])


def test_a_misread_character_is_doubted_by_as_much_as_it_is_unlikely():
    found = proof("ab c", "ab b")
    assert found.errors == (0, 1)
    other = np.log(0.1 / 4)
    assert found.doubts == pytest.approx([-3 * np.log(0.9), -4 * np.log(0.9) - other])


def test_words_of_characters_that_the_reader_lacks_are_neither_wrong_nor_doubted():
    found = proof("dé ab", " ab")
    assert found.errors == (0, 0)
    assert found.doubts[0] == 0
    assert found.doubts[1] == pytest.approx(-6 * np.log(0.9))


def test_where_nothing_is_read_everything_is_doubted():
    found = proof("a b", "")
    assert found.errors == (1, 2)
    assert found.doubts == (np.inf, np.inf)
