"""Fitting a style: the vector alone, from the nearest known one."""

from __future__ import annotations

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth import Ink, UsageError, style_fitting
from hwsynth.batches import Crop, Sequences
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
    model = model_of()
    styles = numpy_of(model.writers.table)
    before = {name: numpy_of(v).copy() for name, v in model.variables_to_keep().items()}
    found = style_fitting.fit_style(model, sequences_of(lines()), [0, 1, 2], styles, steps=steps)
    return found, styles, before, model


def test_the_fitted_style_is_likelier_than_any_known_one(monkeypatch):
    monkeypatch.setattr(style_fitting, "POINTS_THAT_TELL", 0)
    found, _, _, _ = fit()
    assert found.nats < found.nats_of_nearest - 0.01
    assert found.nats_of_nearest <= found.nats_of_nobody


def nats_of(model, of: list[int], style: np.ndarray) -> float:
    """Nats per point of lines, one by one, under a style."""
    from keras import ops

    sequences = sequences_of(lines())
    summed = points = 0.0
    for line in of:
        crop = Crop(line, 0, int(sequences.targets[line]))
        batch = sequences.batch([crop], 1, crop.length)
        given = {**batch.tensors(), "style": ops.convert_to_tensor(style[None])}
        summed += float(numpy_of(model.head.batch_loss(model(given), given))[0])
        points += crop.length
    return summed / points


def test_the_nats_of_many_styles_are_those_of_each_line_under_each(monkeypatch):
    # Lines in batches of two, of which the last lacks one, and two styles at a time.
    monkeypatch.setattr(style_fitting, "STEP_POINTS", 14)
    monkeypatch.setattr(style_fitting, "POINTS_AT_ONCE", 28)
    model = model_of()
    styles = np.random.default_rng(2).normal(size=(5, 2)).astype(np.float32)
    found = style_fitting.Nats(model, sequences_of(lines()), [0, 1, 2]).of_each(styles)
    assert found == pytest.approx([nats_of(model, [0, 1, 2], each) for each in styles], rel=1e-5)


def test_a_step_looks_at_some_of_the_lines_in_turn(monkeypatch):
    monkeypatch.setattr(style_fitting, "STEP_POINTS", 7)
    model = model_of()
    style = np.array([0.4, -0.3], np.float32)
    nats = style_fitting.Nats(model, sequences_of(lines()), [0, 1, 2])
    for turn, line in enumerate([0, 1, 2, 0]):
        step = 1e-2 * np.eye(2, dtype=np.float32)
        slope = [
            (nats_of(model, [line], style + each) - nats_of(model, [line], style - each)) / 2e-2
            for each in step
        ]
        np.testing.assert_allclose(nats.derivative(style, turn), slope, atol=2e-3)


def test_few_styles_go_on_to_be_compared_by_more_lines(monkeypatch):
    seen = []

    class Nats:
        def __init__(self, model, sequences, lines):
            self.lines = lines

        def of_each(self, styles):
            seen.append((len(styles), len(self.lines)))
            return np.abs(styles[:, 0] - 0.6)

    monkeypatch.setattr(style_fitting, "Nats", Nats)
    monkeypatch.setattr(style_fitting, "COMPARED_POINTS", 5)
    styles = np.linspace(0, 1, 21)[:, None]
    nearest = style_fitting._nearest(None, sequences_of(lines(20)), list(range(20)), styles)
    assert nearest == 12
    assert seen == [(21, 1), (3, 6)]


def test_little_ink_keeps_a_style_near_to_those_that_are_known(monkeypatch):
    monkeypatch.setattr(style_fitting, "POINTS_THAT_TELL", 0)
    freely, _, _, _ = fit()
    monkeypatch.undo()
    held, _, _, _ = fit()
    assert np.abs(held.vector).max() < 0.5 * np.abs(freely.vector).max()
    assert held.nats > freely.nats


def test_nothing_but_the_vector_is_fitted():
    _, _, before, model = fit(steps=3)
    for name, variable in model.variables_to_keep().items():
        np.testing.assert_array_equal(numpy_of(variable), before[name])


def test_without_steps_the_nearest_style_is_what_comes_out():
    found, styles, _, _ = fit(steps=0)
    np.testing.assert_array_equal(found.vector, styles[found.nearest])


def test_a_model_without_styles_is_refused():
    model = model_of()
    model.writers = None
    with pytest.raises(UsageError, match=r"learnt no styles.*model.writer=24"):
        style_fitting.fit_style(model, sequences_of(lines()), [0], np.zeros((1, 2), np.float32))
