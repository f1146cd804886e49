"""Training: what a step does, when it ends, what is kept, and going on exactly."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth.contracts import Task
from hwsynth.errors import RunError, TrainingError
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import Budget, TrainingOptions
from hwsynth.run_record import Progress
from hwsynth.watching import Watcher
from small_corpus import contents, experiment, plugins

OPTIONS = TrainingOptions(clip_norm=None, validate_steps=2, checkpoint_minutes=1e9)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A model that is compiled once, its first state, and its batches of 5 an epoch."""
    from hwsynth.experiment import start
    from hwsynth.training import _optimiser_arrays, model_arrays

    folder = tmp_path_factory.mktemp("workshop")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        run = start(experiment(training=OPTIONS), folder / "run", plugins())
    arrays = {**model_arrays(run.model), **_optimiser_arrays(run.model)}
    first = RunFolder(folder / "first")
    first.path.mkdir()
    first.write_checkpoint({name: np.array(array) for name, array in arrays.items()}, Progress())
    assert run.batches.per_epoch == 5
    return SimpleNamespace(model=run.model, batches=run.batches, first=first)


Go = Callable[..., Progress]


@pytest.fixture
def go(workshop: SimpleNamespace, tmp_path: Path) -> Go:
    """Trains the workshop's model in tmp_path, from its first state or from where it was."""
    from hwsynth.training import restore, train

    restore(workshop.model, workshop.first)

    def run(budget: Budget, options: Any = None, **given: Any) -> Progress:
        settings = OPTIONS.model_copy(update=options or {})
        folder = RunFolder(tmp_path)
        return train(workshop.model, workshop.batches, settings, budget, folder, **given)

    return run


def figures(folder: Path, name: str = "train_nats_per_point") -> list[float]:
    return [row[name] for row in RunFolder(folder).history()]


class Noting(Watcher):
    """Calls what it was given after each step."""

    def __init__(self, note: Callable[[Any], object]) -> None:
        self.stepped = note  # type: ignore[method-assign]


def stop_after(steps: int) -> dict[str, Any]:
    """What ends training after as many more steps, as a signal would."""
    seen: list[Any] = []
    return {"watchers": [Noting(seen.append)], "stopped": lambda: len(seen) >= steps}


def validating(*nats: float, errors: Sequence[float] = ()) -> Callable[[], Any]:
    """Gives these figures, one after the other, and the last one from then on; `errors` are those
    of a reader."""
    from hwsynth.training import Validation

    found = [Validation(*each) for each in zip(nats, errors or [math.nan] * len(nats), strict=True)]
    given = itertools.chain(found, itertools.repeat(found[-1]))
    return lambda: next(given)


def test_a_steps_figure_is_the_loss_of_its_batch_before_the_step(workshop, go, tmp_path):
    def loss(number: int) -> float:
        batch = workshop.batches[number]
        params, _ = workshop.model.unroll(batch.inputs, mask=batch.mask)
        nats = workshop.model.head.loss(params, batch.targets)
        return float(numpy_of(nats)[batch.mask].mean())

    expected = [loss(0)]
    go(Budget(steps=1))
    expected.append(loss(1))
    go(Budget(steps=2))
    assert figures(tmp_path) == pytest.approx(expected, rel=1e-5)


def test_training_lowers_the_loss(go, tmp_path):
    go(Budget(steps=60), {"learning_rate": 0.02})
    nats = figures(tmp_path)
    assert np.mean(nats[-5:]) < np.mean(nats[:5]) - 0.5


