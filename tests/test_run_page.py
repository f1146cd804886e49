"""page.html of a run's folder."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hwsynth.errors import HwsynthError
from hwsynth.run_evaluation import WeightsMark, evaluation_now
from hwsynth.run_folder import RunFolder
from hwsynth.run_page import MOST_SAMPLES, page, write_page
from hwsynth.run_record import Progress

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def text_of(html: str) -> str:
    """What is read of a page."""
    parts: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            parts.append(data)

    Reader().feed(html)
    return " ".join(" ".join(parts).split())


def rewrite(folder: RunFolder, **changed: Any) -> None:
    record = json.loads(folder.record_file.read_text())
    folder.record_file.write_text(json.dumps({**record, **changed}))


def draw(folder: RunFolder, *steps: int) -> None:
    folder.samples.mkdir()
    for step in steps:
        folder.sample_file(step).write_text(SVG)


@pytest.fixture
def folder(run_copy: Path) -> RunFolder:
    return RunFolder(run_copy)


def test_a_page_tells_what_the_run_is_and_how_it_went(folder):
    read = text_of(page(folder))
    record = folder.record()
    assert "lstm 8 with the head mdn, trained on formula" in read
    assert f"{record.parameters:,} parameters" in read
    assert "8 steps" in read
    assert "finished" in read
    assert record.data.licence in read
    assert "core.units 8 not 400" in read
    assert "hwsynth train --run copy --resume --steps 16" in read


def test_a_budget_of_many_steps_is_doubled_in_whole_numbers(folder):
    rewrite(folder, budget={"steps": 612_345})
    folder.write_checkpoint({}, Progress(step=612_345))
    assert "hwsynth train --run copy --resume --steps 1224690" in text_of(page(folder))


def test_a_run_that_is_out_of_patience_is_not_said_to_go_on_with_a_larger_budget(folder):
    training = json.loads(folder.record_file.read_text())["training"]
    rewrite(folder, training={**training, "patience": 2})
    folder.write_checkpoint({}, Progress(step=8, without_gain=2))
    read = text_of(page(folder))
    assert "hwsynth train --preset copy --init copy --set training.patience=0" in read
    assert "--resume" not in read


def test_a_page_needs_nothing_but_itself(folder):
    draw(folder, 8)
    html = page(folder)
    links = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert all(link.startswith(("data:", "#")) for link in links), links
    assert "<script" not in html
    assert "url(http" not in html


def test_what_comes_from_files_is_escaped(folder):
    rewrite(folder, preset="<b>mine</b>")
    html = page(folder)
    assert "<b>mine</b>" not in html
    assert "<b>mine</b>" in text_of(html)


def test_samples_are_shown_the_last_one_first(folder):
    draw(folder, 3, 8, 5)
    shown = re.findall(r"after (\d+) steps\">", page(folder))
    assert shown == ["8", "5", "3"]


def test_of_many_samples_some_are_shown_evenly(folder):
    draw(folder, *range(1, 101))
    html = page(folder)
    shown = [int(step) for step in re.findall(r"after (\d+) steps\">", html)]
    assert len(shown) == MOST_SAMPLES
    assert (shown[0], shown[-1]) == (100, 1)
    assert "12 of 100" in text_of(html)


def test_evaluations_of_older_weights_are_told_apart(folder):
    mark = WeightsMark.of(folder.weights_file)
    figures = {"graves_nats_per_sequence": -123.4, "points": 1234}
    folder.keep_evaluation(evaluation_now("formula", "check", "abc", figures, mark))
    read = text_of(page(folder))
    assert "−123.400" in read
    assert "1,234" in read
    assert "older weights" not in read
    old = mark.model_copy(update={"sha256": "0" * 64, "modified_ns": 1})
    folder.keep_evaluation(evaluation_now("formula", "check", "abc", figures, old))
    read = text_of(page(folder))
    assert "The weights that are there now were not evaluated" in read
    assert "Of older weights" in read


def test_figures_on_other_data_than_the_runs_are_said_to_be(folder):
    mark = WeightsMark.of(folder.weights_file)
    own = folder.record().data.fingerprint
    folder.keep_evaluation(evaluation_now("formula", "check", own, {"points": 1}, mark))
    assert "on other lines" not in text_of(page(folder))
    folder.keep_evaluation(evaluation_now("formula", "check", "other", {"points": 2}, mark))
    assert text_of(page(folder)).count("on other lines than the run was trained with") == 1


def test_a_run_that_has_only_begun_has_a_page(folder):
    for file in (folder.checkpoint_file, folder.history_file, folder.weights_file):
        file.unlink()
    read = text_of(page(folder))
    assert "Nothing was measured yet" in read
    assert "No samples were drawn" in read
    assert "Not evaluated yet" in read


@pytest.mark.parametrize("file", ["history.csv", "evaluation.json", "checkpoint.safetensors"])
def test_what_is_damaged_is_said_on_the_page(folder, file):
    (folder.path / file).write_text("x,y\n{")
    read = text_of(page(folder))
    assert "Something is damaged" in read
    assert file in read
    assert "Nothing was measured" not in read


def test_one_damaged_file_hides_nothing_of_the_others(folder):
    folder.write_checkpoint({}, Progress(step=8, best=1.234))
    folder.evaluation_file.write_text("{")
    read = text_of(page(folder))
    assert "evaluation.json" in read
    assert "1.234 nats/point" in read
    assert "finished" in read


def test_a_sample_that_cannot_be_read_is_said_on_the_page(folder):
    folder.sample_file(3).mkdir(parents=True)
    read = text_of(page(folder))
    assert "Something is damaged" in read
    assert "step-000003.svg" in read


def test_licences_of_all_that_the_weights_were_trained_on_are_said(folder):
    ancestor = {"path": "a", "weights": "0", "dataset": "d", "licence": "not for sale"}
    rewrite(folder, ancestors=[ancestor])
    read = text_of(page(folder))
    assert "not for sale" in read
    assert folder.record().data.licence in read


def test_a_page_is_replaced_whole_or_not_at_all(folder, monkeypatch):
    before = write_page(folder).read_text()

    def fail(*_: Any) -> Any:
        raise OSError("no space")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises((HwsynthError, OSError)):
        write_page(folder)
    assert folder.page_file.read_text() == before


@pytest.mark.usefixtures("formula")
def test_evaluating_keeps_the_figures_and_refreshes_the_page(folder):
    from click.testing import CliRunner

    from hwsynth.cli import main

    result = CliRunner().invoke(main, ["evaluate", "--run", str(folder.path), "--json", "f.json"])
    assert result.exit_code == 0, result.output
    (kept,) = folder.evaluations()
    assert kept.figures == json.loads(Path("f.json").read_text())
    assert (kept.dataset, kept.split) == ("formula", "validation")
    assert f"{kept.figures['points']:,}" in text_of(folder.page_file.read_text())


@pytest.mark.usefixtures("formula")
def test_figures_that_cannot_be_kept_are_shown_all_the_same(folder, monkeypatch):
    from click.testing import CliRunner

    from hwsynth.cli import main
    from hwsynth.errors import RunError

    def fail(self: RunFolder, evaluation: Any) -> None:
        raise RunError("read-only; copy the run elsewhere")

    monkeypatch.setattr(RunFolder, "keep_evaluation", fail)
    result = CliRunner().invoke(main, ["evaluate", "--run", str(folder.path)])
    assert result.exit_code == 0, result.output
    assert "nats per sequence" in result.stdout
    assert "the figures are not kept: read-only; copy the run elsewhere" in result.stderr
