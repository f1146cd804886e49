from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clockwork_reference import Clockwork
from hypothesis import given, settings
from hypothesis import strategies as st

from arrays import near
from hwsynth import TanhCell, UsageError
from hwsynth.settings import build_options
from hwsynth.testing import check_core, check_readme
from hwsynth_cwrnn import CWRNN

BATCH, FEATURES, STEPS = 2, 3, 37

CONFIGURATIONS = {
    "powers of two": CWRNN(units=12, modules=4),
    "squares": CWRNN(units=10, modules=4, periods=(1, 3, 4, 9), sizes=(4, 1, 2, 3)),
    "no module at every step": CWRNN(units=9, modules=4, periods=(2, 3, 8, 16)),
    "coprime": CWRNN(units=7, modules=3, periods=(3, 5, 7), sizes=(1, 2, 4)),
    "one module": CWRNN(units=5, modules=1),
    "longer than the sequence": CWRNN(units=6, modules=3, periods=(1, 7, 100)),
    "clipped": CWRNN(
        units=10, modules=4, periods=(1, 3, 4, 9), sizes=(4, 1, 2, 3), clip_derivative=0.3
    ),
}
every_configuration = pytest.mark.parametrize("name", CONFIGURATIONS)


@cache
def _core(name: str) -> Any:
    core = CONFIGURATIONS[name].build(seed=3)
    core.build((None, None, FEATURES))
    return core


@cache
def _program(name: str, cuts: tuple[int, ...], stepped: bool, compiled: bool) -> Any:
    """Derivatives of a weighted sum of outputs and of half the squared final state."""
    from keras import ops

    from hwsynth import RecurrentCore
    from hwsynth.backend import gradients

    core = _core(name)
    call = partial(RecurrentCore.call, core) if stepped else core.call

    def weighted(sources: Any, rest: Any) -> Any:
        (inputs, hidden), (clock, weights) = sources, rest
        state, outputs = (hidden, clock), []
        for start, end in zip((0, *cuts), (*cuts, inputs.shape[1]), strict=True):
            part, state = call(inputs[:, start:end], state)
            outputs.append(part)
        whole = ops.concatenate(outputs, axis=1)
        scalar = ops.sum(whole * weights) + 0.5 * ops.sum(ops.square(state[0]))
        return scalar, (whole, *state)

    return gradients(weighted, core.trainable_variables, compiled=compiled)


def _reference(name: str) -> Clockwork:
    core, options = _core(name), CONFIGURATIONS[name]
    w_h = np.zeros((core.units, core.units))
    for module, kernel in zip(core.arranged, core.recurrent_kernels, strict=True):
        w_h[: module.units.stop, module.units] = np.asarray(kernel).T
    sizes = options.module_sizes()
    return Clockwork(
        w_h,
        np.asarray(core.kernel, np.float64).T,
        np.asarray(core.bias, np.float64),
        np.repeat(options.module_periods(), sizes),
        np.repeat(np.arange(len(sizes)), sizes),
        options.clip_derivative or np.inf,
    )


def _compare(
    name: str,
    clock: int,
    cuts: tuple[int, ...] = (),
    steps: int = STEPS,
    *,
    stepped: bool = False,
    compiled: bool = False,
) -> None:
    from keras import ops

    core, reference = _core(name), _reference(name)
    rng = np.random.default_rng(clock)
    x = rng.standard_normal((BATCH, steps, FEATURES)).astype(np.float32)
    y = np.tanh(rng.standard_normal((BATCH, core.units))).astype(np.float32)
    weights = rng.standard_normal((BATCH, steps, core.units)).astype(np.float32)
    (outputs, hidden, after), derivatives = _program(name, cuts, stepped, compiled)(
        [ops.convert_to_tensor(x), ops.convert_to_tensor(y)],
        [ops.convert_to_tensor(np.array([clock], np.int32)), ops.convert_to_tensor(weights)],
    )
    rows = x.transpose(1, 0, 2).astype(np.float64)
    wanted = reference.run(rows, y.astype(np.float64), clock)
    near(outputs, wanted.transpose(1, 0, 2))
    near(hidden, wanted[-1])
    assert int(after[0]) == clock + steps
    dys = weights.transpose(1, 0, 2).astype(np.float64)
    wanted_d = reference.derivatives(rows, y.astype(np.float64), clock, dys, wanted[-1])
    dx, dy, dkernel, dbias, *drecurrent = derivatives
    near(dx, wanted_d["x"].transpose(1, 0, 2))
    near(dy, wanted_d["y"])
    near(dkernel, wanted_d["w_i"].T)
    near(dbias, wanted_d["b"])
    for module, got in zip(core.arranged, drecurrent, strict=True):
        near(got, wanted_d["w_h"][: module.units.stop, module.units].T)


