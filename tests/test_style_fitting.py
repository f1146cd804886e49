"""Fitting a style: the vector alone, from the nearest known one."""

from __future__ import annotations

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth import Ink, UsageError
from hwsynth.batches import Sequences
from hwsynth.conditions import Conditions
from hwsynth.corpus import Corpus
from hwsynth.corpus_table import build
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.normalisation import Normalisation
from test_aligned_text import CHARSET, model_of

NORMALISATION = Normalisation(mean=(1.0, 0.0), sd=(2.0, 2.0))


def lines(count: int = 3) -> Corpus:
    rng = np.random.default_rng(5)
    return Corpus(build(Synthetic(), [line(rng, i) for i in range(count)]))


def line(rng: np.random.Generator, number: int) -> Ink:
    points = np.cumsum(rng.normal((2, 0.3, 0), (2, 1, 0), (8, 3)), axis=0)
    points[:, 2] = 0
    points[-1, 2] = 1
    ends = np.zeros(8, bool)
    ends[[3, 7]] = True
    return Ink(points, char_end=ends, text="ab", id=f"line {number}", split="train")


def sequences_of(corpus: Corpus) -> Sequences:
    return Sequences(corpus, NORMALISATION, Conditions("aligned", CHARSET))


def fit(steps: int = 30):
    from hwsynth.style_fitting import fit_style

    model = model_of()
    styles = numpy_of(model.writers.table)
    before = {name: numpy_of(v).copy() for name, v in model.variables_to_keep().items()}
    found = fit_style(model, sequences_of(lines()), [0, 1, 2], styles, steps=steps)
    return found, styles, before, model


def test_the_fitted_style_is_likelier_than_any_known_one():
    found, _, _, _ = fit()
    assert found.nats < found.nats_of_nearest - 0.01
    assert found.nats_of_nearest <= found.nats_of_nobody


def test_nothing_but_the_vector_is_fitted():
    _, _, before, model = fit(steps=3)
    for name, variable in model.variables_to_keep().items():
        np.testing.assert_array_equal(numpy_of(variable), before[name])


def test_without_steps_the_nearest_style_is_what_comes_out():
    found, styles, _, _ = fit(steps=0)
    np.testing.assert_array_equal(found.vector, styles[found.nearest])


def test_a_model_without_styles_is_refused():
    from hwsynth.style_fitting import fit_style

    model = model_of()
    model.writers = None
    with pytest.raises(UsageError, match=r"learnt no styles.*model.writer=24"):
        fit_style(model, sequences_of(lines()), [0], np.zeros((1, 2), np.float32))
