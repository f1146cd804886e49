"""Bad input: one clear message, exit code 2 for usage and 1 for the rest, nothing overwritten."""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hwsynth.cli import main
from small_corpus import contents

USAGE, OTHER = 2, 1
TRAIN = ("train", "--dataset", "formula", "--run", "new")


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result


def refused(result: Result, code: int, *words: str) -> None:
    assert result.exit_code == code, result.output
    for word in words:
        assert word in result.stderr
    assert result.stderr.lower().count("error: ") == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--core", "cwrn"), ("'cwrn'", "cwrnn", "lstm", "Did you mean 'cwrnn'?")),
        (("--core", "clock"), ("pip install hwsynth-clock",)),
        (("--head", "mdm"), ("Did you mean 'mdn'?",)),
        (("--dataset", "iamm"), ("Did you mean 'iam'?",)),
        (("--set", "core.unts=3"), ("core.unts", "Did you mean 'core.units'?")),
        (("--set", "core.units=-3"), ("core.units=-3", "int > 0")),
        (("--set", "core.units=abc"), ("core.units=abc", "int > 0")),
        (("--set", "cor.units=3"), ("'cor'", "Did you mean 'core'?")),
        (("--set", "core.units"), ("core.units", "VALUE")),
        (("--set", "core.periods=1,2"), ("2 numbers", "modules=8")),
        (("--set", "core.periods=4,2", "--set", "core.modules=2"), ("ascend", "4,2")),
        (("--set", "model.dropout=1"), ("model.dropout=1", "< 1")),
        (("--set", "training.optimiser=sgd"), ("adam", "rmsprop")),
        (("--set", "batches.batch_size=3", "--batch-size", "4"), ("give one",)),
        (("--steps", "0"), ("--steps is 0", "above 0")),
        (("--epochs", "0"), ("--epochs is 0",)),
        (("--minutes", "-1"), ("--minutes is -1",)),
        (("--minutes", "nan"), ("--minutes is nan",)),
        (("--batch-size", "0"), ("batch_size=0", "int > 0")),
        (("--seed", "-1"), ("--seed",)),
        (("--seed", "99999999999999999999"), ("--seed", "4000000")),
        (("--minutes", "inf"), ("--minutes is inf", "have an end")),
        (("--device", "tpu"), ("auto", "cpu", "gpu")),
        (("--precision", "float16"), ("float32", "bfloat16")),
        (("--data", "here"), ("formula", "reads no files", "here")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_training_refuses_what_it_cannot_use(formula, given, words):
    refused(run(*TRAIN, *given), USAGE, *words)
    assert not Path("new").exists()


def test_iam_needs_a_folder_that_is_there_and_holds_it(formula):
    refused(run(*TRAIN, "--dataset", "iam"), USAGE, "--data")
    refused(run(*TRAIN, "--dataset", "iam", "--data", "nowhere"), OTHER, "'nowhere'")
    Path("empty").mkdir()
    for command in (TRAIN, ("data",)):
        result = run(*command, "--dataset", "iam", "--data", "empty")
        refused(result, OTHER, "no stroke files", "lineStrokes-all.tar.gz")
    assert not Path("new").exists()


def test_a_run_that_is_there_is_not_overwritten(formula, run_copy):
    before = contents(run_copy)
    refused(run("train", "--dataset", "formula", "--run", run_copy), OTHER, "--resume")
    assert contents(run_copy) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--core", "cwrnn"), ("--core is lstm, not cwrnn",)),
        (("--seed", "3"), ("--seed is 0, not 3",)),
        (("--set", "core.units=9"), ("core.units is 8, not 9",)),
        (("--batch-size", "5"), ("batches.batch_size is 4, not 5",)),
        (("--set", "training.decay=0.5"), ("training.decay is 0.1, not 0.5",)),
        (("--precision", "bfloat16"), ("--precision is float32, not bfloat16",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_resumed_run_refuses_other_options(formula, run_copy, given, words):
    before = contents(run_copy)
    refused(run("train", "--run", run_copy, "--resume", *given), USAGE, *words)
    assert contents(run_copy) == before


@pytest.mark.parametrize("budget", [("--steps", "0"), ("--minutes", "nan"), ("--epochs", "-2")])
def test_a_resumed_run_refuses_a_budget_that_is_none(formula, run_copy, budget):
    before = contents(run_copy)
    refused(run("train", "--run", run_copy, "--resume", *budget), USAGE, f"{budget[0]} is")
    assert contents(run_copy) == before


def test_a_file_is_no_place_for_a_run(formula):
    Path("letter.txt").write_text("mine")
    for place in ("letter.txt", "letter.txt/run"):
        refused(run(*TRAIN, "--run", place), OTHER, place, "another --run")
    refused(run("train", "--run", "letter.txt", "--resume"), OTHER, "no run folder letter.txt")
    assert Path("letter.txt").read_text() == "mine"


def cut(run: Path, name: str) -> None:
    data = (run / name).read_bytes()
    (run / name).write_bytes(data[: len(data) * 2 // 3])


def rewritten(run: Path, old: str, new: str) -> None:
    record = (run / "run.json").read_text()
    assert old in record
    (run / "run.json").write_text(record.replace(old, new))


COMMANDS = {
    "resume": ("train", "--resume", "--steps", "99"),
    "sample": ("sample", "--steps", "5"),
    "evaluate": ("evaluate",),
}
DAMAGES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no record": (lambda run: (run / "run.json").unlink(), "", "no run.json"),
    "half a record": (lambda run: cut(run, "run.json"), "", "run.json is damaged"),
    "another version": (lambda run: rewritten(run, '"format": 1', '"format": 7'), "", "format 7"),
    "an unknown key": (lambda run: rewritten(run, '"seed": 0', '"sed": 0'), "", "damaged: seed"),
    "an unknown option": (lambda run: rewritten(run, '"units"', '"unit"'), "", "core.unit"),
    "a refused option": (lambda run: rewritten(run, '"units": 8', '"units": 0'), "", "core.units"),
    "a missing core": (lambda run: rewritten(run, '"name": "lstm"', '"name": "x"'), "", "pip"),
    "another shape": (lambda run: rewritten(run, '"units": 8', '"units": 9'), "", "has shape"),
    "other weights": (lambda run: rewritten(run, '"layers": 1', '"layers": 2'), "", "core_2"),
    "no weights": (
        lambda run: (run / "weights.safetensors").unlink(), "sample evaluate", "copied whole",
    ),
    "half the weights": (
        lambda run: cut(run, "weights.safetensors"), "sample evaluate", "weights.safetensors is",
    ),
    "no checkpoint": (
        lambda run: (run / "checkpoint.safetensors").unlink(), "resume", "copy it whole",
    ),
    "half a checkpoint": (
        lambda run: cut(run, "checkpoint.safetensors"), "resume", "checkpoint.safetensors is",
    ),
    "no history": (lambda run: (run / "history.csv").unlink(), "resume", "ends at step 0"),
    "half a history": (lambda run: cut(run, "history.csv"), "resume", "the checkpoint is of step"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        (command, damage)
        for damage, (_, concerned, _) in DAMAGES.items()
        for command in (concerned.split() or COMMANDS)
    ],
)
def test_a_damaged_run_is_refused_by_what_is_wrong_and_left_as_it_is(
    formula, run_copy, command, damage
):
    harm, _, words = DAMAGES[damage]
    harm(run_copy)
    before = contents(run_copy)
    refused(run(*COMMANDS[command], "--run", run_copy), OTHER, words)
    assert contents(run_copy) == before
    assert not Path("sample.svg").exists()


def test_resuming_needs_a_run(formula):
    refused(run("train", "--resume"), USAGE, "--run DIR")
    refused(run("train", "--resume", "--run", "nope"), OTHER, "nope")


def test_a_finished_run_says_so_and_ends_well(formula, run_copy):
    result = run("train", "--run", run_copy, "--resume")
    assert result.exit_code == 0
    assert "finished: 8 steps" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("--bias", "-1"), USAGE, ("--bias is -1.0", "0 or more")),
        (("--bias", "nan"), USAGE, ("--bias is nan",)),
        (("--bias", "inf"), USAGE, ("--bias is inf",)),
        (("--count", "0"), USAGE, ("--count",)),
        (("--steps", "0"), USAGE, ("--steps",)),
        (("--out", "lines.pdf"), USAGE, (".json, .svg",)),
        (("--out", "lines"), USAGE, (".json, .svg",)),
        (("--out", "nowhere/lines.svg"), OTHER, ("nowhere/lines.svg",)),
        (("--out", "."), USAGE, ("directory",)),
        (("--prime", "line-99"), USAGE, ("line-99", "did you mean line-9")),
        (("--prime", "none.json"), OTHER, ("none.json",)),
        (("--show-primer",), USAGE, ("--prime LINE",)),
        (("--line-height-mm", "0"), USAGE, ("line_height_mm=0", "> 0")),
        (("--set", "exporter.color=inky"), USAGE, ("inky",)),
        (("--set", "core.units=3"), USAGE, ("'core'", "exporter")),
        (("--run", "nope"), OTHER, ("nope",)),
        (("--run", "."), OTHER, ("run.json",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_sampling_refuses_what_it_cannot_use(formula, run_copy, given, code, words):
    refused(run("sample", "--run", run_copy, "--steps", "5", *given), code, *words)
    assert not list(Path().glob("*.svg"))


def test_an_ink_file_that_is_not_one_is_no_primer(formula, run_copy):
    result = run("sample", "--run", run_copy, "--prime", run_copy / "run.json")
    refused(result, OTHER, "not an ink file")


def test_without_runs_sampling_says_how_to_make_one(formula):
    refused(run("sample"), OTHER, "hwsynth train")


def test_an_unknown_split_lists_what_there_is(formula, run_copy):
    result = run("evaluate", "--run", run_copy, "--split", "best")
    refused(result, USAGE, "'best'", "check (validation, 2 lines)")


def environment(folder: Path, **more: str) -> dict[str, str]:
    path = os.pathsep.join([str(folder), str(Path(__file__).parent)])
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "400", **more}


def process(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hwsynth", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **more)


@pytest.mark.parametrize(
    ("name", "words"),
    [("theano", ("'theano'", "tensorflow, jax, torch")), ("jax", ("pip install hwsynth[jax]",))],
)
def test_a_backend_that_cannot_be_had_is_named(formula, formula_package, name, words):
    if importlib.util.find_spec(name):
        pytest.skip(f"{name} is installed here")
    given = environment(formula_package, KERAS_BACKEND=name)
    result = process(*TRAIN, env=given)
    assert result.returncode == USAGE, result.stderr
    assert all(word in result.stderr for word in words)
    assert "Traceback" not in result.stderr
    assert not Path("new").exists()


def test_a_gpu_that_is_not_there_is_refused_before_anything_is_made(formula):
    from hwsynth import backend

    backend.prepare()
    if backend.gpus():
        pytest.skip("there is a GPU here")
    refused(run(*TRAIN, "--device", "gpu"), USAGE, "sees no GPU", "--device cpu")
    assert not Path("new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_folder_that_cannot_be_written_is_said_and_left_as_it_is(formula, run_copy):
    Path("shut").mkdir(mode=0o555)
    refused(run(*TRAIN, "--run", "shut/run"), OTHER, "shut/run", "Permission denied")
    result = run("sample", "--run", run_copy, "--steps", "5", "--out", "shut/sample.svg")
    refused(result, OTHER, "shut/sample.svg", "Permission denied")
    before = contents(run_copy)
    run_copy.chmod(0o555)
    refused(run("train", "--run", run_copy, "--resume", "--steps", "99"), OTHER, "Permission")
    assert contents(run_copy) == before


def test_no_space_left_is_said_and_leaves_nothing_half_written(formula, formula_package):
    def small_files() -> None:
        # Room for run.json and the history, not for the arrays.
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))

    given = ("--steps", "2", "--core", "lstm", "--set", "core.units=64")
    cache = environment(formula_package)
    warm = process("data", "--dataset", "formula", env=cache)
    assert warm.returncode == 0, warm.stderr
    result = process(*TRAIN, *given, env=cache, preexec_fn=small_files)
    assert result.returncode == OTHER, result.stderr
    assert "Traceback" not in result.stderr
    assert "cannot be written" in result.stderr
    assert not list(Path("new").glob("*.safetensors"))
    assert not list(Path("new").glob(".*.part"))
