"""Evaluation: what a plain loop over each line gives, in the run's units and in Graves's."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth import DataError, Ink
from hwsynth.contracts import Task
from hwsynth.corpus import Corpus
from hwsynth.errors import RunError
from hwsynth.evaluation import PIECE, SIDE_BY_SIDE, Evaluator, Scores, report
from hwsynth.normalisation import Normalisation
from small_corpus import corpus_of, experiment, plugins, wave

LENGTHS = (2, 40, 1, PIECE, 7, PIECE + 1, PIECE + 2, 2 * PIECE + 40, 1)
"""Points of lines: dots, one target, and around whole pieces."""

KEYS = {
    "nats_per_sequence", "nats_per_point", "graves_nats_per_sequence",
    "graves_dequantised_nats_per_sequence", "sse_per_point", "sse_per_point_best", "sequences",
    "points", "dequantised_nats_per_sequence",
}  # fmt: skip


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Lines of all LENGTHS."""
    return corpus_of(Ink(wave(i, n), id=str(i), split="learn") for i, n in enumerate(LENGTHS))


@pytest.fixture(scope="module")
def evaluator(corpus: Corpus) -> Evaluator:
    """Of a model with its first weights."""
    return built(Normalisation.of(corpus, range(len(corpus))))


def built(normalisation: Normalisation, mixtures: int = 2) -> Evaluator:
    from hwsynth.model import build_model

    given = experiment(head=plugins().component("head", "mdn")(mixtures=mixtures, sigma_floor=0))
    model = build_model(given.core, given.head, given.model, task=Task(normalisation.unit), seed=1)
    return Evaluator(model, normalisation)


def plain(evaluator: Evaluator, corpus: Corpus, line: int) -> np.ndarray:
    """Sums over a line's targets, point by point: nats, squared errors."""
    model, head = evaluator.model, evaluator.model.head
    rows = evaluator.normalisation.rows(corpus[line].offsets())
    rows[0] = 0
    state, sums = model.initial_state(1), np.zeros(3)
    for row, target in itertools.pairwise(rows):
        params, state = model.step(row[None], state)
        errors = head.squared_error(params, target[None])
        sums += [float(numpy_of(x)[0]) for x in (head.loss(params, target[None]), *errors)]
    return sums


def found(scores: Scores) -> list[float]:
    return [scores.nats, scores.squared_error, scores.squared_error_best]


def test_figures_are_those_of_a_plain_loop_point_by_point(evaluator, corpus):
    lines = [0, 1, 4, 5]
    scores = evaluator(corpus, lines)
    expected = sum(plain(evaluator, corpus, line) for line in lines)
    assert found(scores) == pytest.approx(list(expected), rel=1e-4)
    assert scores.sequences == 4
    assert scores.points == sum(LENGTHS[line] - 1 for line in lines)


@pytest.mark.parametrize("line", [i for i, n in enumerate(LENGTHS) if n > 1])
def test_a_line_in_pieces_has_the_figures_of_the_whole_line(evaluator, corpus, line):
    from keras import ops

    rows = evaluator.normalisation.rows(corpus[line].offsets())
    rows[0] = 0
    params, _ = evaluator.model.unroll(rows[None, :-1])
    head = evaluator.model.head
    values = (head.loss(params, rows[None, 1:]), *head.squared_error(params, rows[None, 1:]))
    expected = [float(ops.convert_to_numpy(value).astype(np.float64).sum()) for value in values]
    assert found(evaluator(corpus, [line])) == pytest.approx(expected, rel=1e-4)


def test_lines_add_up_however_they_are_grouped_and_ordered(evaluator, corpus):
    lines = [line for line, n in enumerate(LENGTHS) if n > 1]
    whole = evaluator(corpus, lines)
    turned = evaluator(corpus, lines[::-1])
    single = [evaluator(corpus, [line]) for line in lines]
    for field in dataclasses.fields(Scores):
        value = getattr(whole, field.name)
        assert getattr(turned, field.name) == pytest.approx(value, rel=1e-5)
        assert sum(getattr(one, field.name) for one in single) == pytest.approx(value, rel=1e-5)


def test_more_lines_than_run_together_are_all_scored(evaluator):
    count = SIDE_BY_SIDE + 3
    corpus = corpus_of(Ink(wave(i, 5 + i % 7), id=str(i)) for i in range(count))
    said: list[tuple[int, int]] = []
    scores = evaluator(corpus, range(count), lambda done, of: said.append((done, of)))
    assert scores.sequences == count
    assert scores.points == len(corpus.points) - count
    assert said == [(SIDE_BY_SIDE, count), (count, count)]
    single = sum(evaluator(corpus, [line]).nats for line in range(count))
    assert scores.nats == pytest.approx(single, rel=1e-5)


def test_dots_are_no_sequences(evaluator, corpus):
    assert evaluator(corpus, [0, 2]) == evaluator(corpus, [0])
    with pytest.raises(DataError, match="two points or more"):
        evaluator(corpus, [2, 8])


