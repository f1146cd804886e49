from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth.contracts import Task
from hwsynth.run_options import ModelOptions
from hwsynth_cwrnn import CWRNN
from hwsynth_lru import LRU
from hwsynth_lstm import LSTM
from hwsynth_mdn import MDN

BATCH, STEPS = 2, 15
UNIT = (0.02, 0.03)
CORES = {
    "cwrnn": CWRNN(units=6, modules=3),
    "lru": LRU(units=5, states=4),
    "lstm": LSTM(units=5, peepholes=True),
}


def _model(core: Any, head: MDN | None = None, **options: Any) -> Any:
    from hwsynth.model import build_model

    return build_model(
        core, head or MDN(mixtures=2), ModelOptions(**options), task=Task(UNIT), seed=2
    )


@cache
def _stack(core: str, layers: int, skips: bool) -> Any:
    return _model(CORES[core], layers=layers, skips=skips)


def _rows(seed: int = 0, steps: int = STEPS) -> np.ndarray:
    rng = np.random.default_rng(seed)
    offsets = rng.standard_normal((BATCH, steps, 2))
    pen_up = rng.integers(0, 2, (BATCH, steps, 1))
    return np.concatenate([offsets, pen_up], axis=2).astype(np.float32)


def _batch(seed: int = 0) -> dict[str, np.ndarray]:
    mask = np.ones((BATCH, STEPS), bool)
    mask[0, 9:] = False
    return {"inputs": _rows(seed), "targets": _rows(seed + 1), "mask": mask}


def _near(got: Any, wanted: Any) -> None:
    got, wanted = numpy_of(got).astype(np.float64), numpy_of(wanted).astype(np.float64)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5 * max(1, np.abs(wanted).max()))


def _near_states(got: Any, wanted: Any) -> None:
    for core_state, wanted_state in zip(got, wanted, strict=True):
        for part, wanted_part in zip(core_state, wanted_state, strict=True):
            _near(part, wanted_part)


stacks = pytest.mark.parametrize(
    ("core", "layers", "skips"),
    [
        ("cwrnn", 1, True),
        ("cwrnn", 3, True),
        ("lru", 3, True),
        ("lstm", 3, True),
        ("lstm", 3, False),
    ],
)


@stacks
def test_step_by_step_gives_what_the_whole_sequence_gives(
    core: str, layers: int, skips: bool
) -> None:
    model, rows = _stack(core, layers, skips), _rows()
    params, after = model.unroll(rows)
    assert tuple(params.shape) == (BATCH, STEPS, 13)
    state = model.initial_state(BATCH)
    for t in range(STEPS):
        one, state = model.step(rows[:, t], state)
        _near(one, params[:, t])
    _near_states(state, after)


@stacks
def test_a_state_is_handed_on_over_cuts(core: str, layers: int, skips: bool) -> None:
    model, rows = _stack(core, layers, skips), _rows(3)
    whole, wanted = model.unroll(rows)
    parts, state = [], None
    for start, end in ((0, 4), (4, 5), (5, STEPS)):
        params, state = model.unroll(rows[:, start:end], state)
        parts.append(params)
    _near(np.concatenate([numpy_of(part) for part in parts], axis=1), whole)
    _near_states(state, wanted)


def test_with_skips_layers_see_the_input_and_the_head_sees_all_layers() -> None:
    """Graves (2013), eq. 1-3."""
    model = _stack("lstm", 3, True)
    assert [core.kernel.shape[0] for core in model.cores] == [3, 8, 8]
    assert model.head.kernel.shape[0] == 15


def test_without_skips_each_sees_the_layer_below_alone() -> None:
    model = _stack("lstm", 3, False)
    assert [core.kernel.shape[0] for core in model.cores] == [3, 5, 5]
    assert model.head.kernel.shape[0] == 5


