from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hwsynth.optimisers import learning_rate


def _variable(value: Any) -> Any:
    import keras

    return keras.Variable(np.asarray(value, np.float32))


def _optimiser(name: str, variable: Any, **options: Any) -> Any:
    from hwsynth.optimisers import OPTIMISERS

    optimiser = OPTIMISERS[name](**options)
    optimiser.build([variable])
    return optimiser


def _apply(optimiser: Any, gradient: np.ndarray) -> None:
    from keras import ops

    optimiser.apply([ops.convert_to_tensor(gradient, "float32")])


def test_rmsprop_is_that_of_graves() -> None:
    """Eq. 38-45, with the constants that he gives."""
    rng = np.random.default_rng(0)
    start = rng.standard_normal(6).astype(np.float32)
    variable = _variable(start)
    optimiser = _optimiser("rmsprop", variable, learning_rate=1e-4)
    w = start.astype(np.float64)
    n, g, delta = np.zeros(6), np.zeros(6), np.zeros(6)
    for _ in range(20):
        epsilon = rng.standard_normal(6) * 10.0 ** rng.integers(-3, 3, 6)
        _apply(optimiser, epsilon)
        n = 0.95 * n + 0.05 * epsilon**2
        g = 0.95 * g + 0.05 * epsilon
        delta = 0.9 * delta - 1e-4 * epsilon / np.sqrt(n - g**2 + 1e-4)
        w = w + delta
    moved = np.asarray(variable, np.float64) - start
    np.testing.assert_allclose(moved, w - start, rtol=0, atol=1e-4 * np.abs(w - start).max())


def test_adam_is_that_of_kingma_and_ba() -> None:
    rng = np.random.default_rng(1)
    variable = _variable(np.zeros(6))
    optimiser = _optimiser("adam", variable, learning_rate=1e-3)
    m, v, w = np.zeros(6), np.zeros(6), np.zeros(6)
    for t in range(1, 11):
        gradient = rng.standard_normal(6)
        _apply(optimiser, gradient)
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        w = w - 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    np.testing.assert_allclose(np.asarray(variable), w, rtol=1e-4)


@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_gradients_are_scaled_before_anything_else(name: str) -> None:
    rng = np.random.default_rng(2)
    start = rng.standard_normal(4)
    scaled, plain = _variable(start), _variable(start)
    with_scale = _optimiser(name, scaled, learning_rate=0.01, global_clipnorm=1.0)
    without = _optimiser(name, plain, learning_rate=0.01, global_clipnorm=1.0)
    for scale in (1 / 300, 1 / 7, 1 / 4000):
        gradient = rng.standard_normal(4) * 500
        with_scale.gradient_scale.assign(scale)
        _apply(with_scale, gradient)
        _apply(without, gradient * scale)
    np.testing.assert_allclose(np.asarray(scaled), np.asarray(plain), rtol=1e-6)
    assert np.abs(np.asarray(scaled) - start).min() > 1e-4


@pytest.mark.parametrize(("scale", "seen"), [(1.0, 1.0), (0.01, 0.5)])
def test_the_norm_is_clipped_after_scaling(scale: float, seen: float) -> None:
    """Of a gradient of norm 50: scaled to 50 it is clipped to 1, scaled to 0.5 it is not."""
    variable = _variable([0.0, 0.0])
    optimiser = _optimiser("rmsprop", variable, learning_rate=1.0, global_clipnorm=1.0)
    optimiser.gradient_scale.assign(scale)
    _apply(optimiser, np.array([30.0, 40.0]))
    clipped = seen * np.array([0.6, 0.8])
    wanted = -clipped / np.sqrt(0.05 * clipped**2 - (0.05 * clipped) ** 2 + 1e-4)
    np.testing.assert_allclose(np.asarray(variable), wanted, rtol=1e-5)


def test_the_scale_is_one_of_the_variables_that_an_optimiser_keeps() -> None:
    optimiser = _optimiser("adam", _variable([0.0]), learning_rate=1.0)
    assert any(variable is optimiser.gradient_scale for variable in optimiser.variables)


@pytest.mark.parametrize(
    ("schedule", "used", "epoch", "rate"),
    [
        ("exponential", 0.0, 0, 1e-3),
        ("exponential", 0.5, 0, 1e-3 * math.sqrt(0.1)),
        ("exponential", 1.0, 9, 1e-4),
        ("cosine", 0.0, 0, 1e-3),
        ("cosine", 0.5, 0, 0.55e-3),
        ("cosine", 1.0, 9, 1e-4),
        ("constant", 0.9, 9, 1e-3),
        ("epoch", 0.9, 0, 1e-3),
        ("epoch", 0.0, 2, 1e-5),
    ],
)
def test_schedules_give_their_known_numbers(
    schedule: Any, used: float, epoch: int, rate: float
) -> None:
    assert learning_rate(schedule, 1e-3, 0.1, used=used, epoch=epoch) == pytest.approx(rate)


def test_the_first_experiments_schedule_is_a_twentieth_less_each_epoch() -> None:
    rates = [learning_rate("epoch", 0.005, 0.95, used=0, epoch=n) for n in (0, 1, 39)]
    assert rates == pytest.approx([0.005, 0.00475, 0.005 * 0.95**39])


@pytest.mark.parametrize("schedule", ["exponential", "cosine"])
def test_past_the_budget_a_rate_stays_at_its_end(schedule: Any) -> None:
    assert learning_rate(schedule, 1e-3, 0.1, used=1.5, epoch=0) == pytest.approx(1e-4)
