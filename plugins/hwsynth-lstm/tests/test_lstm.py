from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lstm_reference import GATES, LSTMReference

from arrays import core_program, near, numpy_of
from hwsynth.testing import check_core, check_readme
from hwsynth_lstm import LSTM

BATCH, FEATURES, STEPS, UNITS = 2, 3, 30, 5

CONFIGURATIONS = {
    "plain": LSTM(units=UNITS),
    "peepholes": LSTM(units=UNITS, peepholes=True),
    "clipped": LSTM(units=UNITS, clip_derivative=0.05),
    "peepholes, clipped": LSTM(units=UNITS, peepholes=True, clip_derivative=0.05),
}
every_configuration = pytest.mark.parametrize("name", CONFIGURATIONS)


@cache
def _core(name: str) -> Any:
    core = CONFIGURATIONS[name].build(seed=4)
    core.build((None, None, FEATURES))
    if core.peephole is not None:  # They start at zero, where they would prove nothing.
        core.peephole.assign(np.random.default_rng(5).standard_normal((3, UNITS)))
    return core


def _reference(name: str) -> LSTMReference:
    core = _core(name)
    # The core's gates lie side by side as i, f, o, g; g is the cell's input, Graves's c.
    columns = {gate: slice(UNITS * n, UNITS * (n + 1)) for n, gate in enumerate(GATES)}
    kernel, recurrent, bias = (
        np.asarray(w, np.float64) for w in (core.kernel, core.recurrent_kernel, core.bias)
    )
    peephole = np.zeros((3, UNITS)) if core.peephole is None else np.asarray(core.peephole)
    return LSTMReference(
        w_x={gate: kernel[:, own].T for gate, own in columns.items()},
        w_h={gate: recurrent[:, own].T for gate, own in columns.items()},
        b={gate: bias[own] for gate, own in columns.items()},
        w_c=dict(zip("ifo", peephole.astype(np.float64), strict=True)),
        clip=CONFIGURATIONS[name].clip_derivative or np.inf,
    )


@cache
def _program(name: str, cuts: tuple[int, ...], by_steps: bool) -> Any:
    """Derivatives of a weighted sum of outputs and of half the squared final state."""
    return core_program(_core(name), cuts, by_steps)


def _compare(name: str, seed: int, *, cuts: tuple[int, ...] = (), by_steps: bool = False) -> None:
    from keras import ops

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((BATCH, STEPS, FEATURES)).astype(np.float32)
    h, c = rng.standard_normal((2, BATCH, UNITS)).astype(np.float32)
    weights = rng.standard_normal((BATCH, STEPS, UNITS)).astype(np.float32)
    values, derivatives = _program(name, cuts, by_steps)(
        [ops.convert_to_tensor(part) for part in (x, h, c)], [ops.convert_to_tensor(weights)]
    )
    reference = _reference(name)
    rows, dhs = (a.transpose(1, 0, 2).astype(np.float64) for a in (x, weights))
    steps = reference.run(rows, h.astype(np.float64), c.astype(np.float64))
    last = steps[-1]
    for got, wanted in zip(
        values, (np.stack([s.h for s in steps], axis=1), last.h, last.c), strict=True
    ):
        near(got, wanted)
    wanted_d = reference.derivatives(steps, dhs, last.h, last.c)
    wanted_all = [wanted_d["x"].transpose(1, 0, 2), wanted_d["h"], wanted_d["c"]]
    wanted_all += [_side_by_side(wanted_d[weight]) for weight in ("w_x", "w_h", "b")]
    if CONFIGURATIONS[name].peepholes:
        wanted_all.append(np.stack([wanted_d["w_c"][gate] for gate in "ifo"]))
    for got, wanted in zip(derivatives, wanted_all, strict=True):
        near(got, wanted)


def _side_by_side(by_gate: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([by_gate[gate].T for gate in GATES], axis=-1)


@every_configuration
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_outputs_state_and_gradients_are_those_of_the_equations(name: str, seed: int) -> None:
    _compare(name, seed)


def test_step_by_step_and_in_cuts_they_are_the_same() -> None:
    _compare("peepholes, clipped", 1, by_steps=True)
    _compare("peepholes, clipped", 2, cuts=(11, 12))


def test_the_bound_on_derivatives_bites_in_these_tests() -> None:
    rng = np.random.default_rng(0)
    x, dhs = rng.standard_normal((STEPS, 1, FEATURES)), rng.standard_normal((STEPS, 1, UNITS))
    nothing = np.zeros((1, UNITS))
    found = []
    for name in ("peepholes", "peepholes, clipped"):
        reference = _reference(name)
        steps = reference.run(x, nothing, nothing)
        found.append(reference.derivatives(steps, dhs, nothing, nothing)["b"]["f"])
    assert np.abs(found[0] - found[1]).max() > 0.05


@pytest.mark.parametrize(
    "options",
    [LSTM(units=4), LSTM(units=4, peepholes=True, clip_derivative=0.1)],
    ids=["plain", "peepholes, clipped"],
)
def test_the_core_keeps_the_contract(options: LSTM) -> None:
    check_core(options)


@pytest.mark.parametrize("peepholes", [False, True])
def test_a_layer_has_as_many_weights_as_its_equations_name(peepholes: bool) -> None:
    core = LSTM(units=7, peepholes=peepholes).build()
    core.build((None, None, FEATURES))
    assert core.count_params() == 4 * (7 * FEATURES + 7 * 7 + 7) + 3 * 7 * peepholes


def test_in_bfloat16_outputs_and_derivatives_are_as_near_as_their_operands() -> None:
    rng = np.random.default_rng(3)
    rows, weights = (rng.standard_normal((3, 60, n)).astype(np.float32) for n in (9, 32))
    exact, rounded = (
        _whole(LSTM(units=32).build(precision=precision, seed=1), rows, weights)
        for precision in ("float32", "bfloat16")
    )
    for got, wanted in zip(rounded, exact, strict=True):
        assert 0 < np.linalg.norm(got - wanted) < 0.01 * np.linalg.norm(wanted)


def _whole(core: Any, rows: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    """Outputs and final state of rows (batch, steps, features), and the derivatives by them and
    by the weights."""
    from keras import ops

    core.build((None, None, rows.shape[-1]))
    state = core.initial_state(len(rows))
    rows, weights = ops.convert_to_tensor(rows), ops.convert_to_tensor(weights)
    values, derivatives = core_program(core, (), False)([rows, *state], [weights])
    return [numpy_of(tensor) for tensor in (*values, *derivatives)]


def test_in_bfloat16_the_cell_keeps_what_is_a_thousandth_of_it() -> None:
    core = LSTM(units=2).build(precision="bfloat16", seed=1)
    core.build((None, None, FEATURES))
    for weight in (core.kernel, core.recurrent_kernel):
        weight.assign(np.zeros(weight.shape))
    # All gates are open, and each step adds 1/1024 to c.
    core.bias.assign(np.repeat([30.0, 30.0, 30.0, np.arctanh(2.0**-10)], 2))
    _, (_, c) = core(np.zeros((1, 1024, FEATURES), np.float32))
    np.testing.assert_allclose(numpy_of(c), 1, atol=1e-4)


def test_the_forget_gate_alone_starts_biased() -> None:
    core = LSTM(units=2, forget_bias=5.0).build()
    core.build((None, None, FEATURES))
    assert np.asarray(core.bias).tolist() == [0, 0, 5, 5, 0, 0, 0, 0]


def test_the_readme_lists_every_option() -> None:
    check_readme(LSTM, Path(__file__).parents[1] / "README.md")