def test_the_head_is_the_sum_over_layers_of_equation_3() -> None:
    model, rows = _stack("lstm", 3, True), _rows(4)
    below, outputs = rows, []
    for core in model.cores:
        outputs.append(numpy_of(core.call(below)[0]))
        below = np.concatenate([rows, outputs[-1]], axis=-1)
    kernels = np.split(np.asarray(model.head.kernel), 3)
    summed = sum(output @ kernel for output, kernel in zip(outputs, kernels, strict=True))
    _near(model.unroll(rows)[0], summed + np.asarray(model.head.bias))


@pytest.mark.parametrize(
    ("units", "layers", "parameters"), [(900, 1, 3_366_121), (400, 3, 3_368_121)]
)
def test_graves_prediction_networks_have_as_many_parameters_as_his(
    units: int, layers: int, parameters: int
) -> None:
    model = _model(LSTM(units=units, peepholes=True), MDN(), layers=layers)
    assert model.count_params() == parameters


def test_dropout_is_off_unless_training() -> None:
    rows = _rows(5)
    dropping = _model(CORES["lstm"], layers=2, dropout=0.5)
    plain = _stack("lstm", 2, True)
    _near(dropping.unroll(rows)[0], plain.unroll(rows)[0])
    _near(dropping({"inputs": rows, "mask": np.ones((BATCH, STEPS), bool)}), plain.unroll(rows)[0])
    first, second = (numpy_of(dropping.unroll(rows, training=True)[0]) for _ in range(2))
    assert np.abs(first - numpy_of(plain.unroll(rows)[0])).max() > 0.01
    assert np.abs(first - second).max() > 0.01


def test_dropout_leaves_the_memory_whole() -> None:
    rows = _rows(6)
    dropping = _model(CORES["lstm"], layers=1, dropout=0.5)
    _, wanted = _stack("lstm", 1, True).unroll(rows)
    _near_states(dropping.unroll(rows, training=True)[1], wanted)


def test_a_seed_decides_weights_and_layers_draw_apart() -> None:
    from hwsynth.model import build_model

    def kernels(seed: int) -> list[np.ndarray]:
        model = build_model(
            LSTM(units=8), MDN(), ModelOptions(layers=3, skips=False), task=Task(UNIT), seed=seed
        )
        return [np.asarray(v) for v in model.trainable_variables if v.name.endswith("kernel")]

    first, again, other = kernels(1), kernels(1), kernels(2)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert not any((a == b).any() for a, b in zip(first, other, strict=True))
    assert np.abs(np.corrcoef(first[2].ravel(), first[4].ravel())[0, 1]) < 0.3
    assert not (first[3] == first[5]).any()


def test_no_two_parts_of_a_model_are_given_neighbouring_seeds() -> None:
    """A core may count up from its seed, one for each kernel."""
    model = _stack("lstm", 3, True)
    seeds = sorted([*(core.seed for core in model.cores), model.head.seed])
    assert min(np.diff(seeds)) >= 10


def test_the_loss_is_the_sum_of_nats_over_the_points_of_the_mask() -> None:
    model, batch = _stack("cwrnn", 1, True), _batch(7)
    params = model(batch)
    nats = numpy_of(model.head.loss(params, batch["targets"]))
    loss = model.compute_loss(x=batch, y_pred=params)
    assert float(numpy_of(loss)) == pytest.approx(nats[batch["mask"]].sum(), rel=1e-5)


@pytest.mark.parametrize("core", CORES)
def test_padding_changes_no_gradient_of_a_model(core: str) -> None:
    from hwsynth import backend

    model, batch = _stack(core, 3, True), _batch(8)
    other = {name: array.copy() for name, array in batch.items()}
    other["inputs"][~batch["mask"]] = 50
    other["targets"][~batch["mask"]] = -50
    names = list(batch)

    def loss(sources: Any, rest: Any) -> Any:
        given = dict(zip(names, rest, strict=True))
        nats = model.compute_loss(x=given, y_pred=model(given))
        return nats, nats

    program = backend.gradients(loss, model.trainable_variables)
    (nats, derivatives), (other_nats, others) = (
        program([], [_tensor(each[name]) for name in names]) for each in (batch, other)
    )
    assert float(nats) == float(other_nats)
    for a, b in zip(derivatives, others, strict=True):
        _near(b, a)


