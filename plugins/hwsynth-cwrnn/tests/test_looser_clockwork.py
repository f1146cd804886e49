from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modular_reference import GATES, Modules

from arrays import near
from hwsynth.testing import check_core
from hwsynth_cwrnn import CWRNN

BATCH, FEATURES, STEPS = 2, 2, 23
FORM: dict[str, Any] = {"units": 6, "modules": 3, "periods": (2, 3, 8), "sizes": (1, 2, 3)}
COUPLINGS = ["slower", "none", "all"]


@cache
def _core(coupling: str, inactive: str, cell: str) -> Any:
    options = CWRNN(**FORM, coupling=coupling, inactive=inactive, cell=cell)
    core = options.build(seed=3)
    core.build((None, None, FEATURES))
    core.bias.assign(np.random.default_rng(1).standard_normal(core.bias.shape))
    return core


def _reads(coupling: str, i: int) -> list[int]:
    return {"slower": list(range(i, 3)), "none": [i], "all": [0, 1, 2]}[coupling]


def _reference(core: Any, weights: list[np.ndarray]) -> Modules:
    """weights as the core lists them: kernel, bias, a recurrent kernel a module."""
    kernel, bias, *recurrent = weights
    sizes, cell = FORM["sizes"], {1: "tanh", 3: "gru", 4: "lstm"}[core.cell.gates]
    count = len(GATES[cell])

    def by_gate(w: np.ndarray, first: int, size: int) -> dict[str, np.ndarray]:
        parts = [w[..., first + g * size : first + (g + 1) * size] for g in range(count)]
        return {gate: part.T for gate, part in zip(GATES[cell], parts, strict=True)}

    starts = [count * sum(sizes[:i]) for i in range(3)]
    w_h: list[dict[int, Any]] = [{}, {}, {}]
    for j, w in enumerate(recurrent):
        first = 0
        for i in (i for i in range(3) if j in _reads(core.coupling, i)):
            w_h[i][j] = by_gate(w, first, sizes[i])
            first += count * sizes[i]
        assert first == w.shape[1]
    return Modules(
        cell,
        core.inactive,
        FORM["periods"],
        [by_gate(kernel, starts[i], sizes[i]) for i in range(3)],
        w_h,
        [by_gate(bias, starts[i], sizes[i]) for i in range(3)],
    )


def _by_module(part: np.ndarray) -> list[np.ndarray]:
    return np.split(part, np.cumsum(FORM["sizes"])[:-1], axis=1)


def _loss(core: Any, clock: int, by: np.ndarray) -> Callable:
    """Of inputs (steps, batch, features), parts of the state, and weights: a weighted sum of
    outputs and half the squared final state; and both."""

    def loss(x: np.ndarray, *rest: np.ndarray) -> tuple[Any, Any]:
        parts, weights = rest[: core.cell.parts], rest[core.cell.parts :]
        reference = _reference(core, list(weights))
        outputs, after = reference.run(x, [_by_module(part) for part in parts], clock)
        return (outputs * by).sum() + 0.5 * sum((part**2).sum() for part in after), (outputs, after)

    return loss


def _derivatives(loss: Callable, given: list[np.ndarray]) -> list[np.ndarray]:
    """By each number given, exactly: the loss is analytic, a step of i·1e-30 shows its slope."""
    found = []
    for n, array in enumerate(given):
        slopes = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[index] += 1e-30j
            slopes[index] = loss(*given[:n], moved, *given[n + 1 :])[0].imag / 1e-30
        found.append(slopes)
    return found


@cache
def _program(coupling: str, inactive: str, cell: str) -> Any:
    from keras import ops

    from hwsynth.backend import gradients

    core = _core(coupling, inactive, cell)

    def weighted(sources: Any, rest: Any) -> Any:
        (inputs, *parts), (clock, by) = sources, rest
        outputs, (*after, _) = core.call(inputs, (*parts, clock))
        ends = sum(0.5 * ops.sum(ops.square(part)) for part in after)
        return ops.sum(outputs * by) + ends, (outputs, *after)

    return gradients(weighted, core.trainable_variables)


