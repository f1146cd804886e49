"""Parts of lines put together: each character keeps its ink, and stands where it can be read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth import Ink, UsageError
from hwsynth.preparation import prepare
from hwsynth.recombined_lines import MOST_JOINTS, WELL_ALIGNED, recombined
from hwsynth.run_options import PreparationOptions
from small_corpus import corpus_of

texts = st.lists(st.text("abcdef ", min_size=2, max_size=20), min_size=1, max_size=4)


def shape(character: str) -> np.ndarray:
    """(3, 3) a stroke as none but that character has."""
    high = 0.1 + ord(character) % 16 / 10
    return np.array([[0, 0, 0], [1, high, 0], [2, high / 2, 1]], np.float32)


def drawn(text: str, **fields: object) -> Ink:
    """Characters side by side, 3 apart, spaces 4 more; the line stands anywhere."""
    strokes, x = [], 100.0 * len(text)
    for character in text:
        if character == " ":
            x += 4
        else:
            strokes.append(shape(character) + np.array([x, 7 * len(text), 0], np.float32))
            x += 3
    given = {"id": "page-1", "score": 0.0, "text": text, **fields}
    points = np.concatenate(strokes)
    return Ink(points, char_end=points[:, 2] == 1, **given)


def lines_of(drafts: list[str]) -> list[Ink]:
    whole = [text.strip() for text in drafts if len(text.replace(" ", "")) > 1]
    return [drawn(text, id=f"page-{number}") for number, text in enumerate(whole)]


@given(texts, st.integers(0, 9))
def test_every_character_keeps_its_ink_and_a_line_no_longer_than_others(drafts, seed):
    inks = lines_of(drafts)
    for ink in recombined(inks, 3, seed):
        characters = ink.text.replace(" ", "")
        strokes = np.split(ink.points, np.flatnonzero(ink.char_end) + 1)[:-1]
        assert len(strokes) == len(characters)
        for character, stroke in zip(characters, strokes, strict=True):
            np.testing.assert_allclose(
                np.ptp(stroke[:, :2], axis=0), np.ptp(shape(character)[:, :2], axis=0), atol=1e-3
            )
        assert len(ink.text) <= max(len(each.text) for each in inks)
        assert ink.text[:1] in {each.text[:1] for each in inks}


def test_parts_stand_as_far_apart_as_they_did_and_at_the_height_of_the_line():
    inks = [drawn("abcabc abc", id="page-1"), drawn("cab acbcab bcaabc", id="page-2")]
    for ink in recombined(inks, 20):
        after = ink.points[1:][ink.char_end[:-1]]
        steps = after[:, 0] - ink.points[:-1][ink.char_end[:-1], 0]
        spaces = [
            before == " "
            for before, character in zip(ink.text, ink.text[1:], strict=False)
            if character != " "
        ]
        np.testing.assert_allclose(steps, np.where(spaces, 5, 1), atol=1e-3)
        # Of a, b and c alone, medians of heights differ by little.
        assert np.ptp(ink.points[:, 1]) < 0.5


def test_there_are_as_many_as_asked_for_and_the_same_ones_again():
    inks = [drawn("abcdef abc", id="page-1"), drawn("fedcba cba", id="page-2")]
    made = list(recombined(inks, 5))
    assert [ink.id for ink in made] == [f"page-{line}+{n}" for n in range(1, 6) for line in (1, 2)]
    assert len({ink.text for ink in made}) > 5
    for ink, again in zip(made, recombined(inks, 5), strict=True):
        np.testing.assert_array_equal(ink.points, again.points)
    assert all(ink.times is None for ink in made)
    assert MOST_JOINTS > 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"writer": "ann"}, {"writer": "ben"}),
        ({"id": "a01-000u-01"}, {"id": "a01-000x-01"}),
    ],
)
def test_nothing_is_taken_from_another_hand(one, other):
    made = list(recombined([drawn("aaaa aaaa", **one), drawn("bbbb bbbb", **other)], 9))
    assert made
    assert all(len(set(ink.text) - {" "}) == 1 for ink in made)


def test_lines_by_one_writer_are_of_one_hand_whatever_they_are_called():
    inks = [drawn("aaaa", id="x", writer="ann"), drawn("bbbb", id="y", writer="ann")]
    assert any(len(set(ink.text)) == 2 for ink in recombined(inks, 9))


def late_bar(ink: Ink, back: float) -> Ink:
    """With a bar at the end that reaches back so far from the line's right end."""
    right = ink.points[:, 0].max()
    bar = np.array([[right - back, 0, 0], [right - back + 1, 0, 1]], np.float32)
    ends = ink.char_end.copy()
    ends[-1] = False
    points = np.concatenate([ink.points, bar])
    return dataclasses.replace(ink, points=points, char_end=np.append(ends, [False, True]))


def test_a_line_is_not_cut_where_a_stroke_was_made_late():
    assert not list(recombined([late_bar(drawn("abcabc"), 16)], 9))
    assert list(recombined([late_bar(drawn("abcabc"), 3)], 9))


@pytest.mark.parametrize(
    "change", [{"score": WELL_ALIGNED - 0.1}, {"char_end": None}, {"text": "ab"}]
)
def test_what_is_not_known_to_be_well_aligned_stays_whole(change):
    ink = drawn("abcabc abc")
    assert list(recombined([ink], 9))
    assert not list(recombined([dataclasses.replace(ink, **change)], 9))


def test_a_corpus_gains_lines_to_learn_from_and_none_to_be_judged_by():
    inks = [
        drawn(f"abc{letter} {letter}cba", id=f"page-{line}", split=split, writer="ann")
        for line, (letter, split) in enumerate(
            [("d", "learn"), ("e", "check"), ("f", "keep"), ("a", "learn")]
        )
    ]
    corpus = corpus_of(inks)
    prepared = prepare(corpus, PreparationOptions(recombined=3))
    assert prepared.split_sizes == {"learn": 8, "check": 1, "keep": 1}
    assert set("".join(prepared.texts[line] for line in prepared.lines_in("train"))) == set("abcd ")
    assert prepared.ids[:4] == corpus.ids


def test_ends_that_a_corpus_knows_have_no_score_and_serve():
    assert list(recombined([drawn("abcabc abc", score=None)], 1))


def test_where_no_end_of_a_character_is_known_it_is_refused():
    ink = dataclasses.replace(drawn("abc", split="learn"), char_end=None)
    with pytest.raises(UsageError, match=r"recombined=3 takes lines apart .* with hwsynth align"):
        prepare(corpus_of([ink]), PreparationOptions(recombined=3))


def test_ink_that_is_to_be_read_is_brought_to_the_form_of_lines_and_not_taken_apart():
    assert PreparationOptions(recombined=3).form == PreparationOptions()
