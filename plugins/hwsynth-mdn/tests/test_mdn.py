from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixture_reference import Mixture, drawn, loss_differences

from hwsynth import Task
from hwsynth.testing import check_head, check_readme
from hwsynth_mdn import MDN

UNIT = (1 / 42.7, 1 / 36.5)
FLOOR = (UNIT[0] / math.sqrt(12), UNIT[1] / math.sqrt(12))
NO_FLOOR = (0.0, 0.0)
POINTS = 40


def _head(mixtures: int = 20, **options: Any) -> Any:
    return MDN(mixtures=mixtures, **options).build(task=Task(UNIT))


def _points(seed: int, mixtures: int, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and rows as they are in the midst of training."""
    rng = np.random.default_rng(seed)
    params = rng.standard_normal((points, 6 * mixtures + 1)) * 0.8
    rows = np.concatenate(
        [rng.standard_normal((points, 2)), rng.integers(0, 2, (points, 1))], axis=1
    )
    return params.astype(np.float32).astype(np.float64), rows.astype(np.float32).astype(np.float64)


def _loss_and_derivatives(
    head: Any, params: np.ndarray, rows: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Nats a point, and their derivatives by the raw parameters (each point weighed)."""
    from keras import ops

    from hwsynth.backend import gradients

    weights = np.ones(len(params)) if weights is None else weights

    def summed(sources: Any, rest: Any) -> Any:
        nats = head.loss(sources[0], rest[0])
        return ops.sum(nats * rest[1]), nats

    nats, (derivative,) = gradients(summed, [])(
        [ops.convert_to_tensor(params, "float32")],
        [ops.convert_to_tensor(rows, "float32"), ops.convert_to_tensor(weights, "float32")],
    )
    return np.asarray(nats, np.float64), np.asarray(derivative, np.float64)


def _near(got: np.ndarray, wanted: np.ndarray, relative: float = 1e-5) -> None:
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=relative * max(1, np.abs(wanted).max()))


@pytest.mark.parametrize("mixtures", [1, 3, 20])
@pytest.mark.parametrize("floor", [NO_FLOOR, FLOOR], ids=["no floor", "floor"])
def test_loss_is_that_of_the_equations(mixtures: int, floor: tuple[float, float]) -> None:
    head = _head(mixtures, **({"sigma_floor": 0} if floor == NO_FLOOR else {}))
    params, rows = _points(1, mixtures)
    nats, _ = _loss_and_derivatives(head, params, rows)
    _near(nats, Mixture.of(params, floor).loss(rows))


@pytest.mark.parametrize("mixtures", [1, 3, 20])
def test_derivatives_are_those_of_the_equations(mixtures: int) -> None:
    params, rows = _points(2, mixtures)
    _, derivatives = _loss_and_derivatives(_head(mixtures, sigma_floor=0), params, rows)
    _near(derivatives, Mixture.of(params).loss_derivatives(rows))


@pytest.mark.parametrize("mixtures", [1, 3])
def test_with_beta_offsets_count_by_their_variance_in_derivatives_alone(mixtures: int) -> None:
    params, rows = _points(8, mixtures)
    mixture = Mixture.of(params)
    head = _head(mixtures, sigma_floor=0, beta=0.5)
    nats, derivatives = _loss_and_derivatives(head, params, rows)
    weight = mixture.weight(rows[:, :2], 0.5)
    assert weight.max() > 3 * weight.min()
    wanted = mixture.loss_derivatives(rows)
    wanted[:, 1:] *= weight[:, None]
    _near(nats, mixture.loss(rows))
    _near(derivatives, wanted)


def test_the_equations_for_derivatives_agree_with_differences() -> None:
    params, rows = _points(3, 3)
    _near(loss_differences(params, rows, NO_FLOOR), Mixture.of(params).loss_derivatives(rows), 1e-7)


def test_derivatives_with_a_floor_are_those_of_differences() -> None:
    params, rows = _points(4, 3)
    params[:, 10:16] -= 5  # σ̂ about the floor, where it matters.
    params[:, 4:10] *= 0.01
    rows[:, :2] *= 0.01
    _, derivatives = _loss_and_derivatives(_head(3), params, rows)
    _near(derivatives, loss_differences(params, rows, FLOOR), 2e-5)


