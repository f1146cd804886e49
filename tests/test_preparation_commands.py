"""Preparation from the command line: data, train, sample and evaluate see prepared lines."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth import Page
from hwsynth.cli import main
from hwsynth.corpus import Corpus
from hwsynth.ink_file import read_page, write_ink
from hwsynth.plugins import load
from hwsynth.presets import of_record, of_toml
from hwsynth.presets.writing import toml_text
from hwsynth.recorded import corpus_of
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import PreparationOptions
from hwsynth.settings import build_options
from small_corpus import SETTINGS, small_corpus

PREPARED = {"resample": "arc", "spacing": 0.6, "unit": "writer", "level": True, "origin": True}
OPTIONS = PreparationOptions.model_validate(PREPARED)
LINES = ["--set", "dataset.lines=6", "--set", "dataset.writers=3"]


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def settings(values: dict[str, object]) -> list[str]:
    return [f"--set=preparation.{name}={value}" for name, value in values.items()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(autouse=True)
def elsewhere(folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def prepared_run(folder) -> Path:
    """A run of 4 steps on prepared lines of the synthetic corpus; not to be changed."""
    small = [f"--set={setting}" for setting in SETTINGS]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        how = ["--core", "lstm", *LINES, *small, *settings(PREPARED)]
        run("train", *how, "--steps", 4, "--callback", "none", "--run", folder / "run")
    return folder / "run"


@pytest.fixture
def corpus(prepared_run) -> Corpus:
    """What it learnt from."""
    return corpus_of(RunFolder(prepared_run).record(), load())


def test_a_run_records_how_its_lines_were_prepared(prepared_run, corpus):
    record = RunFolder(prepared_run).record()
    assert record.preparation == OPTIONS
    assert record.data.fingerprint == corpus.fingerprint
    assert record.data.line_height == corpus.line_height < 20
    assert record.normalisation.pen_unit == corpus.pen_unit < 0.1


def test_figures_that_need_the_tablets_own_offsets_are_none(prepared_run, corpus):
    result = run("evaluate", "--run", prepared_run, "--json", "figures.json")
    assert result.output.count("none: lines are prepared") == 3
    found = json.loads(Path("figures.json").read_text())
    assert [name for name, value in found.items() if value is None] == [
        "dequantised_nats_per_sequence",
        "graves_nats_per_sequence",
        "graves_dequantised_nats_per_sequence",
    ]
    lengths = np.diff(corpus.starts)[corpus.lines_in("validation")]
    assert found["points"] == (lengths - 1).sum()


def test_samples_are_of_the_prepared_size_and_without_the_origin(prepared_run, corpus):
    run("sample", "--run", prepared_run, "--steps", 20, "--count", 2, "--out", "a.json")
    page = read_page(Path("a.json"))
    assert [len(ink) for ink in page.lines] == [20, 20]
    assert page.line_height == corpus.line_height


def test_a_line_of_the_corpus_is_gone_on_from_as_it_was_prepared(prepared_run, corpus):
    how = ("--prime", corpus.ids[1], "--show-primer", "--steps", 5, "--count", 1)
    run("sample", "--run", prepared_run, *how, "--out", "a.json")
    ink, primer = read_page(Path("a.json")).lines[0], corpus[1]
    assert len(ink) == len(primer) - 1 + 5
    steps = ink.offsets()[1 : len(primer) - 1]
    assert steps == pytest.approx(primer.offsets()[2:], abs=1e-4)


def test_ink_of_any_size_is_prepared_before_a_model_goes_on_from_it(prepared_run):
    ink = small_corpus()[3]
    larger = type(ink)(ink.points * np.array([8, 8, 1], np.float32))
    drawn = []
    for primer, height in ((ink, 60), (larger, 3)):
        write_ink(Page([primer], height), Path("primer.json"))
        how = ("--prime", "primer.json", "--show-primer", "--steps", 10, "--count", 1)
        run("sample", "--run", prepared_run, *how, "--out", "a.json")
        drawn.append(read_page(Path("a.json")).lines[0].points)
    assert drawn[0] == pytest.approx(drawn[1], abs=0.01)


def test_the_options_of_a_run_are_printed_as_a_preset_and_read_again(prepared_run):
    preset = of_record("run", RunFolder(prepared_run).record())
    again = of_toml("again", toml_text(preset, "a run")).options["preparation"]
    assert build_options(PreparationOptions, again, section="preparation") == OPTIONS


def test_a_run_from_before_there_was_preparation_has_none(prepared_run, tmp_path):
    old = Path(shutil.copytree(prepared_run, tmp_path / "old"))
    document = json.loads((old / "run.json").read_text())
    del document["preparation"], document["normalisation"]["pen_unit"]
    (old / "run.json").write_text(json.dumps(document))
    record = RunFolder(old).record()
    assert not record.preparation.given
    assert record.normalisation.pen_unit == 1


def test_data_shows_and_draws_prepared_lines(corpus):
    how = [*LINES, *settings(PREPARED), "--count", 9, "--out", "lines.json"]
    result = run("data", *how, "--json", "-")
    assert json.loads(result.stdout)["fingerprint"] == corpus.fingerprint
    page = read_page(Path("lines.json"))
    assert [len(ink) for ink in page.lines] == [len(ink) - 1 for ink in corpus]
    assert page.line_height == corpus.line_height


def test_options_that_do_not_go_together_are_refused_before_anything_is_read():
    for command in ("data", "train"):
        wrong = CliRunner().invoke(main, [command, "--set", "preparation.resample=arc"])
        assert wrong.exit_code == 2
        assert "preparation: resample=arc needs a spacing" in wrong.output
