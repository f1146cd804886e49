"""Writing in the manner of a real line, by stand-ins for the models."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from faked_reader import PREPARATION, FakedReader
from font_loop import CHARSET, NORMALISATION, FontReader, Read, font_writer
from hwsynth import DataError, Ink, UsageError
from hwsynth.alignment import ReaderRecord
from hwsynth.conditions import Conditions
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.legible_writing import LegibleWriter, Manner
from hwsynth.normalisation import Normalisation
from hwsynth.preparation import prepare_line
from hwsynth.priming import Prime, PrimedWriter, prime_of
from hwsynth.proofreading import Proofreader
from hwsynth.run_options import PreparationOptions
from hwsynth.styles import Style
from hwsynth.tracks import Track
from hwsynth.writing import Line
from small_corpus import corpus_of

STYLE = Style(np.zeros(2, np.float32))
TEXTS = ["the cat sat on a mat", "so it goes, and goes on", "in the end"]


def line(text: str, place: int = 0, **fields: Any) -> Line:
    return Line(text, STYLE, (place,), **fields)


def prime(text: str = "a real line") -> Prime:
    """Such a line, of its own seed."""
    return Prime(text, font_writer(spoilt=0.5).draw([line(text, 9)], bias=1, seed=77)[0].rows)


def primed(spoilt: float = 0.0, before: Prime | None = None) -> PrimedWriter:
    return PrimedWriter(font_writer(spoilt=spoilt), before or prime())


def test_the_pen_is_led_along_the_line_and_free_after_it():
    for track in primed().draw([line("a cat"), line("so on", 1)], bias=1, seed=3):
        rows = track.rows
        np.testing.assert_array_equal(rows[: len(prime().rows)], prime().rows)
        assert int(rows[len(prime().rows) :, 3].sum()) == 4


def test_what_is_written_is_the_wanted_text_alone():
    writer = primed()
    lines = [line(text, place) for place, text in enumerate(TEXTS)]
    inks = [
        writer.ink(each, track)
        for each, track in zip(lines, writer.draw(lines, bias=1, seed=3), strict=True)
    ]
    assert [ink.text for ink in inks] == TEXTS
    assert [read.text.strip() for read in FontReader().read(inks)] == TEXTS
    assert all(ink.char_end[-1] for ink in inks)


def test_the_ink_begins_where_the_pen_stood_at_the_end_of_the_line():
    (track,) = primed().draw([line("a cat")], bias=1, seed=3)
    ink = primed().ink(line("a cat"), track)
    whole = np.cumsum(track.rows[:, :2].astype(np.float64), axis=0)
    before = len(prime().rows)
    np.testing.assert_allclose(ink.points[:, 0], whole[before:, 0] - whole[before - 1, 0])
    np.testing.assert_allclose(ink.points[:, 1], whole[before:, 1], atol=1e-5)


def test_a_line_hangs_on_the_one_it_goes_on_from_where_the_model_does():
    """The text of that line is told, too: what follows a space stands apart."""
    (ink,) = LegibleWriter(primed(), None)(["cat"], [STYLE], Manner(seed=1))
    (alone,) = LegibleWriter(font_writer(), None)(["cat"], [STYLE], Manner(seed=1))
    assert ink.ink.points[0, 0] - alone.ink.points[0, 0] == 100


class Reader(FontReader):
    """Sees no space before a line, as real ones."""

    def read(self, lines: Any) -> list[Read]:
        return [Read(each.text.strip(), self.charset) for each in super().read(lines)]


def test_misread_words_are_written_anew_until_they_are_read_as_they_are():
    def misread(tries: int) -> list[int]:
        write = LegibleWriter(primed(0.12), Proofreader(Reader()))
        lines = write(TEXTS, [STYLE] * len(TEXTS), Manner(seed=1, tries=tries))
        assert Proofreader(Reader())([each.ink for each in lines]) == [each.proof for each in lines]
        return [len(each.misread) for each in lines]

    assert sum(misread(0)) >= 3
    assert misread(9) == [0, 0, 0]


def test_a_word_is_written_anew_after_all_that_came_before_it():
    """The line that is gone on from, and the words before it."""
    held: list[Track] = []

    class Writer(PrimedWriter):
        def draw(self, lines: Any, **how: Any) -> Any:
            held.extend(each.held for each in lines if each.held is not None)
            return super().draw(lines, **how)

    write = LegibleWriter(Writer(font_writer(spoilt=1.0), prime()), Proofreader(Reader()))
    write(["ab cd"], [STYLE], Manner(seed=2, tries=1))
    (track,) = primed(1.0).draw([line("ab cd")], bias=1, seed=2)
    before = len(prime().rows)
    assert [len(each) for each in held] == [before, before + 2 * 3]
    for each in held:
        np.testing.assert_array_equal(each.rows, track.rows[: len(each)])


def test_the_seed_and_the_line_decide_what_is_written():
    def points(seed: int, before: Prime) -> bytes:
        writer = PrimedWriter(font_writer(spoilt=0.3), before)
        (written,) = LegibleWriter(writer, None)(["a cat"], [STYLE], Manner(seed=seed))
        return written.ink.points.tobytes()

    assert points(4, prime()) == points(4, prime())
    assert points(4, prime()) != points(5, prime())
    # Another line has other points, and so other numbers follow it.
    assert points(4, prime()) != points(4, prime("a longer real line"))


def test_a_text_of_spaces_is_refused_though_the_line_has_ink():
    with pytest.raises(DataError, match="no character to be written"):
        primed().draw([line("  ")], bias=1, seed=1)


def test_attention_is_that_on_the_wanted_text():
    (written,) = LegibleWriter(primed(), None)(["a cat"], [STYLE], Manner(seed=1))
    (seen,) = primed().attention([written.ink], [STYLE])
    assert seen.shape == (len(written.ink), len("a cat") + 1)
    assert seen.argmax(axis=1).tolist() == [0] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    np.testing.assert_array_equal(seen.sum(axis=1), 1)


def test_all_that_is_told_is_the_prime_and_the_line_after_it():
    (written,) = LegibleWriter(primed(), None)(["a cat"], [STYLE], Manner(seed=1))
    told = primed().told(written.ink, STYLE)
    assert told.ink.text == f"{prime().text} a cat"
    # The origin, the prime, the line.
    assert told.first == 1 + len(prime().rows)
    moved = told.ink.points[told.first :] - written.ink.points
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), atol=1e-3)
    assert told.given.keys() == font_writer().told(written.ink, STYLE).given.keys()


class Told:
    """A writer that has drawn a whole line, with ends where a window had come to them."""

    normalisation = NORMALISATION

    def __init__(self, *ends: int) -> None:
        points = np.zeros((10, 3))
        points[:, 0] = np.arange(10)
        points[[4, 9], 2] = 1
        self.whole = Ink(points, char_end=np.isin(np.arange(10), ends), text="ab cd")

    def ink(self, line: Line, rows: Any, seed: int) -> Ink:
        return self.whole


def cut(*ends: int) -> Ink:
    """Five points of "ab", and "cd" after them."""
    writer = PrimedWriter(Told(*ends), Prime("ab", np.zeros((5, 4), np.float32)))  # type: ignore[arg-type]
    return writer.ink(line("cd"), np.zeros((10, 4), np.float32))


def test_until_a_window_has_left_the_line_what_is_drawn_is_none_of_the_wanted():
    on_time, late = cut(2, 4, 7, 9), cut(2, 6, 7, 9)
    assert on_time.points[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert late.points[:, 0].tolist() == [3, 4, 5]
    assert late.char_end.tolist() == [True, False, True]


def test_a_character_that_a_window_has_passed_over_by_then_has_one_point():
    assert cut(1, 2, 4, 9).char_end.tolist() == [True, False, False, False, True]


def test_a_window_that_has_passed_over_the_text_by_then_is_named():
    rows = np.zeros((10, 4), np.float32)
    writer = PrimedWriter(Told(0, 1, 8, 9), Prime("ab", rows[:9]))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"was past 'cd' before .* does not follow that one"):
        writer.ink(line("cd"), rows)


def own_line() -> Ink:
    """A line that could be anybody's, with its text and known ends."""
    return next(each for each in Synthetic(lines=3, writers=3).read(None) if isinstance(each, Ink))


