"""Prepared corpora and lines: known numbers, what must hold for any ink, the cache, and drops."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hwsynth import DataError, Ink, UsageError, corpus_table
from hwsynth.corpus import Corpus
from hwsynth.line_measure import measure
from hwsynth.normalisation import Normalisation
from hwsynth.preparation import (
    PreparationOptions,
    prepare,
    prepare_line,
    without_origin,
    writer_spreads,
)
from hwsynth.settings import build_options
from scribbles import plain_measure, row, scribbles
from small_corpus import Formula, corpus_of, small_corpus

EVERYTHING = PreparationOptions(resample="arc", spacing=0.6, level=True, unit="writer", origin=True)


def line(size: float = 1, **fields: object) -> Ink:
    """A zigzag `size` times as large as `row`, as a line of a corpus."""
    points = row().points * [size, size, 1]
    return Ink(points, **{"id": "a", "split": "learn", **fields})  # type: ignore[arg-type]


def xy(ink: Ink) -> np.ndarray:
    return ink.points[:, :2].astype(np.float64)


@pytest.fixture
def cached(tmp_path):
    """Prepares, with the cache in tmp_path."""

    def prepare_(corpus: Corpus, options: PreparationOptions = EVERYTHING, **how) -> Corpus:
        return prepare(corpus, options, cache_folder=tmp_path, **how)

    return prepare_


def test_by_default_the_corpus_comes_back_itself(formula_corpus, cached, tmp_path):
    assert cached(formula_corpus, PreparationOptions()) is formula_corpus
    assert not list(tmp_path.iterdir())


def test_level_shears_by_the_fitted_slope_and_leaves_x(formula_corpus):
    ink = Ink(row(slope=0.2, height=2).points)
    slope, _, _ = plain_measure(ink.points)
    level = prepare_line(ink, PreparationOptions(level=True))
    x, y = xy(ink).T
    np.testing.assert_array_equal(level.points[:, 0], ink.points[:, 0])
    assert level.points[:, 1] == pytest.approx(y - slope * (x - x.mean()), abs=1e-4)
    assert measure(level.points).slope == pytest.approx(0, abs=1e-6)


@given(scribbles())
def test_to_level_twice_is_to_level_once(ink):
    once = prepare_line(ink, PreparationOptions(level=True))
    twice = prepare_line(once, PreparationOptions(level=True))
    assert xy(twice) == pytest.approx(xy(once), abs=1e-4)


def test_a_line_in_its_own_unit_has_a_spread_of_one(formula_corpus, cached):
    found = cached(formula_corpus, PreparationOptions(unit="line"))
    assert [measure(ink.points).spread for ink in found] == pytest.approx([1] * len(found))
    _, _, spread = plain_measure(formula_corpus[3].points)
    assert xy(found[3]) == pytest.approx(xy(formula_corpus[3]) / spread, rel=1e-6)


def test_lines_of_a_writer_keep_their_sizes_beside_each_other(cached):
    sizes = {"a": 1, "b": 2, "c": 5}
    lines = [line(size, id=id, writer="ann") for id, size in sizes.items()]
    corpus = corpus_of([*lines, line(40, id="d", writer="ben"), line(7, id="e")])
    found = cached(corpus, PreparationOptions(unit="writer"))
    spreads = [measure(ink.points).spread for ink in found]
    assert spreads == pytest.approx([0.5, 1, 2.5, 1, 1])
    own = measure(row().points).spread
    assert writer_spreads(corpus) == pytest.approx({"ann": 2 * own, "ben": 40 * own})


def test_a_dot_is_measured_by_its_writers_lines_and_dropped_where_there_is_none(cached):
    dot = Ink(np.array([[3, 4, 1]]))
    dots = [
        dataclasses.replace(dot, id=id, writer=writer)
        for id, writer in (("by ann", "ann"), ("by cy", "cy"), ("by nobody", None))
    ]
    found = cached(corpus_of([line(writer="ann"), *dots]), PreparationOptions(unit="writer"))
    assert found.ids == ["a", "by ann"]
    spread = measure(row().points).spread
    assert xy(found[1]) == pytest.approx(np.array([[3, 4]]) / spread)
    assert found.dropped == {"no height to measure": 2}
    assert [drop.source for drop in found.drops] == ["by cy", "by nobody"]


def test_what_was_dropped_before_stays_counted(tmp_path, cached):
    from hwsynth import Dropped

    read = [Dropped("page 3", "torn"), line()]
    corpus = Corpus(corpus_table.build(Formula(), read))
    assert cached(corpus, PreparationOptions(level=True)).dropped == {"torn": 1}


def test_spacing_is_in_the_unit_that_lengths_are_in(formula_corpus):
    ink = formula_corpus[0]
    spread = measure(ink.points).spread
    for unit, most in (("corpus", 4.0), ("line", 0.4)):
        found = prepare_line(ink, PreparationOptions(resample="arc", spacing=most, unit=unit))
        steps = [np.hypot(*np.diff(s.astype(np.float64), axis=0).T) for s in found.strokes()]
        assert max(map(np.max, steps)) <= most * 1.0001
    fine = prepare_line(ink, PreparationOptions(resample="arc", spacing=4.0))
    same = prepare_line(ink, PreparationOptions(resample="arc", spacing=4 / spread, unit="line"))
    assert xy(same) * spread == pytest.approx(xy(fine), rel=1e-4, abs=1e-4)


def test_the_origin_is_a_stroke_of_one_point_at_the_lines_middle(formula_corpus):
    ink = line(char_end=np.arange(41) % 10 == 9, times=np.arange(41) * 0.5)
    _, middle, _ = plain_measure(ink.points)
    found = prepare_line(ink, PreparationOptions(origin=True))
    assert found.points[0] == pytest.approx([0, middle, 1], rel=1e-6)
    np.testing.assert_array_equal(found.points[1:], ink.points)
    assert (found.char_end[0], found.times[0]) == (False, 0)
    bare = without_origin(found)
    for name in ("points", "times", "char_end"):
        np.testing.assert_array_equal(getattr(bare, name), getattr(ink, name))


@pytest.mark.parametrize("level", [False, True])
def test_the_origin_stands_on_the_fitted_slope_at_the_first_x(level):
    ink = Ink(row(slope=0.2, height=2).points + np.array([30, 0, 0]))
    slope, middle, _ = plain_measure(ink.points)
    about = slope * ink.points[:, 0].mean() if level else slope * 30
    found = prepare_line(ink, PreparationOptions(origin=True, level=level))
    assert found.points[0] == pytest.approx([30, middle + about, 1], rel=1e-5)


def test_lines_are_chosen_by_the_score_of_their_alignment(cached):
    scores = {"good": -0.5, "just": -2.0, "bad": -2.01, "not aligned": None}
    corpus = corpus_of([line(id=id, score=score) for id, score in scores.items()])
    found = cached(corpus, PreparationOptions(min_score=-2))
    assert (found.ids, found.scores) == (["good", "just"], [-0.5, -2.0])
    assert found.dropped == {"aligned with a score below -2": 1, "not aligned": 1}
    with pytest.raises(UsageError, match="no line of 'formula' is aligned"):
        cached(small_corpus(), PreparationOptions(min_score=-2))
    with pytest.raises(DataError, match="gives no line"):
        cached(corpus, PreparationOptions(min_score=1))


def test_lines_without_usable_times_are_dropped_from_what_is_resampled_by_time(cached):
    times = np.arange(41) * 0.01
    corpus = corpus_of([line(id="a", times=times), line(id="b"), line(id="c", times=-times)])
    found = cached(corpus, PreparationOptions(resample="time", spacing=0.02))
    assert (found.ids, found.dropped) == (["a"], {"no time to resample by": 2})
    assert found[0].times == pytest.approx(np.arange(21) * 0.02)


@settings(max_examples=50)
@given(
    st.lists(scribbles(), min_size=1, max_size=4),
    st.sampled_from(["arc", "time"]),
    st.sampled_from(["corpus", "line", "writer"]),
    st.booleans(),
    st.booleans(),
)
def test_a_line_alone_is_prepared_as_in_its_corpus(
    tmp_path_factory, inks, resample, unit, level, origin
):
    options = PreparationOptions(
        resample=resample, spacing=0.5, unit=unit, level=level, origin=origin
    )
    first = line(id="first", writer="ann", times=np.arange(41) * 0.1)
    corpus = corpus_of(
        [first, *(dataclasses.replace(ink, id=f"{i}", writer="ann") for i, ink in enumerate(inks))]
    )
    prepared = prepare(corpus, options, cache_folder=tmp_path_factory.mktemp("cache"))
    spread = writer_spreads(corpus)["ann"]
    for ink in prepared:
        alone = prepare_line(corpus.find(ink.id), options, spread)
        for name in ("points", "times", "char_end"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(ink, name))


@given(scribbles(), st.sampled_from([0.25, 3, 200]))
def test_a_line_in_its_own_unit_is_the_same_whatever_size_it_was(ink, size):
    options = PreparationOptions(unit="line", level=True, origin=True)
    spread = measure(ink.points).spread
    if spread is None or spread < 0.1:
        return
    larger = dataclasses.replace(ink, points=ink.points * np.array([size, size, 1], np.float32))
    once, again = prepare_line(ink, options), prepare_line(larger, options)
    assert xy(again) == pytest.approx(xy(once), rel=1e-4, abs=1e-3)


def test_a_prepared_corpus_differs_in_fingerprint_and_knows_the_pens_unit(formula_corpus, cached):
    found = cached(formula_corpus)
    assert found.fingerprint != formula_corpus.fingerprint
    assert found.texts == formula_corpus.texts
    assert (found.name, found.licence, found.splits) == ("formula", Formula.licence, Formula.splits)
    spreads = [measure(ink.points).spread for ink in formula_corpus]
    assert found.pen_unit == pytest.approx(1 / np.median(spreads))
    heights = [ink.height for ink in found]
    assert found.line_height == pytest.approx(np.median(heights))
    normalisation = Normalisation.of(found, found.lines_in("train"))
    assert normalisation.unit[0] == pytest.approx(found.pen_unit / normalisation.sd[0])


def test_a_prepared_corpus_is_made_once_for_each_corpus_and_choice(
    formula_corpus, cached, tmp_path
):
    seen: list[int] = []
    for _ in range(2):
        found = cached(formula_corpus, progress=lambda name, lines: seen.append(lines))
    assert seen == list(range(1, len(formula_corpus) + 1))
    assert not found.points.flags.writeable
    cached(formula_corpus, PreparationOptions(level=True))
    cached(small_corpus(lines=6))
    assert len(list(tmp_path.glob("formula-*.arrow"))) == 3


def test_a_line_that_cannot_be_prepared_is_told_why():
    dot = Ink(np.array([[3, 4, 1]]), id="dot")
    with pytest.raises(DataError, match="dot cannot be prepared: no height to measure"):
        prepare_line(dot, EVERYTHING)
    by_time = PreparationOptions(resample="time", spacing=0.02)
    with pytest.raises(DataError, match="the line cannot be prepared: no time to resample by"):
        prepare_line(row(), by_time)
    far_too_fine = PreparationOptions(resample="arc", spacing=1e-9)
    with pytest.raises(UsageError, match=r"spacing=1e-09 cuts the line, .* give a wider one"):
        prepare_line(row(), far_too_fine)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"resample": "arc"}, "resample=arc needs a spacing"),
        ({"resample": "time"}, "such as 0.02"),
        ({"spacing": "0.6"}, "of no use without resampling"),
        ({"resample": "arc", "spacing": "0"}, "preparation.spacing=0: must be float > 0 or none"),
        ({"unit": "page"}, "corpus|line|writer"),
    ],
)
def test_options_that_do_not_go_together_are_refused(given, expected):
    with pytest.raises(UsageError) as error:
        build_options(PreparationOptions, given, section="preparation")
    assert expected in str(error.value)


def test_a_score_must_be_a_number():
    with pytest.raises(ValidationError):
        PreparationOptions(min_score=float("nan"))


def test_a_tokeniser_is_taken_out_of_texts_and_nothing_else_changes(cached):
    given_lines = [
        line(id="a", text="it didn ' t , then"),
        line(id="b", text="it did"),
        line(id="c"),
    ]
    corpus = corpus_of(given_lines)
    prepared = cached(corpus, PreparationOptions(text="untokenised"))
    assert prepared.texts == ["it didn't, then", "it did", None]
    np.testing.assert_array_equal(prepared.points, corpus.points)
    assert cached(prepared, PreparationOptions(text="as_is")) is prepared