def _tensor(array: np.ndarray) -> Any:
    from keras import ops

    return ops.convert_to_tensor(array)


@pytest.mark.parametrize("reduction", ["point", "sequence"])
def test_bounds_on_derivatives_act_on_the_summed_loss_whatever_the_reduction(
    reduction: str,
) -> None:
    """One step of training equals the clipped gradient of the sum, then divided."""
    from hwsynth import backend
    from hwsynth.run_options import TrainingOptions
    from hwsynth.training import compile_model

    bound, batch = 0.02, _batch(9)
    head = MDN(mixtures=2, clip_derivative=bound)
    model = _model(CORES["lstm"], head)
    parts = int(batch["mask"].sum()) if reduction == "point" else BATCH
    options = TrainingOptions(optimiser="rmsprop", learning_rate=1.0, clip_norm=None)
    compile_model(model, options)
    before = np.asarray(model.head.bias, np.float64)

    def loss(sources: Any, rest: Any) -> Any:
        free = _stack_free_head().loss(sources[0], rest[0])
        return _sum(free, rest[1]), ()

    _, (derivative,) = backend.gradients(loss, [])(
        [_tensor(numpy_of(model(batch)))], [_tensor(batch["targets"]), _tensor(batch["mask"])]
    )
    derivative = numpy_of(derivative).astype(np.float64)
    assert (np.abs(derivative) > bound).mean() > 0.2
    gradient = np.clip(derivative, -bound, bound).sum(axis=(0, 1)) / parts
    model.optimizer.gradient_scale.assign(1 / parts)
    model.train_on_batch(batch)
    # eq. 38-45, the first step.
    moved = -gradient / np.sqrt(0.05 * gradient**2 - (0.05 * gradient) ** 2 + 1e-4)
    np.testing.assert_allclose(
        np.asarray(model.head.bias, np.float64) - before, moved, rtol=1e-3, atol=1e-5
    )


def _stack_free_head() -> Any:
    return MDN(mixtures=2).build(task=Task(UNIT))


def _sum(nats: Any, mask: Any) -> Any:
    from keras import ops

    return ops.sum(ops.where(mask, nats, 0.0))


def test_training_learns_a_rhythm() -> None:
    """Pen-up at every fourth point, which only a memory can foretell."""
    from hwsynth.run_options import TrainingOptions
    from hwsynth.training import compile_model

    rows = _rows(10, STEPS + 1)
    rows[:, :, 2] = 0
    rows[0, 1::4, 2] = rows[1, 3::4, 2] = 1
    batch = {"inputs": rows[:, :-1], "targets": rows[:, 1:], "mask": np.ones((BATCH, STEPS), bool)}
    model = _model(CWRNN(units=16, modules=2))
    # The same start on every backend, whose own draws from a seed differ.
    rng = np.random.default_rng(2)
    for kernel in model.trainable_variables:
        if len(kernel.shape) == 2:
            kernel.assign(rng.standard_normal(kernel.shape) / np.sqrt(kernel.shape[0]))
    compile_model(model, TrainingOptions())
    model.optimizer.learning_rate = 0.01
    model.optimizer.gradient_scale.assign(1 / (BATCH * STEPS))
    losses = [float(model.train_on_batch(batch)) / (BATCH * STEPS) for _ in range(300)]
    params = numpy_of(model(batch))
    pen_up = 1 / (1 + np.exp(params[:, 5:, 0]))
    assert ((pen_up > 0.5) == (batch["targets"][:, 5:, 2] == 1)).all()
    assert losses[-1] < losses[0] - 0.5