def test_derivatives_are_bounded_for_each_point_whatever_it_weighs() -> None:
    params, rows = _points(5, 3)
    rows[:, :2] *= 3
    weights = np.random.default_rng(6).standard_normal(POINTS)
    _, derivatives = _loss_and_derivatives(
        _head(3, sigma_floor=0, clip_derivative=10), params, rows, weights
    )
    free = weights[:, None] * Mixture.of(params).loss_derivatives(rows)
    assert np.abs(free).max() > 50
    _near(derivatives, np.clip(free, -10, 10))


# The edges inside which loss and derivatives are promised to be finite.
EDGES = list(itertools.product((-100, 0, 100), (-100, 100), (-15, 15), (-15, 15), (-8, 0, 8)))


def _on_the_edges(mean: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A point for each combination of edges, one Gaussian at it and one at its opposite."""
    params = np.zeros((len(EDGES), 13))
    rows = np.zeros((len(EDGES), 3))
    for n, (dx, dy, sx, sy, rho) in enumerate(EDGES):
        rows[n] = dx, dy, n % 2
        params[n, 1:] = [8, -8, mean, -mean, mean, -mean, sx, -sx, sy, -sy, rho, -rho]
        params[n, 0] = 50 if n % 3 else -50
    return params, rows


@pytest.mark.parametrize("mean", [0, 1, 100])
@pytest.mark.parametrize(
    "options", [{"sigma_floor": 0}, {}, {"beta": 1}], ids=["no floor", "floor", "beta"]
)
def test_on_the_edges_loss_and_derivatives_are_finite(mean: float, options: dict) -> None:
    params, rows = _on_the_edges(mean)
    nats, derivatives = _loss_and_derivatives(_head(2, **options), params, rows)
    assert np.isfinite(nats).all()
    assert np.isfinite(derivatives).all()


@pytest.mark.parametrize("options", [{"sigma_floor": 0}, {}], ids=["no floor", "floor"])
def test_within_the_edges_loss_and_derivatives_are_finite(options: dict) -> None:
    rng = np.random.default_rng(7)
    points, mixtures = 2000, 20

    def uniform(bound: float, width: int) -> np.ndarray:
        return rng.uniform(-bound, bound, (points, width))

    widths = [(50, 1), (30, mixtures), (100, 2 * mixtures), (15, 2 * mixtures), (8, mixtures)]
    params = np.concatenate([uniform(*width) for width in widths], axis=1)
    rows = np.concatenate([uniform(100, 2), rng.integers(0, 2, (points, 1))], axis=1)
    nats, derivatives = _loss_and_derivatives(_head(mixtures, **options), params, rows)
    assert np.isfinite(nats).all()
    assert np.isfinite(derivatives).all()
    assert np.abs(derivatives).max() > 0


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("offset", "sigma", "rho"),
    [(1, -30, 12), (100, -15, 22), (1e-6, -30, 11), (1, 0, 42), (1e15, 2, 0.5), (1, 42, 0.5)],
)
def test_beyond_the_edges_they_are_finite_up_to_the_documented_bound(
    offset: float, sigma: float, rho: float, sign: int
) -> None:
    assert max(1, offset**2) * math.exp(2 * abs(sigma) + 2 * abs(rho)) < 1e37
    params = np.zeros((2, 7))
    params[:, 4:6], params[:, 6] = sigma, sign * rho
    rows = np.array([[offset, -offset, 1], [offset, offset, 0]])
    nats, derivatives = _loss_and_derivatives(_head(1, sigma_floor=0), params, rows)
    assert np.isfinite(nats).all()
    assert np.isfinite(derivatives).all()


@pytest.mark.parametrize("rho", [-30.0, -8.0, -1.0, -1e-3, 0.0, 1e-3, 1.0, 8.0, 30.0])
def test_one_less_rho_squared_is_exact_also_near_the_ridge(rho: float) -> None:
    from keras import ops

    from hwsynth_mdn.density import log_sech_squared

    got = float(log_sech_squared(ops.convert_to_tensor(rho, "float32")))
    assert got == pytest.approx(-2 * math.log(math.cosh(rho)), rel=1e-6, abs=3e-7)


@pytest.mark.parametrize("sign", [-1, 1])
def test_loss_and_derivatives_are_exact_also_where_rho_is_all_but_one(sign: int) -> None:
    # In float64 1 − tanh² 8 still has nine digits: the equations can be used as they are.
    params, rows = np.zeros((4, 7)), np.zeros((4, 3))
    params[:, 6] = 8 * sign
    rows[:, 0] = 2**-10, 0.5, -2, 1
    rows[:, 1] = sign * np.array([0, 0.5 + 2**-12, -2, 1 - 2**-11])
    nats, derivatives = _loss_and_derivatives(_head(1, sigma_floor=0), params, rows)
    wanted = Mixture.of(params)
    np.testing.assert_allclose(nats, wanted.loss(rows), rtol=1e-5)
    np.testing.assert_allclose(derivatives, wanted.loss_derivatives(rows), rtol=1e-5, atol=1e-5)


def test_the_density_integrates_to_one() -> None:
    rng = np.random.default_rng(8)
    params = rng.standard_normal((1, 31)) * 0.4
    axis, cell = np.linspace(-15, 15, 601, retstep=True)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype(np.float32)
    density = np.asarray(_head(5).density(params.astype(np.float32), grid), np.float64)
    assert density.shape == (len(grid),)
    assert density.sum() * cell**2 == pytest.approx(1, abs=1e-5)
    _near(density[::997], Mixture.of(params, FLOOR).density(grid[::997].astype(np.float64)))


@pytest.mark.parametrize("bias", [0.0, 1.0, 10.0])
def test_sigma_is_never_below_the_floor_also_with_bias(bias: float) -> None:
    params = np.zeros((4, 7), np.float32)
    params[:, 4:6] = np.array([-50, -15, -4, 0])[:, None]
    ahead = np.tile(np.float32([0.5, 0.5, 1, 0]), (4, 1))
    sigma_x = np.asarray(_head(1).sample(params, ahead, bias))[:, 0]
    ahead[:, 2:] = 0, 1
    sigma_y = np.asarray(_head(1).sample(params, ahead, bias))[:, 1]
    for sigma, floor in ((sigma_x, FLOOR[0]), (sigma_y, FLOOR[1])):
        assert (sigma >= floor * (1 - 1e-6)).all()
        assert sigma[0] == pytest.approx(floor, rel=1e-6)


def test_the_loss_is_bounded_by_the_floor_where_offsets_repeat() -> None:
    params = np.zeros((1, 7))
    params[:, 4:6] = -40
    params[:, 0] = -50
    nats, _ = _loss_and_derivatives(_head(1), params, np.array([[0.0, 0.0, 1.0]]))
    assert nats[0] == pytest.approx(math.log(2 * math.pi * FLOOR[0] * FLOOR[1]), rel=1e-5)


@pytest.mark.parametrize("bias", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("mixtures", [1, 6])
def test_rows_from_given_noise_are_those_of_the_equations(mixtures: int, bias: float) -> None:
    params, _ = _points(9, mixtures, 200)
    noise = _noise(10, 200)
    got = np.asarray(_head(mixtures).sample(np.float32(params), noise, bias), np.float64)
    _near(got, drawn(params, noise.astype(np.float64), bias, FLOOR))


def test_a_uniform_of_almost_one_draws_the_last_component() -> None:
    # Rounded shares add up to a little less than 1, which must not leave a point without one.
    params = np.zeros((1, 6 * 20 + 1), np.float32)
    params[:, 21:41] = np.arange(20) + 5
    noise = np.float32([[np.nextafter(np.float32(1), np.float32(0)), 0.5, 0, 0]])
    assert np.asarray(_head(20).sample(params, noise, 0.0))[0, 0] == 24


def _noise(seed: int, points: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = [rng.random((points, 2)), rng.standard_normal((points, 2))]
    return np.concatenate(noise, axis=1).astype(np.float32)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), bias=st.sampled_from([0.0, 1.0]))
def test_statistics_of_samples_are_those_of_the_density(seed: int, bias: float) -> None:
    """Means, deviations, correlation and shares, within six standard errors."""
    n, mixtures = 20_000, 3
    params = np.random.default_rng(seed).standard_normal((1, 19)) * 0.5
    params[:, 4:7] = -60, 0, 60  # Apart, so that a sample tells its component.
    rows = np.asarray(
        _head(mixtures).sample(np.tile(np.float32(params), (n, 1)), _noise(seed, n), bias),
        np.float64,
    )
    mixture = Mixture.of(params.astype(np.float32).astype(np.float64), FLOOR, bias)
    component = np.digitize(rows[:, 0], [-30, 30])
    for k in range(mixtures):
        own = rows[component == k, :2]
        count, share = len(own), mixture.pi[0, k]
        assert abs(count / n - share) < 6 * math.sqrt(share * (1 - share) / n)
        for axis in range(2):
            sd = mixture.sigma[axis][0, k]
            assert abs(own[:, axis].mean() - mixture.mean[axis][0, k]) < 6 * sd / math.sqrt(count)
            assert abs(own[:, axis].std() - sd) < 6 * sd / math.sqrt(2 * count)
        rho = mixture.rho[0, k]
        error = (1 - rho**2) / math.sqrt(count)
        assert abs(np.corrcoef(own.T)[0, 1] - rho) < 6 * error
    e = mixture.e[0]
    assert set(np.unique(rows[:, 2])) <= {0.0, 1.0}
    assert abs(rows[:, 2].mean() - e) < 6 * math.sqrt(e * (1 - e) / n)


def test_bias_makes_heavy_components_heavier_and_narrows_all() -> None:
    params = np.zeros((1, 13))
    params[:, 1:3] = 0.7, -0.7
    plain, biased = Mixture.of(params), Mixture.of(params, bias=1.0)
    assert biased.pi[0, 0] > plain.pi[0, 0] > 0.5
    assert biased.sigma[0][0, 0] == pytest.approx(plain.sigma[0][0, 0] / math.e)


def test_squared_errors_are_those_of_the_mean_and_of_the_heaviest_component() -> None:
    params, rows = _points(12, 4)
    mixture = Mixture.of(params)
    expected = np.stack([(mixture.pi * mean).sum(axis=1) for mean in mixture.mean], axis=1)
    best = mixture.pi.argmax(axis=1)
    heaviest = np.stack([mean[np.arange(POINTS), best] for mean in mixture.mean], axis=1)
    for got, at in zip(
        _head(4).squared_error(np.float32(params), np.float32(rows)),
        (expected, heaviest),
        strict=True,
    ):
        _near(np.asarray(got, np.float64), ((rows[:, :2] - at) ** 2).sum(axis=1))


def test_the_loss_of_a_line_is_the_sum_over_its_points_alone() -> None:
    params, rows = _points(13, 2, 12)
    params, rows = params.reshape(2, 6, 13), rows.reshape(2, 6, 3)
    mask = np.ones((2, 6), bool)
    mask[0, 4:] = False
    rows[0, 4:] = 1e30  # What stands on padding must not matter, however wild.
    got = np.asarray(
        _head(2).batch_loss(np.float32(params), {"targets": np.float32(rows), "mask": mask})
    )
    nats = [
        Mixture.of(p[m], FLOOR).loss(r[m]).sum() for p, r, m in zip(params, rows, mask, strict=True)
    ]
    _near(np.float64(got), np.array(nats))


@pytest.mark.parametrize(("mixtures", "params"), [(1, 7), (20, 121)])
def test_a_point_has_six_numbers_a_mixture_and_one(mixtures: int, params: int) -> None:
    head = _head(mixtures)
    assert head.params == params
    head.build((None, None, 10))
    assert head.count_params() == params * 11
    assert tuple(head(np.zeros((2, 3, 10), np.float32)).shape) == (2, 3, params)


@pytest.mark.parametrize(
    ("options", "marks"),
    [
        (MDN(), 1),
        (MDN(mixtures=1, sigma_floor=0), 1),
        (MDN(mixtures=3, clip_derivative=100), 1),
        (MDN(mixtures=2), 2),
    ],
    ids=["as it comes", "one, no floor", "clipped", "with ends of characters"],
)
def test_the_head_keeps_the_contract(options: MDN, marks: int) -> None:
    check_head(options, task=Task(UNIT, marks=marks))


def test_the_readme_lists_every_option() -> None:
    check_readme(MDN, Path(__file__).parents[1] / "README.md")