def _compare(coupling: str, inactive: str, cell: str, clock: int) -> None:
    from keras import ops

    core, rng = _core(coupling, inactive, cell), np.random.default_rng(clock)
    x = rng.standard_normal((BATCH, STEPS, FEATURES)).astype(np.float32)
    parts = list(rng.standard_normal((core.cell.parts, BATCH, 6)).astype(np.float32))
    by = rng.standard_normal((BATCH, STEPS, 6)).astype(np.float32)
    (outputs, *after), derivatives = _program(coupling, inactive, cell)(
        [ops.convert_to_tensor(a) for a in (x, *parts)],
        [ops.convert_to_tensor(np.array([clock], np.int32)), ops.convert_to_tensor(by)],
    )
    loss = _loss(core, clock, by.transpose(1, 0, 2))
    given = [x.transpose(1, 0, 2), *parts, *(np.asarray(v) for v in core.trainable_variables)]
    given = [array.astype(np.float64) for array in given]
    _, (wanted, wanted_after) = loss(*given)
    near(outputs, wanted.transpose(1, 0, 2))
    for got, part in zip(after, wanted_after, strict=True):
        near(got, part)
    wanted_dx, *others = _derivatives(loss, given)
    for got, slopes in zip(derivatives, [wanted_dx.transpose(1, 0, 2), *others], strict=True):
        near(got, slopes)


# Every pair of values of two options is among these.
PAIRS = [
    (coupling, ("hold", "zero")[(i + j) % 2], cell)
    for (i, coupling), (j, cell) in itertools.product(enumerate(COUPLINGS), enumerate(GATES))
]


@pytest.mark.parametrize(("coupling", "inactive", "cell"), PAIRS)
def test_outputs_state_and_gradients_are_those_of_the_definition(
    coupling: str, inactive: str, cell: str
) -> None:
    _compare(coupling, inactive, cell, 21)


@settings(max_examples=6, deadline=None)
@given(clock=st.integers(0, 100_000))
def test_they_are_so_from_any_clock(clock: int) -> None:
    _compare("slower", "zero", "gru", clock)


@pytest.mark.parametrize(
    "options",
    [
        CWRNN(**FORM, coupling="none", inactive="zero"),
        CWRNN(**FORM, coupling="slower", inactive="zero", cell="gru", clip_derivative=0.1),
        CWRNN(**FORM, coupling="all", inactive="zero", cell="lstm"),
    ],
    ids=["apart", "gru, clipped", "all, lstm"],
)
def test_the_core_keeps_the_contract(options: CWRNN) -> None:
    check_core(options)


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_an_inactive_module_may_put_out_zeros_and_keeps_its_state(coupling: str) -> None:
    core = _core(coupling, "zero", "lstm")
    h, c = np.random.default_rng(0).standard_normal((2, BATCH, 6)).astype(np.float32)
    # At t = 9 of the periods 2, 3, 8 only the second module ticks.
    output, (h_after, c_after, clock) = core.step(
        np.ones((BATCH, FEATURES), np.float32), (h, c, np.array([9], np.int32))
    )
    ticks = np.array([False, True, True, False, False, False])
    assert not np.any(np.asarray(output)[:, ~ticks])
    assert np.all(np.asarray(output)[:, ticks] == np.asarray(h_after)[:, ticks])
    for before, after in [(h, h_after), (c, c_after)]:
        assert (np.asarray(after) != before).any(axis=0).tolist() == ticks.tolist()
    assert np.asarray(clock).tolist() == [10]


@pytest.mark.parametrize(
    ("coupling", "hearers"), [("none", [1]), ("slower", [0, 1]), ("all", [0, 1, 2])]
)
def test_a_module_is_heard_by_those_that_are_coupled_to_it(coupling: str, hearers: list) -> None:
    core = _core(coupling, "hold", "tanh")
    hidden = np.zeros((1, 6), np.float32)
    spoken = hidden.copy()
    spoken[:, core.arranged[1].units] = 1
    x, clock = np.zeros((1, FEATURES), np.float32), np.array([0], np.int32)
    before, after = (np.asarray(core.step(x, (h, clock))[0]) for h in (hidden, spoken))
    differ = [(before != after)[:, module.units].all() for module in core.arranged]
    assert [i for i, each in enumerate(differ) if each] == hearers


@pytest.mark.parametrize("cell", list(GATES))
def test_modules_apart_have_their_own_square_of_weights_a_gate(cell: str) -> None:
    core = _core("none", "zero", cell)
    weights = sum(int(np.prod(kernel.shape)) for kernel in core.recurrent_kernels)
    assert weights == len(GATES[cell]) * (1 + 2**2 + 3**2)


def test_the_forget_gates_of_every_module_start_biased() -> None:
    core = CWRNN(units=3, modules=2, cell="lstm").build()
    core.build((None, None, FEATURES))
    assert np.asarray(core.bias).tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0]
