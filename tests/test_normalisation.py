"""The numbers that a model sees: known ones, there and back, and what cannot be measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hwsynth import DataError
from hwsynth.normalisation import Normalisation
from small_corpus import corpus_of, ink_of

MOVES = [(1, 10), (3, -10), (1, 10), (3, -10)]
finite = st.floats(-1e4, 1e4, width=32)
scale = st.floats(0.01, 1e3)


def test_mean_and_standard_deviation_are_those_of_the_offsets_without_the_null_first_row():
    corpus = corpus_of([ink_of(MOVES[:1], id="a"), ink_of(MOVES[1:], id="b")])
    normalisation = Normalisation.of(corpus, [0, 1])
    assert normalisation.mean == pytest.approx((2, 0))
    assert normalisation.sd == pytest.approx((1, 10))


def test_only_the_lines_given_are_measured():
    corpus = corpus_of([ink_of([(900, 900), (7, 7)], id="a"), ink_of(MOVES, id="b")])
    assert Normalisation.of(corpus, [1]).sd == pytest.approx((1, 10))


def test_the_jump_from_one_line_to_the_next_is_no_offset():
    far = ink_of(MOVES, id="a").points + np.float32([5000, 5000, 0])
    corpus = corpus_of([ink_of(MOVES, id="a"), type(ink_of(MOVES))(far, id="b")])
    assert Normalisation.of(corpus, [0, 1]).sd == pytest.approx((1, 10))


def test_normalised_training_offsets_have_mean_0_and_standard_deviation_1(formula_corpus):
    lines = formula_corpus.lines_in("train")
    normalisation = Normalisation.of(formula_corpus, lines)
    moves = [normalisation.rows(formula_corpus[line].offsets()[1:])[:, :2] for line in lines]
    everything = np.concatenate(moves).astype(np.float64)
    np.testing.assert_allclose(everything.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(everything.std(axis=0), 1, atol=1e-6)


@given(
    moves=st.lists(st.tuples(finite, finite, st.sampled_from([0.0, 1.0])), min_size=1),
    mean=st.tuples(finite, finite),
    sd=st.tuples(scale, scale),
)
def test_offsets_come_back_from_rows_within_rounding(moves, mean, sd):
    normalisation = Normalisation(mean=mean, sd=sd)
    offsets = np.array(moves)
    back = normalisation.offsets(normalisation.rows(offsets))
    allowed = 1e-6 * (np.abs(offsets).max() + np.abs(mean).max() + 1)
    np.testing.assert_allclose(back, offsets, atol=allowed)
    np.testing.assert_array_equal(back[:, 2], offsets[:, 2])


def test_clipping_bounds_what_is_measured_and_what_is_seen():
    corpus = corpus_of([ink_of([*MOVES, (1000, -1000)], id="a")])
    normalisation = Normalisation.of(corpus, [0], clip=10)
    clipped = np.array([*MOVES, (10, -10)])
    assert normalisation.mean == pytest.approx(tuple(clipped.mean(axis=0)))
    assert normalisation.sd == pytest.approx(tuple(clipped.std(axis=0)))
    rows = normalisation.rows(np.array([[1000, -1000, 1], [10, -10, 1]]))
    np.testing.assert_array_equal(rows[0], rows[1])
    assert rows[0, 2] == 1


def test_one_unit_is_as_many_standard_deviations_as_it_is():
    assert Normalisation(mean=(5, 5), sd=(2, 4)).unit == (0.5, 0.25)


def test_large_means_do_not_swallow_a_small_spread():
    moves = [(1e5 + step, step) for step in (-1, 1, -1, 1)]
    points = np.cumsum([(0, 0), *moves], axis=0)
    assert np.abs(points).max() < 2**24, "or float32 points would not hold whole numbers"
    normalisation = Normalisation.of(corpus_of([ink_of(moves, id="a")]), [0])
    assert normalisation.sd == pytest.approx((1, 1))


@pytest.mark.parametrize(
    "moves",
    [
        pytest.param([], id="a single point"),
        pytest.param([(1, 2)], id="a single offset"),
        pytest.param([(3, 1), (3, 2), (3, 5)], id="all alike in x"),
        pytest.param([(1, 0.1), (2, 0.1), (4, 0.1), (5, 0.1)], id="alike but for rounding in y"),
    ],
)
def test_lines_with_too_few_or_too_like_offsets_are_refused(moves):
    corpus = corpus_of([ink_of(moves, id="a")])
    with pytest.raises(DataError, match=r"too few or too alike.*give more lines"):
        Normalisation.of(corpus, [0])


@pytest.mark.parametrize("sd", [(0.0, 1.0), (1.0, -1.0), (float("inf"), 1.0)])
def test_a_standard_deviation_that_nothing_can_be_divided_by_is_refused(sd):
    with pytest.raises(ValidationError, match="sd"):
        Normalisation(mean=(0, 0), sd=sd)
