"""Letters that a style writes badly, borrowed from styles that write them well."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pytest

from font_loop import (
    CHARSET,
    CONDITIONS,
    NORMALISATION,
    SPOILT_HEIGHT,
    FontLoop,
    FontReader,
    Read,
)
from hwsynth.legible_writing import Manner
from hwsynth.letter_borrowing import Borrower, usual_lines, with_letters
from hwsynth.proofreading import Proofreader
from hwsynth.styles import Style
from hwsynth.writing import TextWriter

TEXTS = ["a big cab", "bad beds", "so it goes", "a web", "quite so"]
BAD_B, GOOD, BAD_E, ENDLESS = (Style(np.array([i], np.float32)) for i in range(4))


class Loop(FontLoop):
    """Spoils b in the style BAD_B, and e in BAD_E; in ENDLESS b comes to no end."""

    def _row(self, given: Any, line: int, place: int, since: int, noise: Any) -> list[float]:
        row = super()._row(given, line, place, since, noise)
        contexts, style = given["contexts"][line], given["style"][line]
        place = min(place, len(contexts) - 1)
        kind = int(style[0] if style.ndim == 1 else style[place, 0])
        number = int(contexts[place, 2])
        letter = CHARSET[number - 1] if number else ""
        if since == 1 and (kind, letter) in ((0, "b"), (2, "e")):
            row[1] = -SPOILT_HEIGHT
        if since > 1 and (kind, letter) == (3, "b"):
            row[3] = 0
        return row


def borrower(*readers: Any, texts: list[str] = TEXTS) -> Borrower:
    writer = TextWriter(Loop(), NORMALISATION, CONDITIONS)
    found = [Proofreader(each) for each in readers or (FontReader(),)]
    return Borrower(writer, found, texts, Manner(seed=1))


def test_a_letter_is_borrowed_from_who_writes_it_well():
    found = borrower()(BAD_B, {"own": BAD_B, "good": GOOD, "endless": ENDLESS})
    assert found.keys() == {"b"}
    assert found["b"].lender == "good"
    assert found["b"].after < 0.1 < 3 < found["b"].before


def test_what_is_borrowed_is_written_so_and_all_else_as_before():
    mended = with_letters(BAD_B, {"b": GOOD.vector})
    writer = TextWriter(Loop(), NORMALISATION, CONDITIONS)
    read = FontReader().read(writer(TEXTS[:2] * 2, [mended] * 2 + [BAD_B] * 2))
    assert [each.text for each in read] == [*TEXTS[:2], "a zig caz", "zad zeds"]
    assert (mended.vector == BAD_B.vector).all()


def test_letters_that_a_style_borrows_are_lent_as_it_writes_them():
    mended = with_letters(BAD_E, {"e": GOOD.vector})
    found = borrower()(BAD_E, {"mended": mended})
    assert found["e"].lender == "mended"


@pytest.mark.parametrize(
    ("lenders", "texts"),
    [
        ({"own": BAD_B}, TEXTS),
        ({"endless": ENDLESS}, TEXTS),
        ({}, TEXTS),
        ({"good": GOOD}, ["so it goes", "quite so"]),
    ],
    ids=["no_better_one", "one_that_does_not_end", "nobody", "not_in_the_text"],
)
def test_what_nobody_writes_better_is_left_alone(lenders, texts):
    assert borrower(texts=texts)(BAD_B, lenders) == {}


def test_only_what_may_be_borrowed_is():
    mixed = Style(BAD_B.vector, {"e": BAD_E.vector})
    assert borrower()(mixed, {"good": GOOD}).keys() == {"b", "e"}
    assert borrower()(mixed, {"good": GOOD}, only="exy").keys() == {"e"}
    assert borrower()(mixed, {"good": GOOD}, only="") == {}


def test_nothing_is_borrowed_where_nothing_is_doubted():
    assert borrower()(GOOD, {"bad": BAD_B, "other": GOOD}) == {}


class Sure(FontReader):
    """Reads all as it was meant."""

    def read(self, lines: Any) -> list[Read]:
        return [Read(line.text, CHARSET) for line in lines]


def test_what_readers_doubt_on_average_counts():
    alone = borrower()(BAD_B, {"good": GOOD})["b"].before
    beside = borrower(FontReader(), Sure())(BAD_B, {"good": GOOD})["b"].before
    assert beside == pytest.approx(alone / 2, rel=0.05)
    assert borrower(Sure())(BAD_B, {"good": GOOD}) == {}


def test_the_usual_lines_hold_what_a_model_can_write_of_each_letter():
    lines = usual_lines(string.ascii_letters + " ")
    assert set(string.ascii_letters) <= set("".join(lines)) <= set(string.ascii_letters + " ")
    for letter in string.ascii_letters:
        assert sum(line.count(letter) for line in lines) >= 3, letter
    assert set("0123456789.,'-?!") <= set("".join(usual_lines(string.printable)))


def test_what_is_done_is_told_as_it_goes():
    heard = []

    def hear(what: str, done: int, of: int) -> None:
        heard.append((what, done <= of))

    borrower()(BAD_B, {"good": GOOD}, progress=hear)
    assert {what for what, _ in heard} == {"writing", "reading"}
    assert all(within for _, within in heard)
