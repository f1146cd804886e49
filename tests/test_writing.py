"""Lines of text, drawn side by side, by a stand-in for a model."""

from __future__ import annotations

import numpy as np
import pytest

from font_loop import CONDITIONS, NORMALISATION, FontLoop, FontReader, font_writer
from hwsynth import DataError, UsageError
from hwsynth.conditions import Conditions
from hwsynth.styles import Style
from hwsynth.writing import SIDE_BY_SIDE, Line, TextWriter

STYLE = Style(np.zeros(2, np.float32))


def line(text: str, place: int = 0, **fields: object) -> Line:
    return Line(text, STYLE, (place,), **fields)  # type: ignore[arg-type]


def read(*inks: object) -> list[str]:
    return [each.text for each in FontReader().read(inks)]  # type: ignore[arg-type]


def test_texts_are_written_each_to_its_last_character():
    texts = ["a cat", "the dog, and so on", "b"]
    inks = font_writer()(texts, [STYLE] * 3)
    assert read(*inks) == texts
    assert [int(ink.char_end.sum()) for ink in inks] == [4, 14, 1]
    assert all(ink.char_end[-1] for ink in inks)


def test_words_end_with_the_pen_up():
    (ink,) = font_writer()(["ab cd"], [STYLE])
    ends = np.flatnonzero(ink.char_end)
    assert ink.points[ends[[1, 3]], 2].tolist() == [1, 1]


def test_a_line_is_the_same_whatever_is_written_beside_it():
    writer = font_writer(spoilt=0.3)
    texts = [f"line {'abcdefg'[i % 7] * (1 + i % 9)}" for i in range(SIDE_BY_SIDE + 9)]
    lines = [line(text, i) for i, text in enumerate(texts)]
    together = writer.draw(lines, bias=1, seed=3)
    for i in (0, 17, len(lines) - 1):
        (alone,) = writer.draw([lines[i]], bias=1, seed=3)
        np.testing.assert_array_equal(alone.rows, together[i].rows)


def test_seeds_and_places_draw_other_lines():
    writer = font_writer()
    drawn = [
        writer.draw([line("abc abc", place)], bias=1, seed=seed)[0].rows.tobytes()
        for place, seed in ((0, 0), (1, 0), (0, 1))
    ]
    assert len(set(drawn)) == 3


def test_the_pen_is_held_to_known_rows_and_free_after_them():
    writer = font_writer(spoilt=0.2)
    (first,) = writer.draw([line("one two three")], bias=1, seed=1)
    held = first.up_to(3 * 3)
    (again,) = writer.draw([line("one two three", 5, held=held, stop=6)], bias=1, seed=1)
    np.testing.assert_array_equal(again.rows[: len(held)], held.rows)
    assert int(again.rows[:, 3].sum()) == 6
    assert again.rows[len(held) :].tobytes() != first.rows[len(held) : len(again)].tobytes()


def test_lines_are_held_to_rows_of_their_own_beyond_a_piece():
    writer = font_writer()
    texts = ["a" * 60, "b" * 45 + " c"]
    drawn = writer.draw([line(text, i) for i, text in enumerate(texts)], bias=1, seed=1)
    held = [drawn[0].up_to(150), drawn[1].up_to(9)]
    lines = [line(text, 7 + i, held=held[i]) for i, text in enumerate(texts)]
    again = writer.draw(lines, bias=1, seed=1)
    for track, known in zip(again, held, strict=True):
        np.testing.assert_array_equal(track.rows[: len(known)], known.rows)
    assert [int(track.rows[:, 3].sum()) for track in again] == [60, 46]


def test_a_line_that_is_held_to_all_its_characters_is_those():
    writer = font_writer()
    (first,) = writer.draw([line("a" * 67)], bias=1, seed=1)
    whole = first.up_to(200)
    (again,) = writer.draw([line("a" * 67, 5, held=whole, stop=66)], bias=1, seed=1)
    np.testing.assert_array_equal(again.rows[:198], first.rows[:198])


def test_progress_counts_characters_up_to_the_end():
    heard: list[tuple[int, int]] = []
    lines = [line("abc def", i) for i in range(SIDE_BY_SIDE + 1)]
    font_writer().draw(lines, bias=0, seed=0, progress=lambda *far: heard.append(far))
    total = 6 * len(lines)
    assert heard[-1] == (total, total)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_a_model_that_comes_to_no_end_is_named():
    with pytest.raises(DataError, match=r"at character 2 of the 3 of 'abc'.* train it longer"):
        font_writer(never_ends="b")(["abc"], [STYLE])


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no character to be written"), ("  ", "no character"), ("x€", "EURO SIGN")],
)
def test_what_cannot_be_written_is_refused(text, words):
    with pytest.raises(DataError, match=words):
        font_writer()([text], [STYLE])


def test_a_model_without_text_is_refused():
    with pytest.raises(UsageError, match=r"learnt no text.*--text.*hwsynth sample"):
        TextWriter(FontLoop(), NORMALISATION, Conditions())


def test_a_model_without_styles_is_given_none():
    given: list[set[str]] = []

    class Loop(FontLoop):
        def start(self, rows: np.ndarray, told: dict) -> np.ndarray:
            given.append(set(told))
            return super().start(rows, told)

    TextWriter(Loop(), NORMALISATION, CONDITIONS)(["a"], None)
    assert given == [{"contexts"}]


def test_a_style_that_borrows_letters_is_told_character_by_character():
    given: list[np.ndarray] = []

    class Loop(FontLoop):
        def start(self, rows: np.ndarray, told: dict) -> np.ndarray:
            given.append(told["style"])
            return super().start(rows, told)

    own, other = np.array([1, 2], np.float32), np.array([3, 4], np.float32)
    styles = [Style(own), Style(own, {"b": other})]
    writer = TextWriter(Loop(), NORMALISATION, CONDITIONS)
    writer(["ab", "a bib"], styles)
    (told,) = given
    assert told.shape[0] == 2
    wanted = np.stack([own] * told.shape[1])
    np.testing.assert_array_equal(told[0], wanted)
    wanted[[1, 3]] = other
    np.testing.assert_array_equal(told[1], wanted)
    writer(["ab"], styles[:1])
    np.testing.assert_array_equal(given[1], [own])
