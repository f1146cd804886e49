from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cell_references import GRUReference, TanhReference
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import core_program, near
from hwsynth.testing import check_core, check_readme
from hwsynth_lstm import GRU, LSTM, RNN

BATCH, FEATURES, STEPS, UNITS = 2, 3, 30, 5

CONFIGURATIONS = {
    "gru": GRU(units=UNITS),
    "gru, clipped": GRU(units=UNITS, clip_derivative=0.05),
    "rnn": RNN(units=UNITS),
    "rnn, clipped": RNN(units=UNITS, clip_derivative=0.05),
}
every_configuration = pytest.mark.parametrize("name", CONFIGURATIONS)


@cache
def _core(name: str) -> Any:
    core = CONFIGURATIONS[name].build(seed=4)
    core.build((None, None, FEATURES))
    # It starts at zero, where it would prove nothing.
    core.bias.assign(np.random.default_rng(5).standard_normal(core.bias.shape))
    return core


def _reference(name: str) -> TanhReference:
    core, kind = _core(name), GRUReference if name.startswith("gru") else TanhReference
    weights = (core.kernel, core.recurrent_kernel, core.bias)
    by_gate = [
        dict(zip(kind.gates, np.split(np.asarray(w, np.float64).T, core.cell.gates), strict=True))
        for w in weights
    ]
    return kind(*by_gate, clip=CONFIGURATIONS[name].clip_derivative or np.inf)


@cache
def _program(name: str, cuts: tuple[int, ...], by_steps: bool) -> Any:
    """Derivatives of a weighted sum of outputs and of half the squared final state."""
    return core_program(_core(name), cuts, by_steps)


def _compare(name: str, seed: int, *, cuts: tuple[int, ...] = (), by_steps: bool = False) -> None:
    from keras import ops

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((BATCH, STEPS, FEATURES)).astype(np.float32)
    h = rng.standard_normal((BATCH, UNITS)).astype(np.float32)
    weights = rng.standard_normal((BATCH, STEPS, UNITS)).astype(np.float32)
    (outputs, last), derivatives = _program(name, cuts, by_steps)(
        [ops.convert_to_tensor(x), ops.convert_to_tensor(h)], [ops.convert_to_tensor(weights)]
    )
    reference = _reference(name)
    rows, dhs = (a.transpose(1, 0, 2).astype(np.float64) for a in (x, weights))
    hs = reference.run(rows, h.astype(np.float64))
    near(outputs, hs.transpose(1, 0, 2))
    near(last, hs[-1])
    wanted = reference.derivatives(rows, h.astype(np.float64), dhs, hs[-1])
    by_weights = [_side_by_side(wanted[weight]) for weight in ("w_x", "w_h", "b")]
    wanted_all = [wanted["x"].transpose(1, 0, 2), wanted["h"], *by_weights]
    for got, each in zip(derivatives, wanted_all, strict=True):
        near(got, each)


def _side_by_side(by_gate: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([part.T for part in by_gate.values()], axis=-1)


@every_configuration
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_outputs_state_and_gradients_are_those_of_the_equations(name: str, seed: int) -> None:
    _compare(name, seed)


@pytest.mark.parametrize("name", ["gru, clipped", "rnn, clipped"])
def test_step_by_step_and_in_cuts_they_are_the_same(name: str) -> None:
    _compare(name, 1, by_steps=True)
    _compare(name, 2, cuts=(11, 12))


@pytest.mark.parametrize("name", ["gru", "rnn"])
def test_the_bound_on_derivatives_bites_in_these_tests(name: str) -> None:
    rng = np.random.default_rng(0)
    x, dhs = rng.standard_normal((STEPS, 1, FEATURES)), rng.standard_normal((STEPS, 1, UNITS))
    nothing = np.zeros((1, UNITS))
    free, clipped = (
        _reference(each).derivatives(x, nothing, dhs, nothing)["b"]["n"]
        for each in (name, f"{name}, clipped")
    )
    assert np.abs(free - clipped).max() > 0.05


def test_a_gru_is_that_of_keras_without_its_second_bias() -> None:
    import keras
    from keras import ops

    core = _core("gru")
    layer = keras.layers.GRU(UNITS, return_sequences=True, reset_after=True)
    layer.build((None, None, FEATURES))
    # Keras lays the gates as update, reset, candidate.
    kernel, recurrent, bias = (
        np.concatenate([np.split(np.asarray(w), 3, axis=-1)[i] for i in (1, 0, 2)], axis=-1)
        for w in (core.kernel, core.recurrent_kernel, core.bias)
    )
    layer.set_weights([kernel, recurrent, np.stack([bias, np.zeros_like(bias)])])
    x = np.random.default_rng(0).standard_normal((BATCH, STEPS, FEATURES)).astype(np.float32)
    near(core.call(x)[0], ops.convert_to_numpy(layer(x)))


@every_configuration
def test_the_core_keeps_the_contract(name: str) -> None:
    check_core(CONFIGURATIONS[name])


@pytest.mark.parametrize(("options", "gates"), [(GRU(units=7), 3), (RNN(units=7), 1)])
def test_a_layer_has_as_many_weights_as_its_equations_name(options: GRU | RNN, gates: int) -> None:
    core = options.build()
    core.build((None, None, FEATURES))
    assert core.count_params() == gates * (7 * FEATURES + 7 * 7 + 7)


def test_the_cores_have_about_as_many_weights_as_each_other_by_default() -> None:
    counts = []
    for options in (LSTM(), GRU(), RNN()):
        core = options.build()
        core.build((None, None, FEATURES))
        counts.append(core.count_params())
    assert max(counts) < 1.02 * min(counts)


@pytest.mark.parametrize("core", [GRU, RNN])
def test_the_readme_lists_every_option(core: type[GRU | RNN]) -> None:
    check_readme(core, Path(__file__).parents[1] / "README.md")
