"""Kept evaluations, `hwsynth runs` and a run's page, from folders that no training made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth.cli import main
from hwsynth.errors import RunError
from hwsynth.history import FIELDS, read_history, typical_speed
from hwsynth.run_evaluation import Evaluation, evaluation_now
from hwsynth.run_folder import RunFolder
from hwsynth.run_page import MOST_SAMPLES, write_page
from hwsynth.run_record import Progress, RunRecord
from test_run_folder import RECORD

FIGURES = {"graves_nats_per_sequence": -712.25, "nats_per_point": -1.5, "sequences": 7}


def made(path: Path, steps: int = 3, **fields: object) -> RunFolder:
    """A run of `steps` steps, of a budget of five."""
    folder = RunFolder(path)
    folder.create(RunRecord.model_validate({**RECORD, **fields}))
    folder.write_weights({"kernel": np.arange(3.0)})
    history = folder.start_history(0)
    for step in range(1, steps + 1):
        rows = {"train_nats_per_point": 1 / step, "points_per_second": 100.0 * step}
        history.append({"step": step, "epoch": 0, "learning_rate": 1e-3, "minutes": step, **rows})
    history.flush()
    history.close()
    folder.write_checkpoint({}, Progress(step=steps, minutes=float(steps), best=-1.25))
    return folder


def evaluation(folder: RunFolder, split: str = "validation", nats: float = -712.25) -> Evaluation:
    figures = {**FIGURES, "graves_nats_per_sequence": nats}
    return evaluation_now("formula", split, "f", figures, folder.weights_mark())


def train_further(folder: RunFolder) -> None:
    folder.write_weights({"kernel": np.arange(3.0) + 1})


def runs(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["runs", *map(str, arguments)])


def listed(*arguments: object) -> dict[str, list]:
    result = runs(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    found: dict[str, list] = json.loads(result.stdout)
    return found


def test_the_newest_evaluation_of_a_split_replaces_the_older_one(tmp_path):
    folder = made(tmp_path / "run")
    for split, nats in (("validation", -1.0), ("test", -2.0), ("validation", -3.0)):
        folder.keep_evaluation(evaluation(folder, split, nats))
    kept = [(e.split, e.figures["graves_nats_per_sequence"]) for e in folder.evaluations()]
    assert kept == [("test", -2.0), ("validation", -3.0)]


def test_figures_of_other_weights_are_not_current_and_those_of_a_copy_are(tmp_path):
    folder = made(tmp_path / "run")
    folder.keep_evaluation(evaluation(folder))
    copy = RunFolder(Path(shutil.copytree(folder.path, tmp_path / "copy")))
    os.utime(copy.weights_file, ns=(1, 1))
    train_further(folder)
    (kept,) = folder.evaluations()
    assert kept.weights.fits(copy.weights_file)
    assert not kept.weights.fits(folder.weights_file)
    assert not kept.weights.fits(tmp_path / "nowhere")


def test_a_damaged_evaluation_file_is_named_and_not_replaced(tmp_path):
    folder = made(tmp_path / "run")
    folder.evaluation_file.write_text("{")
    with pytest.raises(RunError, match=r"evaluation.json is damaged.*remove it"):
        folder.keep_evaluation(evaluation(folder))
    assert folder.evaluation_file.read_text() == "{"


def test_runs_are_found_in_all_folders_the_newest_last(tmp_path):
    made(tmp_path / "late", created="2026-03-01T00:00:00Z")
    made(tmp_path / "deep" / "er" / "early", steps=5)
    found = listed(tmp_path)["runs"]
    assert [run["run"] for run in found] == ["deep/er/early", "late"]
    assert [run["used"] for run in found] == [1.0, 0.6]
    assert found[1]["core"] == "lstm 8"
    assert (found[1]["steps"], found[1]["minutes"], found[1]["best"]) == (3, 3.0, -1.25)
    assert found[1]["speed"] == 250.0
    assert "finished" in runs(tmp_path).stdout


def test_a_column_sorts_and_what_is_not_known_comes_last(tmp_path):
    for name, nats in (("a", None), ("b", -1.0), ("c", -2.0)):
        folder = made(tmp_path / name)
        if nats is not None:
            folder.keep_evaluation(evaluation(folder, nats=nats))
    assert [r["run"] for r in listed(tmp_path, "--sort", "graves")["runs"]] == ["c", "b", "a"]


def test_figures_of_older_weights_are_not_listed_as_the_runs_own(tmp_path):
    folder = made(tmp_path / "run")
    folder.keep_evaluation(evaluation(folder))
    assert "-712.2" in runs(tmp_path).stdout
    train_further(folder)
    shown = runs(tmp_path).stdout
    assert "-712.2" not in shown
    assert "older weights" in shown
    (run,) = listed(tmp_path)["runs"]
    assert (run["graves"], run["evaluations"], len(run["stale"])) == (None, [], 1)


def test_a_split_may_be_asked_for(tmp_path):
    folder = made(tmp_path / "run")
    for split, nats in (("test", -5.0), ("validation", -6.0)):
        folder.keep_evaluation(evaluation(folder, split, nats))
    assert listed(tmp_path)["runs"][0]["graves"] == -6.0
    assert listed(tmp_path, "--split", "test")["runs"][0]["graves"] == -5.0


def test_a_broken_run_is_named_and_the_others_are_listed(tmp_path):
    made(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{")
    result = runs(tmp_path)
    assert result.exit_code == 0
    assert "good" in result.stdout
    assert "bad/run.json is damaged" in result.stderr
    assert [each["run"] for each in listed(tmp_path)["problems"]] == [str(tmp_path / "bad")]


def test_a_run_without_checkpoint_and_history_is_listed(tmp_path):
    RunFolder(tmp_path / "new").create(RunRecord.model_validate(RECORD))
    (run,) = listed(tmp_path)["runs"]
    assert (run["steps"], run["used"], run["speed"], run["graves"]) == (None,) * 4


def test_a_table_in_markdown_has_the_chosen_columns_and_escapes_names(tmp_path):
    made(tmp_path / "a|b")
    result = runs(tmp_path, "--markdown", "--columns", "run,core,parameters")
    assert result.stdout.splitlines() == [
        "| run | core | parameters |", "| --- | --- | --: |", "| a\\|b | lstm 8 | 501 |",
    ]  # fmt: skip


def test_what_cannot_be_listed_is_refused(tmp_path):
    assert "there is no folder" in runs(tmp_path / "nowhere").stderr
    assert "there are no runs" in runs(tmp_path).stdout
    result = runs(tmp_path, "--columns", "speeed")
    assert result.exit_code == 2
    assert "Did you mean 'speed'?" in result.stderr


def test_listing_runs_imports_no_framework(tmp_path):
    made(tmp_path / "run")
    script = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules)); "
        "from hwsynth.cli import main; main(['runs', sys.argv[1]])"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path)]
    shown = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    heavy = {"jax", "keras", "tensorflow", "torch", "matplotlib", "pyarrow", "jinja2"}
    assert heavy.isdisjoint(shown.splitlines()[-1].split())


def test_of_a_long_history_some_rows_tell_the_median(tmp_path):
    file = tmp_path / "history.csv"
    rows = (f"{step},0,1.0,,0.001,{step % 100},{step}\n" for step in range(1, 20_001))
    file.write_text(",".join(FIELDS) + "\n" + "".join(rows))
    exact = np.median([row["points_per_second"] for row in read_history(file)[1:]])
    assert typical_speed(file) == pytest.approx(exact, rel=0.2)
    file.write_text("a,b\n" + "1,2\n" * 20_000)
    with pytest.raises(RunError, match="damaged"):
        typical_speed(file)


def page(folder: RunFolder) -> str:
    return write_page(folder).read_text("utf-8")


def test_a_page_loads_nothing_and_runs_nothing(tmp_path):
    folder = made(tmp_path / "run")
    folder.keep_evaluation(evaluation(folder))
    text = page(folder)
    assert "default-src 'none'" in text
    assert "<script" not in text
    for attribute in ("src=", "href=", "url("):
        places = text.split(attribute)[1:]
        assert all(place.startswith(('"#', "#", '"data:')) for place in places), attribute


def test_a_page_shows_figures_changed_options_and_commands(tmp_path):
    folder = made(tmp_path / "my run", model={"layers": 3})
    folder.keep_evaluation(evaluation(folder))
    first, _, rest = page(folder).partition("All options")
    for shown in ("−1.250", "−712.250", "model.layers", "not 1", "--run &#39;my run&#39; --resume"):
        assert shown in first
    assert "model.dropout" in rest
    assert "model.dropout" not in first
    assert rest.count("free") >= 1


def test_values_from_files_are_escaped(tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    data = {**RECORD["data"], "licence": evil}
    core = {**RECORD["core"], "name": evil, "options": {evil: evil}}
    folder = made(tmp_path / "<b>run<b>", data=data, core=core, preset=evil)
    text = page(folder)
    assert "<img src=x" not in text
    assert "<b>run" not in text
    assert "not installed here" in text


def test_a_page_embeds_the_first_and_last_and_at_most_a_dozen_samples(tmp_path):
    folder = made(tmp_path / "run")
    folder.samples.mkdir()
    for step in range(1, 41):
        (folder.samples / f"step-{step:06}.svg").write_text("<svg/>")
    (folder.samples / "other.svg").write_text("<svg/>")
    text = page(folder)
    assert text.count("data:image/svg+xml") == MOST_SAMPLES
    assert "after 40 steps" in text
    assert ">1 steps" in text
    assert "12 of 40" in text


def test_figures_of_older_weights_stand_apart_on_the_page(tmp_path):
    folder = made(tmp_path / "run")
    folder.keep_evaluation(evaluation(folder))
    train_further(folder)
    before, _, after = page(folder).partition("Of older weights")
    assert "−712.250" not in before
    assert "−712.250" in after


def test_a_run_that_has_only_begun_has_a_page(tmp_path):
    folder = RunFolder(tmp_path / "new")
    folder.create(RunRecord.model_validate(RECORD))
    text = page(folder)
    for words in ("Nothing was measured yet", "No samples", "Not evaluated yet"):
        assert words in text


@pytest.mark.parametrize("name", ["history.csv", "evaluation.json", "checkpoint.safetensors"])
def test_a_damaged_file_is_told_on_the_page(tmp_path, name):
    folder = made(tmp_path / "run")
    (folder.path / name).write_bytes(b"\xff broken\n")
    text = page(folder)
    assert f"{name} is damaged" in text
    assert ("cannot be read" in text) == (name == "history.csv")
    assert "Nothing was measured yet" not in text


def test_a_page_that_cannot_be_made_leaves_the_old_one(tmp_path):
    folder = made(tmp_path / "run")
    before = page(folder)
    folder.record_file.write_text("{")
    with pytest.raises(RunError):
        write_page(folder)
    assert folder.page_file.read_text("utf-8") == before