def hand(text: str, charset: str = "", **fields: Any) -> Any:
    """As far as a line is prepared for it."""
    record = SimpleNamespace(
        preparation=PREPARATION, normalisation=Normalisation(mean=(0.3, 0.1), sd=(0.5, 0.7))
    )
    conditions = Conditions(text, charset or "".join(sorted({*str(own_line().text), " "})))
    return SimpleNamespace(**{"record": record, "conditions": conditions, "reader": None, **fields})


def offsets_of(found: Prime) -> np.ndarray:
    normalisation = hand("window").record.normalisation
    return normalisation.offsets(found.rows)[:, :2]


def test_rows_are_those_of_the_line_in_the_form_that_the_model_learnt():
    found = prime_of(own_line(), hand("window"), None)  # type: ignore[arg-type]
    prepared = prepare_line(own_line(), PREPARATION)
    moves = np.diff(prepared.points[:, :2].astype(np.float64), axis=0)
    np.testing.assert_allclose(offsets_of(found), moves, atol=1e-5)
    np.testing.assert_array_equal(found.rows[:, 2], prepared.points[1:, 2])
    assert found.text == own_line().text
    assert found.rows[:, 3].nonzero()[0].tolist() == [len(found.rows) - 1]
    assert found.rows[-1, 3] == found.characters