def test_weights_that_change_after_compiling_are_those_that_are_scored(corpus):
    evaluator = built(Normalisation.of(corpus, [1]))
    before = evaluator(corpus, [1]).nats
    bias = evaluator.model.head.bias
    bias.assign(np.array(bias) + 0.5)
    assert evaluator(corpus, [1]).nats != pytest.approx(before, rel=1e-3)


def test_the_dequantised_figure_differs_and_repeats_whatever_else_is_scored(evaluator, corpus):
    alone, again = evaluator(corpus, [1]), evaluator(corpus, [1])
    assert alone.dequantised_nats == again.dequantised_nats
    assert alone.dequantised_nats != pytest.approx(alone.nats, rel=1e-6)
    beside = evaluator(corpus, [1, 7]).dequantised_nats - evaluator(corpus, [7]).dequantised_nats
    assert beside == pytest.approx(alone.dequantised_nats, rel=1e-4)


def gaussian(evaluator: Evaluator, mean: np.ndarray, sd: np.ndarray) -> None:
    """Makes the model foretell the same Gaussian of corpus units at every point."""
    head, unit = evaluator.model.head, evaluator.normalisation
    at, width = (mean - unit.mean) / unit.sd, sd / np.array(unit.sd)
    head.kernel.assign(np.zeros(head.kernel.shape))
    head.bias.assign(np.array([0.5, 0, *at, *np.log(width), 0], np.float32))


@pytest.fixture(params=[None, (3.0, 0.4), (0.1, 9.0)], ids=["own", "sd 3 and 0.4", "sd 0.1 and 9"])
def same_density(request: Any, corpus: Corpus) -> Iterator[tuple[Evaluator, Normalisation]]:
    """Models of one and the same density of corpus units, under several normalisations."""
    own = Normalisation.of(corpus, range(len(corpus)))
    used = Normalisation(mean=(1, -2), sd=request.param) if request.param else own
    evaluator = built(used, mixtures=1)
    gaussian(evaluator, np.array([5.0, 1.0]), np.array([6.0, 20.0]))
    return evaluator, own


def test_graves_units_give_equal_figures_for_equal_densities(same_density, corpus):
    """The density of standardised offsets, in NumPy, whatever the model's own units are."""
    evaluator, graves = same_density
    lines = [1, 3]
    offsets = np.concatenate([corpus[line].offsets()[1:] for line in lines]).astype(np.float64)
    scale = np.array(graves.sd)
    z = (offsets[:, :2] - [5, 1]) / [6, 20]
    moves = 0.5 * (z * z).sum() + len(z) * np.log(2 * np.pi * 6 * 20 / scale.prod())
    up = offsets[:, 2].sum()
    marks = up * np.log1p(np.exp(0.5)) + (len(z) - up) * np.log1p(np.exp(-0.5))
    figures = report(evaluator(corpus, lines), evaluator.normalisation, graves)
    assert figures["graves_nats_per_sequence"] == pytest.approx((moves + marks) / 2, rel=1e-4)


def test_the_runs_own_units_are_those_of_the_offsets_that_the_model_sees(same_density, corpus):
    evaluator, graves = same_density
    figures = report(evaluator(corpus, [1, 3]), evaluator.normalisation, graves)
    per_point = np.log(np.divide(graves.sd, evaluator.normalisation.sd)).sum()
    shift = figures["points"] / figures["sequences"] * per_point
    for kind in ("nats_per_sequence", "dequantised_nats_per_sequence"):
        own, in_graves = figures[kind], figures[f"graves_{kind}"]
        assert own - in_graves == pytest.approx(shift, rel=1e-6, abs=1e-9)


SCORES = Scores(
    nats=-20.0, dequantised_nats=-10.0, squared_error=6.0, squared_error_best=9.0, sequences=2,
    points=12,
)  # fmt: skip
USED = Normalisation(mean=(0, 0), sd=(2, 3))


def test_a_report_has_the_figures_by_name():
    figures = report(SCORES, USED, Normalisation(mean=(5, 5), sd=(2 * math.e, 3)))
    assert figures == {
        "nats_per_sequence": -10,
        "nats_per_point": -20 / 12,
        "dequantised_nats_per_sequence": -5,
        "graves_nats_per_sequence": pytest.approx(-16),
        "graves_dequantised_nats_per_sequence": pytest.approx(-11),
        "sse_per_point": 0.5,
        "sse_per_point_best": 0.75,
        "sequences": 2,
        "points": 12,
    }
    assert figures.keys() == KEYS


def test_runs_whose_offsets_are_others_have_no_figures_in_graves_units():
    figures = report(SCORES, USED, None)
    assert figures.keys() == KEYS
    assert {key for key, value in figures.items() if value is None} == {
        "graves_nats_per_sequence", "graves_dequantised_nats_per_sequence",
    }  # fmt: skip


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("field", ["nats", "dequantised_nats", "squared_error"])
def test_figures_that_are_not_finite_are_refused(field, bad):
    with pytest.raises(RunError, match="without bounds"):
        report(dataclasses.replace(SCORES, **{field: bad}), USED, USED)
