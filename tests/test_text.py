"""Any text, brought to what a model can write."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth.alphabet import Alphabet
from hwsynth.characters import ALIKE, MARKS, SPELT, STRUCK
from hwsynth.errors import DataError, UsageError
from hwsynth.text import Accent, read_text, writable

PLAIN = Alphabet(string.ascii_letters + string.digits + " .,;:?!'\"()-/$&")


@pytest.mark.parametrize(
    ("given_text", "written"),
    [
        ("plain, as it is", "plain, as it is"),
        ("“Quoted” ‘so’ „or so“ «or so»", '"Quoted" \'so\' "or so" "or so"'),
        ("wait… don’t", "wait... don't"),
        ("1914–18, yes—no, yes — no", "1914-18, yes - no, yes - no"),
        ("ﬁne ﬂow", "fine flow"),
        ("ｗｉｄｅ Ⅳ m² ①", "wide IV m2 1"),
        ("½ and 1½ and 10⅔", "1/2 and 1 1/2 and 10 2/3"),
        ("Straße, STRAßE", "Strasse, STRASSE"),
        ("Ærø ÆRØ œuvre Þór", "Aero AERO oeuvre Thor"),
        ("20 °C, €5, ©", "20 deg C, EUR 5, (c)"),
        ("no\u00a0break, thin\u2009space,\ttab", "no break, thin space, tab"),
        ("soft\u00adhyphen, zero\u200bwidth, \ufeffmark", "softhyphen, zerowidth, mark"),
        ("  two  spaces  ", "two spaces"),
        ("one\r\ntwo\rthree\u2028four\n\nfive\n\n", "one\ntwo\nthree\nfour\n\nfive"),
        ("\n\n  first", "first"),
        ("Привет, friend", ", friend"),
    ],
)
def test_a_text_becomes_what_can_be_written(given_text, written):
    assert writable(given_text, PLAIN).text == written


@pytest.mark.parametrize("composed", ["Zoë", "Zoe\u0308"])
def test_marks_are_drawn_on_the_letter_that_is_written(composed):
    result = writable(f"dear {composed},", PLAIN)
    assert result.text == "dear Zoe,"
    assert result.accents == (Accent(7, "\u0308"),)
    assert [str(each) for each in result.replaced] == ["ë as e, its diaeresis drawn"]


@pytest.mark.parametrize("composed", ["Zoë", "Zoe\u0308"])
def test_what_the_model_has_is_kept(composed):
    result = writable(composed, Alphabet("Zoë"))
    assert (result.text, result.accents, result.replaced) == ("Zoë", (), ())


def test_no_more_marks_are_drawn_than_are_lacking():
    result = writable("ế", Alphabet("eê"))
    assert (result.text, result.accents) == ("ê", (Accent(0, "\u0301"),))
    assert len(writable("ế", Alphabet("e")).accents) == 2


def test_a_stroke_through_a_letter_is_drawn():
    result = writable("Łódź", PLAIN)
    assert result.text == "Lodz"
    assert [accent.place for accent in result.accents] == [0, 1, 3]


def test_typographic_characters_are_kept_where_the_model_has_them():
    assert writable("‘a’—b", Alphabet("ab‘’—")).text == "‘a’—b"


def test_a_replacement_must_be_writable_itself():
    result = writable("“a”", Alphabet("a'"))
    assert result.text == "''a''"
    assert [each.character for each in writable("a…", Alphabet("a")).missing] == ["…"]


def test_what_is_left_out_is_counted_and_named():
    result = writable("a ж b\nжж \u0007", PLAIN)
    assert result.text == "a b"
    assert [str(each) for each in result.missing] == [
        "'ж' (U+0436 CYRILLIC SMALL LETTER ZHE), 3 times, first at line 1, column 3",
        r"'\x07' (U+0007 control character) at line 2, column 4",
    ]


def test_an_emoji_is_one_character():
    result = writable("hi 👩‍🚀, 👋🏽 and 🇩🇪!", PLAIN)
    assert result.text == "hi , and !"
    assert [each.character for each in result.missing] == ["👩‍🚀", "👋🏽", "🇩🇪"]


def test_a_byte_that_is_no_text_is_said_to_be_one():
    result = writable("a" + b"\xff".decode("utf-8", "surrogateescape"), PLAIN)
    assert "not UTF-8" in str(result.missing[0])


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200b\ufeff", "\t \r\n"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(UsageError, match="the text is empty"):
        writable(text, PLAIN)


def test_a_text_of_which_nothing_can_be_written_is_refused():
    with pytest.raises(UsageError, match=r"(?s)nothing of the text.*'字'.*These can: abc"):
        writable("字", PLAIN)
    with pytest.raises(UsageError, match="from left to right"):
        writable("שלום", PLAIN)


def test_strict_refuses_what_is_otherwise_left_out():
    assert writable("hi 👋", PLAIN).text == "hi"
    with pytest.raises(UsageError, match="WAVING HAND SIGN"):
        writable("hi 👋", PLAIN, strict=True)
    assert writable("“hi” Zoë", PLAIN, strict=True).text == '"hi" Zoe'


def test_a_long_list_is_cut():
    with pytest.raises(UsageError, match="and 15 more"):
        writable("абвгдежзийклмнопрстуфхцчш", PLAIN)


@given(st.text(max_size=60))
def test_what_comes_out_can_be_written(text):
    try:
        result = writable(text, PLAIN)
    except UsageError:
        return
    assert set(result.text) <= set(PLAIN.charset + "\n")
    assert "  " not in result.text
    assert all(line == line.strip(" ") for line in result.text.split("\n"))
    assert all(result.text[accent.place].isalpha() for accent in result.accents)
    assert all(accent.mark in MARKS for accent in result.accents)


@given(st.text(string.ascii_letters + ".,-", min_size=1, max_size=30))
def test_a_text_of_the_model_stays_as_it_is(text):
    result = writable(text, PLAIN)
    assert (result.text, result.accents, result.replaced, result.missing) == (text, (), (), ())


def test_every_letter_with_a_stroke_gives_a_mark_that_can_be_drawn():
    assert all(unicodedata.combining(mark) for mark in MARKS)
    assert {text[1] for text in STRUCK.values()} <= set(MARKS)


def test_every_replacement_can_be_written_with_plain_characters():
    for character in [*ALIKE, *STRUCK, *SPELT]:
        if character not in "•→":
            assert writable(character, PLAIN).missing == ()


def test_a_text_is_read_from_a_file(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_bytes("\ufeffZoë,\r\nhello".encode())
    assert read_text(file) == "Zoë,\r\nhello"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Zo\xeb", "is not UTF-8: byte 2 is 0xeb; save it as UTF-8"),
        (b"a" * (2**20 + 1), "is longer than a text may be"),
        (None, "cannot read the text"),
    ],
)
def test_a_file_that_is_no_text_is_refused(data, message, tmp_path):
    file = tmp_path / "letter.txt"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_text(file)
