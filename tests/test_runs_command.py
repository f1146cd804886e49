"""hwsynth runs, and the figures and evaluations that it lists."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hwsynth.cli import main
from hwsynth.errors import RunError
from hwsynth.history import typical_speed
from hwsynth.run_evaluation import WeightsMark, evaluation_now
from hwsynth.run_figures import figures_in, figures_of
from hwsynth.run_folder import RunFolder


def runs(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["runs", *map(str, arguments)])


def rewrite(folder: Path, **changed: Any) -> None:
    """Changes fields of run.json."""
    file = folder / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))


def evaluate(
    folder: Path, nats: float, split: str = "check", dataset: str = "formula", data: str = ""
) -> None:
    """Keeps an evaluation of the weights that are there now, on the run's data or others."""
    run = RunFolder(folder)
    mark = WeightsMark.of(run.weights_file)
    figures = {"graves_nats_per_sequence": nats}
    fingerprint = data or run.record().data.fingerprint
    run.keep_evaluation(evaluation_now(dataset, split, fingerprint, figures, mark))


@pytest.fixture
def two(trained_run: Path, tmp_path: Path) -> Path:
    """A folder with two runs, one of them deeper; `old` was begun first and is not finished."""
    shutil.copytree(trained_run, tmp_path / "runs" / "new")
    shutil.copytree(trained_run, tmp_path / "runs" / "deeper" / "old")
    budget = {"steps": 16, "epochs": None, "minutes": None}
    rewrite(tmp_path / "runs/deeper/old", created="2001-01-01T00:00:00Z", budget=budget)
    return tmp_path / "runs"


def test_all_runs_below_a_folder_are_listed_the_newest_last(two):
    result = runs(two)
    assert result.exit_code == 0, result.output
    old, new = result.output.splitlines()[-2:]
    assert old.split()[:4] == ["deeper/old", "formula", "lstm", "8"]
    assert "50 %" in old
    assert new.split()[0] == "new"
    assert "finished" in new


def test_a_run_may_itself_be_the_folder(two):
    assert runs(two / "new").output.splitlines()[-1].split()[0] == "new"


def test_figures_are_those_of_the_run(two):
    (found, *_), progress = (
        json.loads(runs(two, "--json", "-").stdout)["runs"],
        RunFolder(two / "new").checkpoint()[1],
    )
    record = RunFolder(two / "new").record()
    assert (found["parameters"], found["steps"]) == (record.parameters, 8)
    assert (found["minutes"], found["best"]) == (progress.minutes, progress.best)
    history = RunFolder(two / "new").history()
    speeds = sorted(row["points_per_second"] for row in history[1:])
    assert found["speed"] == pytest.approx(speeds[len(speeds) // 2])


def test_runs_are_sorted_by_a_column_with_the_unknown_last(two):
    evaluate(two / "new", -12.5)
    names = [
        row["run"]
        for row in json.loads(runs(two, "--sort", "graves", "--json", "-").stdout)["runs"]
    ]
    assert names == ["new", "deeper/old"]


def test_an_evaluation_is_shown_until_the_weights_are_others(two):
    evaluate(two / "new", -12.5)
    assert "-12.5" in runs(two).output
    # Other bytes of the same length, written at the same time.
    file = two / "new" / "weights.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    result = runs(two)
    assert "-12.5" not in result.output
    assert "older weights" in result.output


def test_a_copied_run_keeps_its_evaluations(two, tmp_path):
    evaluate(two / "new", -12.5)
    shutil.copytree(two / "new", tmp_path / "copy", copy_function=shutil.copyfile)
    assert "-12.5" in runs(tmp_path / "copy").output


def test_one_split_of_several_can_be_asked_for(two):
    evaluate(two / "new", -12.5, "check")
    evaluate(two / "new", -99.5, "keep")
    assert "-99.5" in runs(two).output
    assert "-12.5" in runs(two, "--split", "check").output


def test_a_newer_evaluation_of_a_split_takes_the_place_of_the_older(two):
    evaluate(two / "new", -12.5)
    evaluate(two / "new", -13.5)
    (kept,) = RunFolder(two / "new").evaluations()
    assert kept.figures["graves_nats_per_sequence"] == -13.5


def test_figures_on_another_dataset_are_not_shown_as_the_runs_own(two):
    evaluate(two / "new", -12.5, dataset="iam")
    assert "-12.5" not in runs(two).output
    assert len(figures_of(RunFolder(two / "new")).evaluations) == 1


def test_figures_on_other_data_of_the_same_dataset_are_not_shown_as_the_runs_own(two):
    evaluate(two / "new", -12.5)
    evaluate(two / "new", -99.5, data="other")
    listed = runs(two).output
    assert "-12.5" in listed
    assert "-99.5" not in listed
    assert len(figures_of(RunFolder(two / "new")).evaluations) == 2


def test_markdown_can_be_pasted(two):
    rewrite(two / "new", created="2002-01-01T00:00:00Z")
    (two / "new").rename(two / "a|b")
    head, rule, _, row = runs(two, "--markdown", "--columns", "run,parameters").output.splitlines()
    parameters = f"{RunFolder(two / 'a|b').record().parameters:,}"
    assert (head, rule) == ("| run | parameters |", "| --- | --: |")
    assert row == f"| a\\|b | {parameters} |"


@pytest.mark.parametrize("file", ["run.json", "checkpoint.safetensors", "evaluation.json"])
def test_a_broken_run_is_named_and_the_others_are_listed(two, file):
    (two / "new" / file).write_text("{")
    result = runs(two)
    assert result.exit_code == 0
    assert "deeper/old" in result.stdout
    assert "left out: " in result.stderr
    assert f"new/{file}" in result.stderr
    (problem,) = json.loads(runs(two, "--json", "-").stdout)["problems"]
    assert problem["run"].endswith("new")


def test_a_run_without_a_checkpoint_is_listed_with_what_is_known(two):
    (two / "new" / "checkpoint.safetensors").unlink()
    found = {row["run"]: row for row in json.loads(runs(two, "--json", "-").stdout)["runs"]}
    assert found["new"]["steps"] is None
    assert found["new"]["parameters"]


def test_no_folder_and_no_runs_are_told_apart(tmp_path):
    with pytest.raises(RunError, match="there is no folder"):
        figures_in(tmp_path / "nowhere")
    assert "make one with: hwsynth train" in runs(tmp_path).output


def test_an_unknown_column_is_refused_with_those_there_are(tmp_path):
    result = runs(tmp_path, "--columns", "run,weight")
    assert result.exit_code == 2
    assert "weight" in result.output
    assert "parameters" in result.output


def test_the_speed_of_a_long_history_is_found_in_a_part_of_it(tmp_path):
    from hwsynth.history import History

    file = tmp_path / "history.csv"
    row = dict.fromkeys(
        (
            "epoch", "train_nats_per_point", "validation_nats_per_point", "learning_rate",
            "minutes", "used",
        ),
        0.0,
    )  # fmt: skip
    rows = [
        {**row, "step": step, "points_per_second": 1000 + step % 7} for step in range(1, 20_000)
    ]
    History(file, rows).close()
    assert 1000 < typical_speed(file) < 1006


def test_listing_imports_no_framework(two):
    import subprocess
    import sys

    code = (
        "import sys; from hwsynth.cli import main\n"
        f"try: main(['runs', {str(two)!r}])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'torch', 'jax')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