@every_configuration
@settings(max_examples=8, deadline=None)
@given(clock=st.integers(0, 300))
def test_outputs_state_and_gradients_are_those_of_the_equations_from_any_clock(
    name: str, clock: int
) -> None:
    _compare(name, clock)


@pytest.mark.parametrize(("name", "compiled"), [("clipped", False), ("coprime", True)])
@settings(max_examples=8, deadline=None)
@given(clock=st.integers(0, 100_000))
def test_step_by_step_they_are_so_too(name: str, compiled: bool, clock: int) -> None:
    _compare(name, clock, stepped=True, compiled=compiled)


@pytest.mark.parametrize(
    ("name", "steps"), [("squares", 1), ("no module at every step", 5), ("coprime", 16)]
)
@settings(max_examples=8, deadline=None)
@given(clock=st.integers(0, 100_000))
def test_any_length_may_be_run(name: str, steps: int, clock: int) -> None:
    _compare(name, clock, steps=steps)


@pytest.mark.parametrize(("name", "cuts"), [("squares", (13, 14)), ("coprime", (18,))])
@settings(max_examples=8, deadline=None)
@given(clock=st.integers(0, 1000))
def test_any_cuts_may_be_made(name: str, cuts: tuple[int, ...], clock: int) -> None:
    _compare(name, clock, cuts=cuts)


@pytest.mark.parametrize("inactive", ["hold", "zero"])
@pytest.mark.parametrize(
    ("name", "clock"), [("powers of two", 0), ("no module at every step", 5), ("coprime", 17)]
)
def test_outputs_projected_at_the_slow_rate_are_the_projected_outputs(
    name: str, clock: int, inactive: str
) -> None:
    from keras import ops

    from hwsynth import RecurrentCore
    from hwsynth.backend import gradients

    core = CONFIGURATIONS[name].model_copy(update={"inactive": inactive}).build(seed=3)
    core.build((None, None, FEATURES))
    rng = np.random.default_rng(clock)
    sources = [rng.standard_normal(shape) for shape in [(BATCH, STEPS, FEATURES), (core.units, 4)]]
    sources.append(np.tanh(rng.standard_normal((BATCH, core.units))))
    tensors = [ops.convert_to_tensor(source, "float32") for source in sources]

    def found(kind: type) -> Any:
        def squared(sources: Any, rest: Any) -> Any:
            x, kernel, hidden = sources
            projected, state = kind.call_projected(core, x, kernel, (hidden, rest[0]))
            return ops.sum(ops.square(projected)) + ops.sum(state[0]), (projected, *state)

        program = gradients(squared, core.trainable_variables)
        values, derivatives = program(tensors, [ops.convert_to_tensor([clock], "int32")])
        return [*values, *derivatives]

    for got, wanted in zip(found(type(core)), found(RecurrentCore), strict=True):
        near(got, np.asarray(wanted, np.float64))


def test_the_bound_on_derivatives_bites_in_these_tests() -> None:
    rng = np.random.default_rng(0)
    clipped, free = _reference("clipped"), _reference("squares")
    x, dys = rng.standard_normal((STEPS, 1, FEATURES)), rng.standard_normal((STEPS, 1, 10))
    y = np.zeros((1, 10))
    a, b = (r.derivatives(x, y, 0, dys, y)["b"] for r in (clipped, free))
    assert np.abs(a - b).max() > 0.1


@pytest.mark.parametrize(
    "options",
    [
        CWRNN(units=6, modules=3),
        CWRNN(units=7, modules=3, periods=(3, 5, 7), sizes=(1, 2, 4), clip_derivative=0.1),
    ],
    ids=["powers of two", "coprime, clipped"],
)
def test_the_core_keeps_the_contract(options: CWRNN) -> None:
    check_core(options)


def test_an_inactive_module_keeps_its_output_and_does_not_see_its_input() -> None:
    from keras import ops

    core = _core("coprime")
    rng = np.random.default_rng(0)
    state = (rng.standard_normal((BATCH, 7)).astype(np.float32), np.array([10], np.int32))
    # At t = 10 of the periods 3, 5, 7 only the second module ticks.
    output, (_, clock) = core.step(rng.standard_normal((BATCH, FEATURES)), state)
    changed = (ops.convert_to_numpy(output) != state[0]).any(axis=0)
    assert changed.tolist() == [False, True, True, False, False, False, False]
    assert np.asarray(clock).tolist() == [11]


