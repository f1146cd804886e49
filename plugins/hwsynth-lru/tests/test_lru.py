from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import lru_reference
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import core_program, near
from hwsynth import UsageError
from hwsynth.settings import build_options
from hwsynth.testing import check_core, check_readme
from hwsynth_lru import LRU

BATCH, FEATURES, STEPS, UNITS, STATES = 2, 3, 30, 5, 4
RELATIVE = 3e-5
OPTIONS = LRU(units=UNITS, states=STATES)


@cache
def _core() -> Any:
    core = OPTIONS.build(seed=4)
    core.build((None, None, FEATURES))
    rng = np.random.default_rng(5)
    for bias in (core.bias, core.gate_bias):  # They start at zero, where they would prove nothing.
        bias.assign(rng.standard_normal(bias.shape))
    return core


@cache
def _program(cuts: tuple[int, ...], by_steps: bool) -> Any:
    """Derivatives of a weighted sum of outputs and of half the squared final state."""
    return core_program(_core(), cuts, by_steps)


def _compare(seed: int, *, cuts: tuple[int, ...] = (), by_steps: bool = False) -> None:
    from keras import ops

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((BATCH, STEPS, FEATURES)).astype(np.float32)
    real, imaginary = rng.standard_normal((2, BATCH, STATES)).astype(np.float32)
    by_outputs = rng.standard_normal((BATCH, STEPS, UNITS)).astype(np.float32)
    values, derivatives = _program(cuts, by_steps)(
        [ops.convert_to_tensor(part) for part in (x, real, imaginary)],
        [ops.convert_to_tensor(by_outputs)],
    )
    names = [variable.name for variable in _core().trainable_variables]
    at = {"x": x, "real": real, "imaginary": imaginary}
    at |= dict(zip(names, map(np.asarray, _core().trainable_variables), strict=True))
    at = {name: value.astype(np.float64) for name, value in at.items()}
    outputs, state = _reference(at)
    for got, wanted in zip(values, (outputs, state.real, state.imag), strict=True):
        near(got, wanted, RELATIVE)
    for name, derivative in zip(at, derivatives, strict=True):
        direction = rng.standard_normal(at[name].shape)
        wanted = _derivative_along(at, name, direction, by_outputs)
        got = np.asarray(derivative, np.float64)
        assert np.sum(got * direction) == pytest.approx(
            wanted, abs=1e-4 * max(1, np.abs(got * direction).sum())
        ), name


def _reference(at: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return lru_reference.run(at, at["x"], at["real"] + 1j * at["imaginary"])


def _derivative_along(
    at: dict[str, np.ndarray], name: str, direction: np.ndarray, by_outputs: np.ndarray
) -> float:
    """Of the weighted sum, by a difference across the point."""

    def total(shift: float) -> float:
        outputs, state = _reference(at | {name: at[name] + shift * direction})
        return float(np.sum(outputs * by_outputs) + 0.5 * np.sum(np.abs(state) ** 2))

    return (total(1e-5) - total(-1e-5)) / 2e-5


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_outputs_state_and_gradients_are_those_of_the_equations(seed: int) -> None:
    _compare(seed)


def test_step_by_step_and_in_cuts_they_are_the_same() -> None:
    _compare(1, by_steps=True)
    _compare(2, cuts=(11, 12))


@pytest.mark.parametrize(
    "options",
    [LRU(units=4), LRU(units=4, states=7, r_min=0.9, r_max=0.999, max_phase=0.3)],
    ids=["as many states as units", "more states, that remember long"],
)
def test_the_core_keeps_the_contract(options: LRU) -> None:
    check_core(options)


def test_a_layer_has_as_many_weights_as_its_equations_name() -> None:
    core = LRU(units=7, states=5).build()
    core.build((None, None, FEATURES))
    recurrent = 3 * 5 + 2 * 5 * FEATURES + 2 * 5 * 7 + FEATURES * 7 + 7
    assert core.count_params() == recurrent + 2 * 7 * 7 + 2 * 7


def test_first_decays_lie_evenly_on_the_ring_that_is_asked_for() -> None:
    core = LRU(units=2, states=4000, r_min=0.5, r_max=0.9, max_phase=1.0).build(seed=1)
    core.build((None, None, FEATURES))
    size = np.exp(-np.exp(np.asarray(core.nu, np.float64)))
    angle = np.exp(np.asarray(core.theta, np.float64))
    for drawn, low, high in ((size**2, 0.25, 0.81), (angle, 0, 1)):
        assert low - 1e-6 <= drawn.min()
        assert drawn.max() <= high + 1e-6
        places = np.sort((drawn - low) / (high - low))
        # Kolmogorov and Smirnov: exceeded once in 10,000 draws by what is spread evenly.
        assert np.abs(places - np.linspace(0, 1, 4000)).max() < 2.23 / np.sqrt(4000)


def test_white_noise_leaves_every_first_state_as_large_as_what_enters() -> None:
    core = LRU(units=2, states=6, r_min=0.8, r_max=0.95).build(seed=2)
    core.build((None, None, FEATURES))
    noise = np.random.default_rng(0).standard_normal((400, 200, FEATURES)).astype(np.float32)
    _, (real, imaginary) = core.call(noise)
    weights = np.asarray(core.kernel_in)
    entering = (weights**2).sum(axis=0)[:6] + (weights**2).sum(axis=0)[6:]
    remembered = (np.asarray(real) ** 2 + np.asarray(imaginary) ** 2).mean(axis=0)
    np.testing.assert_allclose(remembered / entering, 1, atol=5 * np.sqrt(2 / 400))


def test_outputs_are_of_one_size_however_far_the_pen_jumps() -> None:
    far = np.full((1, 20, FEATURES), 1e4, np.float32)
    outputs, _ = _core().call(far)
    np.testing.assert_allclose(np.square(outputs).sum(axis=-1), UNITS, rtol=1e-3)


def test_the_first_ring_must_have_a_width() -> None:
    with pytest.raises(UsageError, match=r"r_min=0\.9 must be below r_max=0\.5"):
        build_options(LRU, {"r_min": "0.9", "r_max": "0.5"}, section="core")


def test_the_readme_lists_every_option() -> None:
    check_readme(LRU, Path(__file__).parents[1] / "README.md")
