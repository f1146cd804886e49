"""hwsynth evaluate: figures as a table and as JSON, of the split and data asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hwsynth.cli import main
from hwsynth.run_folder import HAND_FILE, RunFolder
from small_corpus import contents

KEYS = [
    "nats_per_sequence", "nats_per_point", "graves_nats_per_sequence",
    "graves_dequantised_nats_per_sequence", "sse_per_point", "sse_per_point_best", "sequences",
    "points",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("formula")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def figures(*arguments: object) -> dict[str, Any]:
    """What is written to standard output, which is to be JSON and nothing else."""
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_validation_split_of_the_runs_own_data_is_scored(run_copy):
    found = figures("--run", run_copy)
    assert found.keys() >= set(KEYS)
    assert all(isinstance(found[key], float) for key in KEYS[:6])
    assert (found["sequences"], found["points"]) == (2, 40 + 3 * 2 - 1 + 40 + 3 * 8 - 1)
    best = RunFolder(run_copy).checkpoint()[1].best
    assert found["nats_per_point"] == pytest.approx(best, rel=1e-6)
    assert found["nats_per_sequence"] == pytest.approx(best * found["points"] / 2, rel=1e-6)


def test_the_figures_are_shown_and_written_to_a_file(run_copy):
    result = run("--run", run_copy, "--json", "figures.json")
    assert result.exit_code == 0, result.output
    written = json.loads(Path("figures.json").read_text())
    assert f"{written['nats_per_sequence']:,.3f}" in result.stdout
    assert f"{written['sse_per_point']:,.3f}" in result.stdout


def test_a_packed_hand_stays_as_it_is(run_copy):
    (run_copy / HAND_FILE).write_text("{}")
    before = contents(run_copy)
    assert figures("--run", run_copy)["sequences"] == 2
    assert contents(run_copy) == before


@pytest.mark.parametrize(("split", "sequences"), [("train", 8), ("keep", 2)])
def test_a_split_is_chosen_by_its_role_or_by_its_own_name(run_copy, split, sequences):
    assert figures("--run", run_copy, "--split", split)["sequences"] == sequences


def test_an_unknown_split_is_told_with_those_there_are(run_copy):
    result = run("--run", run_copy, "--split", "spare")
    assert result.exit_code == 2
    assert "learn (train, 8 lines), check (validation, 2 lines), keep (test, 2 lines)" in (
        " ".join(result.stderr.split())
    )


def test_in_graves_units_a_run_on_its_own_data_has_its_own_figures(run_copy):
    found = figures("--run", run_copy)
    assert found["graves_nats_per_sequence"] == pytest.approx(found["nats_per_sequence"])
    assert found["graves_dequantised_nats_per_sequence"] != found["graves_nats_per_sequence"]


def test_a_run_that_clips_has_no_figures_in_graves_units(run_copy):
    record = json.loads((run_copy / "run.json").read_text())
    record["normalisation"]["clip"] = 30
    (run_copy / "run.json").write_text(json.dumps(record))
    found = figures("--run", run_copy)
    assert found["graves_nats_per_sequence"] is None
    assert found["graves_dequantised_nats_per_sequence"] is None
    assert isinstance(found["nats_per_sequence"], float)
    assert "none: offsets are clipped" in run("--run", run_copy, "--split", "keep").stdout


def test_figures_are_kept_and_shown_on_the_page_and_nothing_else_changes(run_copy):
    before = contents(run_copy)
    found = figures("--run", run_copy)
    after = contents(run_copy)
    assert after.keys() - before.keys() == {"evaluation.json", "page.html"}
    assert before.items() <= after.items()
    (kept,) = RunFolder(run_copy).evaluations()
    assert (kept.dataset, kept.split, kept.figures) == ("formula", "validation", found)
    assert f"{found['sse_per_point']:.3f}" in after["page.html"].decode()


def test_a_run_that_cannot_be_written_is_evaluated_and_says_so(run_copy):
    (run_copy / "evaluation.json").mkdir()
    result = run("--run", run_copy, "--json", "-")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["sequences"] == 2
    assert "warning: the figures are not kept" in result.stderr


def test_figures_without_bounds_are_refused_and_nothing_is_written(run_copy):
    folder = RunFolder(run_copy)
    folder.write_weights({name: array * 0 + 1e30 for name, array in folder.weights().items()})
    result = run("--run", run_copy, "--json", "figures.json")
    assert result.exit_code == 1, result.output
    assert "without bounds" in result.stderr
    assert not Path("figures.json").exists()


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("--json", "nowhere/figures.json"), 1, "Make the folder"),
        (("--json", "."), 2, "directory"),
        (("--dataset", "formulae"), 2, "Did you mean 'formula'?"),
        (("--dataset", "iam"), 2, "--data"),
        (("--dataset", "iam", "--data", "nowhere"), 1, "nowhere"),
        (("--run", "nowhere"), 1, "no run folder nowhere"),
        (("--run", "."), 1, "no run.json"),
    ],
)
def test_what_cannot_be_is_refused(run_copy, given, code, words):
    result = run("--run", run_copy, *given)
    assert result.exit_code == code, result.output
    assert words in result.stderr


def test_a_language_is_for_runs_that_read(run_copy, tmp_path):
    like = tmp_path / "like.txt"
    like.write_text("a text\n", encoding="utf-8")
    result = run("--run", run_copy, "--language", like)
    assert result.exit_code == 2
    assert "writes and does not read" in result.output