@pytest.mark.parametrize(
    ("budget", "steps"),
    [
        (Budget(steps=3), 3),
        (Budget(epochs=2), 10),
        (Budget(epochs=0.5), 3),
        (Budget(minutes=1e-9), 1),
        (Budget(steps=4, epochs=3), 4),
        (Budget(steps=400, epochs=1, minutes=60), 5),
    ],
)
def test_the_bound_that_is_reached_first_ends_training(go, tmp_path, budget, steps):
    assert go(budget).step == steps
    assert figures(tmp_path, "step") == list(range(1, steps + 1))
    assert figures(tmp_path, "epoch") == [step // 5 for step in range(steps)]


def test_minutes_count_over_all_resumptions(go):
    spent = go(Budget(steps=2)).minutes
    assert spent > 0
    assert go(Budget(minutes=spent)).step == 2
    assert go(Budget(steps=4)).minutes > spent


def test_the_rate_falls_tenfold_over_the_budget(go, tmp_path):
    go(Budget(steps=4))
    rates = figures(tmp_path, "learning_rate")
    assert rates == pytest.approx([1e-3 * 0.1 ** (step / 4) for step in range(4)])


def test_the_gradient_is_that_of_the_mean_over_points_or_over_sequences(workshop, go, tmp_path):
    from hwsynth.training import restore

    moments = {}
    for reduction in ("point", "sequence"):
        restore(workshop.model, workshop.first)
        (tmp_path / "checkpoint.safetensors").unlink(missing_ok=True)
        (tmp_path / "weights.safetensors").unlink(missing_ok=True)
        (tmp_path / "history.csv").unlink(missing_ok=True)
        go(Budget(steps=1), {"reduction": reduction})
        moments[reduction] = [np.array(v) for v in workshop.model.optimizer._momentums]
    batch = workshop.batches[0]
    for by_point, by_sequence in zip(moments["point"], moments["sequence"], strict=True):
        assert np.abs(by_point).max() > 0
        ratio = batch.points / len(batch.lines)
        np.testing.assert_allclose(by_sequence, by_point * ratio, rtol=1e-3, atol=1e-6)


def test_validation_comes_when_asked_for_and_at_the_end(go, tmp_path):
    go(Budget(steps=5), validate=validating(3, 2, 1))
    given = figures(tmp_path, "validation_nats_per_point")
    np.testing.assert_array_equal(given, [math.nan, 3, math.nan, 2, 1])


def test_validation_comes_after_each_epoch_where_nothing_else_is_asked_for(go, tmp_path):
    go(Budget(steps=11), {"validate_steps": 0}, validate=validating(3, 2, 1))
    given = figures(tmp_path, "validation_nats_per_point")
    assert [step for step, nats in enumerate(given, start=1) if nats == nats] == [5, 10, 11]


def test_the_weights_that_validated_best_are_kept(workshop, go, tmp_path):
    from hwsynth.training import model_arrays

    seen: dict[int, dict[str, np.ndarray]] = {}

    def note(figures: Any) -> None:
        arrays = model_arrays(workshop.model)
        seen[figures.step] = {name: np.array(array) for name, array in arrays.items()}

    progress = go(Budget(steps=8), validate=validating(3, 1, 2, 4), watchers=[Noting(note)])
    kept = RunFolder(tmp_path).weights()
    assert (progress.best, progress.validated, progress.without_gain) == (1, 8, 2)
    for name, array in kept.items():
        np.testing.assert_array_equal(array, seen[4][name])
    assert any((array != seen[8][name]).any() for name, array in kept.items())


def test_weights_of_fewer_errors_are_kept_though_they_have_more_nats(workshop, go, tmp_path):
    from hwsynth.training import model_arrays

    seen: list[dict[str, np.ndarray]] = []
    note = Noting(
        lambda _: seen.append({k: np.array(v) for k, v in model_arrays(workshop.model).items()})
    )
    # Of the three with the lowest error the second has the fewest nats.
    validate = validating(1, 3, 6, 4, 5, errors=(0.3, 0.2, 0.1, 0.1, 0.1))
    progress = go(Budget(steps=10), validate=validate, watchers=[note])
    assert (progress.best, progress.least_error, progress.without_gain) == (4, 0.1, 1)
    assert figures(tmp_path, "character_error_rate")[1::2] == [0.3, 0.2, 0.1, 0.1, 0.1]
    for name, array in RunFolder(tmp_path).weights().items():
        np.testing.assert_array_equal(array, seen[7][name])


def test_without_validation_the_latest_weights_are_kept(workshop, go, tmp_path):
    from hwsynth.training import model_arrays

    go(Budget(steps=3))
    for name, array in RunFolder(tmp_path).weights().items():
        np.testing.assert_array_equal(array, model_arrays(workshop.model)[name])


@pytest.mark.parametrize(
    ("nats", "patience", "steps"),
    [
        ([3, 2, 2, 2], 2, 8),
        ([3, 2, 2.5, 1, 1], 2, 12),
        ([1, 1, 1, 1], 1, 4),
        ([1, 1, 1, 1], 0, 40),
    ],
)
def test_training_ends_when_patience_is_out(go, nats, patience, steps):
    assert go(Budget(steps=40), {"patience": patience}, validate=validating(*nats)).step == steps


def test_patience_that_ran_out_is_still_out_after_resuming(go):
    spent = {"options": {"patience": 1}, "validate": validating(1, 1)}
    assert go(Budget(steps=40), **spent).step == 4
    assert go(Budget(steps=80), **spent).step == 4


def test_a_stopped_run_keeps_a_checkpoint_of_its_last_step(go, tmp_path):
    assert go(Budget(steps=40), **stop_after(3)).step == 3
    _, progress = RunFolder(tmp_path).checkpoint()
    assert progress.step == 3


def test_a_run_stopped_at_once_goes_on_from_its_start(go, tmp_path):
    go(Budget(steps=3), stopped=lambda: True)
    assert RunFolder(tmp_path).checkpoint()[1] == Progress()
    assert go(Budget(steps=3)).step == 3
    assert figures(tmp_path, "step") == [1, 2, 3]


def test_a_larger_budget_goes_on_and_a_spent_one_does_nothing(go, tmp_path):
    go(Budget(steps=2))
    before = contents(tmp_path)
    go(Budget(steps=2))
    assert contents(tmp_path).keys() == before.keys()
    assert contents(tmp_path)["history.csv"] == before["history.csv"]
    go(Budget(steps=5))
    assert figures(tmp_path, "step") == [1, 2, 3, 4, 5]


def test_at_a_constant_rate_a_budget_in_two_parts_is_as_one(workshop, go, tmp_path):
    from hwsynth.training import restore

    constant = {"schedule": "constant"}
    go(Budget(steps=3), constant, validate=validating(1))
    go(Budget(steps=7), constant, validate=validating(1))
    parts = figures(tmp_path)
    for name in contents(tmp_path):
        (tmp_path / name).unlink()
    restore(workshop.model, workshop.first)
    go(Budget(steps=7), constant, validate=validating(1))
    assert parts == pytest.approx(figures(tmp_path), rel=1e-5)


def test_checkpoints_come_as_often_as_asked_for(go, tmp_path):
    at: list[int] = []

    def note(figures: Any) -> bool:
        at.append(RunFolder(tmp_path).checkpoint()[1].step)
        return False

    go(Budget(steps=4), {"checkpoint_minutes": 1e-9}, watchers=[Noting(note)])
    assert at == [0, 1, 2, 3]


def test_a_loss_that_is_not_finite_names_step_batch_and_lines_and_keeps_the_checkpoint(
    workshop, go, tmp_path
):
    go(Budget(steps=6))
    kept = contents(tmp_path)["checkpoint.safetensors"]
    with pytest.raises(TrainingError) as caught:
        go(Budget(steps=40), {"learning_rate": 1e30})
    message = str(caught.value)
    lines = [workshop.batches.sequences.corpus.ids[line] for line in workshop.batches[7].lines]
    assert "in step 8 (epoch 1, batch 2 of 5" in message
    assert f"lines {', '.join(lines)}" in message
    assert f"kept in {tmp_path}" in message
    assert "training.learning_rate" in message
    assert contents(tmp_path)["checkpoint.safetensors"] == kept
    assert go(Budget(steps=9)).step == 9
    assert figures(tmp_path, "step") == list(range(1, 10))
    assert np.isfinite(figures(tmp_path)).all()


def test_a_validation_that_is_not_finite_keeps_weights_and_checkpoint(go, tmp_path):
    go(Budget(steps=2), validate=validating(1))
    before = contents(tmp_path)
    with pytest.raises(TrainingError, match=r"validation loss became nan after step 4.*kept"):
        go(Budget(steps=40), validate=validating(math.nan))
    after = contents(tmp_path)
    for name in ("weights.safetensors", "checkpoint.safetensors"):
        assert after[name] == before[name]


def test_a_checkpoint_of_another_shape_is_refused_by_the_name_of_what_differs(go, tmp_path):
    go(Budget(steps=1))
    folder = RunFolder(tmp_path)
    arrays, progress = folder.checkpoint()
    folder.write_checkpoint({**arrays, "model/head/bias": np.zeros(99, np.float32)}, progress)
    with pytest.raises(
        RunError, match=r"model/head/bias has shape \(99,\), the model needs \(13,\)"
    ):
        go(Budget(steps=2))


def test_a_checkpoint_of_another_model_is_refused_by_what_it_lacks(go, tmp_path):
    go(Budget(steps=1))
    folder = RunFolder(tmp_path)
    arrays, progress = folder.checkpoint()
    arrays["model/core_1/tooth"] = arrays.pop("model/core_1/bias")
    folder.write_checkpoint(arrays, progress)
    with pytest.raises(RunError, match=r"lacks model/core_1/bias and has model/core_1/tooth"):
        go(Budget(steps=2))


def test_what_is_kept_has_the_same_names_however_many_models_a_process_made():
    from hwsynth.model import build_model
    from hwsynth.run_options import ModelOptions

    names = [
        build_model(
            given.core, given.head, ModelOptions(layers=2, dropout=0.1), task=Task((1, 1))
        ).variables_to_keep().keys()
        for given in (experiment(), experiment())
    ]  # fmt: skip
    assert names[0] == names[1]
    assert "model/dropout_2/state_0" in names[0]
    assert "model/core_2/kernel" in names[0]


RUNS = """
import shutil
import sys
from pathlib import Path

from hwsynth.experiment import resume, start
from hwsynth.run_options import Budget, ModelOptions, TrainingOptions
from hwsynth.watching import Watcher
from small_corpus import experiment, plugins

for core in ("cwrnn", "lstm"):
    whole, half = Path(core, "whole"), Path(core, "half")
    if sys.argv[1] == "go on":
        resume(half, plugins()).train()
        continue
    given = experiment(
        core,
        model=ModelOptions(dropout=0.3),
        training=TrainingOptions(validate_steps=2, checkpoint_minutes=1e-9),
        budget=Budget(steps=6),
        seed=5,
    )

    class Copying(Watcher):
        def stepped(self, figures):
            # What a kill in the fourth step leaves: the checkpoint of the third.
            if figures.step == 4:
                shutil.copytree(whole, half)

    start(given, whole, plugins()).train([Copying()])
"""

ONE_THREAD = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false",
}


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of 6 steps: whole, and as they lay after 3, gone on with by another process."""
    folder = tmp_path_factory.mktemp("resumed")
    for part in ("begin", "go on"):
        subprocess.run(
            [sys.executable, "-c", RUNS, part],
            cwd=folder,
            env={
                **os.environ,
                **ONE_THREAD,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "HWSYNTH_CACHE": str(folder / "cache"),
            },
            check=True,
            timeout=300,
        )
    return folder


@pytest.mark.parametrize("core", ["cwrnn", "lstm"])
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit_on_one_thread(resumed, core):
    whole, half = resumed / core / "whole", resumed / core / "half"
    for name in ("step", "epoch", "train_nats_per_point", "learning_rate"):
        assert figures(half, name) == figures(whole, name)
    validations = [figures(run, "validation_nats_per_point") for run in (half, whole)]
    np.testing.assert_array_equal(*validations)
    assert np.isfinite(validations[0]).sum() == 3
    expected, (at_end, progress) = (RunFolder(run).checkpoint() for run in (whole, half))
    assert progress.best == expected[1].best
    for name, array in expected[0].items():
        np.testing.assert_array_equal(at_end[name], array, err_msg=name)
    assert contents(half)["weights.safetensors"] == contents(whole)["weights.safetensors"]