def test_a_model_that_is_told_of_ends_is_told_those_that_the_reader_finds(monkeypatch):
    named = dataclasses.replace(own_line(), id="1: mine")
    charset = "".join(sorted(set(str(named.text))))
    reader = FakedReader(corpus_of([named], Synthetic()), charset, spread=0.0)
    monkeypatch.setattr("hwsynth.own_lines.reader_of", lambda *given: reader)
    monkeypatch.setattr(
        "hwsynth.own_lines.record_of_reader",
        lambda path: ReaderRecord(name="faked", weights="", licences=()),
    )
    bare = dataclasses.replace(own_line(), id="mine", char_end=None)
    found = prime_of(bare, hand("aligned", reader=Path("reader")), None)  # type: ignore[arg-type]
    known = prepare_line(own_line(), PREPARATION)
    places = np.cumsum(offsets_of(found), axis=0)[found.rows[:, 3] > 0]
    assert len(places) == found.characters
    apart = np.linalg.norm(
        places - (known.points[known.char_end, :2] - known.points[0, :2]), axis=1
    )
    assert np.median(apart) < PREPARATION.spacing


def test_a_hand_that_is_told_of_ends_needs_a_reader():
    with pytest.raises(UsageError, match="have to be aligned: give a run that reads with --reader"):
        prime_of(own_line(), hand("aligned"), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "does not say what is written"),
        (" ", "does not say what is written"),
        ("for 5 €", "EURO SIGN"),
        ("m" * 20_000, "must have one a character, 20,000"),
    ],
)
def test_a_line_that_cannot_be_gone_on_from_is_named(text, words):
    with pytest.raises(DataError, match=words):
        prime_of(dataclasses.replace(own_line(), text=text), hand("window", CHARSET), None)  # type: ignore[arg-type]


def test_a_line_of_too_many_points_is_refused():
    record = SimpleNamespace(preparation=PreparationOptions(), normalisation=NORMALISATION)
    points = np.zeros((20_000, 3), np.float32)
    points[:, 0] = np.arange(20_000)
    points[-1, 2] = 1
    long = Ink(points, text="long")
    with pytest.raises(DataError, match=r"'long' has 19,999 points .* at most 10,000"):
        prime_of(long, hand("window", CHARSET, record=record), None)  # type: ignore[arg-type]