@pytest.mark.parametrize(("clock", "ticking"), [(0, 3), (8, 0), (10, 1), (15, 2)])
def test_a_module_that_does_not_tick_is_not_computed(
    clock: int, ticking: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, forward = _core("coprime"), TanhCell.forward
    ran = []

    def counted(*given: Any) -> Any:
        ran.append(given)
        return forward(*given)

    monkeypatch.setattr(TanhCell, "forward", counted)
    hidden, now = core.initial_state(BATCH)
    core.step(np.ones((BATCH, FEATURES), np.float32), (hidden, now + clock))
    assert len(ran) == ticking


@pytest.mark.parametrize(("units", "modules"), [(64, 8), (30, 5), (8, 8), (12, 1)])
def test_equal_modules_have_n2_over_2_plus_nk_over_2_recurrent_weights(
    units: int, modules: int
) -> None:
    core = CWRNN(units=units, modules=modules).build()
    core.build((None, None, 1))
    k = units // modules
    weights = sum(int(np.prod(kernel.shape)) for kernel in core.recurrent_kernels)
    assert weights == (units * units + units * k) // 2


# Koutník et al., Table 1: hidden units -> parameters, counting the output layer, biases and a
# period a module. Sequence generation has no input, one output and 9 modules; spoken words 13
# inputs, 25 classes and 7 modules.
TABLE_1 = [
    *((0, 1, 9, *row) for row in [(11, 100), (19, 249), (27, 469), (40, 980)]),
    *((13, 25, 7, *row) for row in [(10, 480), (19, 980), (40, 2507), (65, 4982), (102, 9956)]),
]


@pytest.mark.parametrize(("features", "outputs", "modules", "units", "parameters"), TABLE_1)
def test_parameters_are_those_of_table_1(
    features: int, outputs: int, modules: int, units: int, parameters: int
) -> None:
    core = CWRNN(units=units, modules=modules).build()
    core.build((None, None, max(features, 1)))
    unseen = 0 if features else units  # The layer wants an input: its kernel is taken off.
    assert core.count_params() - unseen + (units + 1) * outputs + modules == parameters


def test_first_weights_have_the_standard_deviation_asked_for() -> None:
    core = CWRNN(units=256, modules=4, weight_sd=0.1).build(seed=1)
    core.build((None, None, FEATURES))
    drawn = np.concatenate([np.ravel(v) for v in [core.kernel, *core.recurrent_kernels]])
    assert drawn.std() == pytest.approx(0.1, rel=5 / np.sqrt(2 * drawn.size))
    assert drawn.mean() == pytest.approx(0, abs=5 * 0.1 / np.sqrt(drawn.size))
    assert not np.any(np.asarray(core.bias))


def test_first_weights_default_to_one_over_the_root_of_what_a_unit_reads() -> None:
    core = CWRNN(units=256, modules=4).build(seed=1)
    core.build((None, None, FEATURES))
    for i in range(4):
        own = core.arranged[i].units
        read = [np.asarray(core.kernel)[:, own]]
        read += [np.asarray(kernel)[:, own] for kernel in core.recurrent_kernels[i:]]
        drawn = np.concatenate(read)
        assert drawn.std() == pytest.approx(len(drawn) ** -0.5, rel=5 / np.sqrt(2 * drawn.size))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"periods": "1,2,4"}, ["periods gives 3 numbers", "modules=8", "modules=3"]),
        ({"modules": "2", "periods": "4,2"}, ["periods must ascend", "4,2"]),
        ({"modules": "2", "periods": "0,2"}, ["periods must ascend from 1", "0,2"]),
        ({"modules": "2", "periods": "2,2"}, ["periods must ascend", "2,2"]),
        ({"modules": "2", "sizes": "3,4", "units": "8"}, ["add up to 7", "units=8"]),
        ({"modules": "2", "sizes": "0,8", "units": "8"}, ["sizes must be 1 or more", "0,8"]),
        ({"units": "4"}, ["modules=8", "at least as many units"]),
    ],
)
def test_modules_that_cannot_be_are_refused(given: dict[str, str], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        build_options(CWRNN, given, section="core")
    for word in words:
        assert word in str(caught.value)


def test_leftover_units_go_to_the_fast_modules() -> None:
    assert CWRNN(units=11, modules=4).module_sizes() == (3, 3, 3, 2)


def test_the_readme_lists_every_option() -> None:
    check_readme(CWRNN, Path(__file__).parents[1] / "README.md")
