"""hwsynth train: a run from start to end, gone on with, stopped by signals and by kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth.cli import main
from hwsynth.run_folder import RunFolder
from small_corpus import SETTINGS, contents

TRAIN = (
    "train", "--dataset", "formula", "--core", "lstm", "--run", "new", "--callback", "none",
    *(word for setting in SETTINGS for word in ("--set", setting)),
)  # fmt: skip
NEW = RunFolder(Path("new"))

pytestmark = pytest.mark.usefixtures("formula")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def steps() -> list[float]:
    return [row["step"] for row in NEW.history()]


def test_a_run_is_trained_gone_on_with_and_said_to_be_finished():
    first = run(*TRAIN, "--steps", 3, "--seed", 4)
    assert first.exit_code == 0, first.output
    assert "new: lstm and mdn, 501 parameters, on 8 lines of formula" in first.output
    assert "trained: 3 steps" in first.output
    assert "Draw with: hwsynth sample --run new" in first.output
    record = NEW.record()
    assert (record.seed, record.budget.steps, record.batches.crop) == (4, 3, 20)

    done = run("train", "--run", "new", "--resume")
    assert done.exit_code == 0, done.output
    assert "new is finished: 3 steps" in done.output
    assert steps() == [1, 2, 3]

    # Options that agree with the run's may be given again; a budget may differ.
    more = run(*TRAIN, "--resume", "--steps", 5, "--seed", 4)
    assert more.exit_code == 0, more.output
    assert "going on after step 3" in more.output
    assert steps() == [1, 2, 3, 4, 5]
    assert NEW.record() == record.model_copy(update={"budget": NEW.record().budget})
    assert NEW.record().budget.steps == 5


def test_a_run_that_is_out_of_patience_is_gone_on_with_in_a_new_one():
    assert run(*TRAIN, "--set", "training.patience=1", "--steps", 3).exit_code == 0
    arrays, progress = NEW.checkpoint()
    NEW.write_checkpoint(arrays, progress.model_copy(update={"without_gain": 1}))

    # No budget makes it go on: it says what does.
    done = run("train", "--run", "new", "--resume", "--steps", 400)
    assert done.exit_code == 0, done.output
    assert "its last 1 validations gained nothing" in done.output
    assert "--preset new --init new --set training.patience=0" in done.output
    again = ("--preset", "new", "--init", "new", "--set", "training.patience=0", "--steps", 1)
    result = run("train", *again, "--run", "newer", "--callback", "none")
    assert result.exit_code == 0, result.output
    assert "trained: 1 steps" in result.output


def test_a_run_without_a_name_lies_in_runs():
    given = [word for word in TRAIN if word not in ("--run", "new")]
    assert run(*given, "--steps", 1).exit_code == 0
    (made,) = Path("runs").iterdir()
    assert made.name.endswith("-lstm")
    assert (made / "weights.safetensors").is_file()


def test_paths_are_printed_as_they_are_and_can_be_copied_from_a_terminal(run_copy, tmp_path):
    folder = tmp_path / ("[bold]runs[/y] of a name longer than " + "any line " * 20)
    folder.parent.mkdir()
    run_copy.rename(folder)
    result = run("train", "--run", folder, "--resume")
    assert result.exit_code == 0, result.output
    assert f"{folder} is finished" in result.output


def test_a_run_on_other_data_is_refused_and_left_as_it_is(run_copy):
    record = run_copy / "run.json"
    record.write_text(record.read_text().replace('"lines": 12', '"lines": 11'))
    before = contents(run_copy)
    result = run("train", "--run", run_copy, "--resume", "--steps", 99)
    assert result.exit_code == 1
    assert "other data" in result.stderr
    assert "--data" in result.stderr
    assert contents(run_copy) == before


def test_a_loss_that_is_not_finite_ends_with_a_message_and_the_last_good_checkpoint():
    assert run(*TRAIN, "--steps", 4, "--set", "training.learning_rate=1e30").exit_code == 1
    assert NEW.checkpoint()[1].step == 0
    again = run("train", "--run", "new", "--resume")
    assert again.exit_code == 1
    assert "the loss became nan in step 2 (epoch 0, batch 1 of 5; lines line-" in again.stderr


@pytest.fixture
def running(formula_package: Path) -> subprocess.Popen[str]:
    """A run without end in a process of its own, that is past its first steps."""
    path = os.pathsep.join([str(formula_package), str(Path(__file__).parent)])
    frequent = ("--set", "training.checkpoint_minutes=1e-9", "--set", "training.validate_steps=7")
    with subprocess.Popen(
        [sys.executable, "-m", "hwsynth", *TRAIN, *frequent, "--steps", "1000000"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        end = time.monotonic() + 120
        while not (NEW.weights_file.exists() and process.poll() is None):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_training_with_a_checkpoint_and_a_word_on_going_on(running, number):
    running.send_signal(number)
    said, complained = running.communicate(timeout=60)
    assert running.returncode == 0, complained
    assert "Traceback" not in complained
    assert "stopped: " in said
    assert "Go on with: hwsynth train --run new --resume" in said
    done = NEW.checkpoint()[1].step
    assert done > 0
    assert steps() == list(range(1, done + 1))


def test_a_killed_run_goes_on_from_its_last_checkpoint(running):
    running.kill()
    running.wait()
    done = NEW.checkpoint()[1].step
    more = run("train", "--run", "new", "--resume", "--steps", done + 3)
    assert more.exit_code == 0, more.output
    assert steps() == list(range(1, done + 4))
    assert np.isfinite([row["train_nats_per_point"] for row in NEW.history()]).all()


def test_a_run_killed_before_its_first_checkpoint_begins_anew(run_copy):
    expected = contents(run_copy)["weights.safetensors"]
    for name in ("checkpoint.safetensors", "weights.safetensors", "history.csv"):
        (run_copy / name).unlink()
    assert run("train", "--run", run_copy, "--resume").exit_code == 0
    assert [row["step"] for row in RunFolder(run_copy).history()] == list(range(1, 9))
    assert contents(run_copy)["weights.safetensors"] == expected
