"""Ink to text: with a network that is made up, and with one that was trained a little."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth import Ink
from hwsynth.cli import main
from hwsynth.contracts import Page
from hwsynth.ink_file import write_ink
from hwsynth.language import Language
from hwsynth.normalisation import Normalisation
from hwsynth.reading import Reader
from hwsynth.reading_rows import reading_rows
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import PreparationOptions
from hwsynth_ctc import CTC

PLAIN = Normalisation(mean=(0.0, 0.0), sd=(1.0, 2.0))
SETTINGS = (
    "core.units=6", "batches.crop=0", "batches.batch_size=4", "model.bidirectional=true",
    "model.convolution=4", "batches.points=150",
)  # fmt: skip


def _reader(network: Any, **preparation: Any) -> Reader:
    options = PreparationOptions(**preparation)
    return Reader(network, CTC(), "ab", options, PLAIN, points_a_frame=2)


def _says_a_while_right_of_the_start(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """An "a" in every second frame."""
    frames = -(-rows.shape[1] // 2)
    params = np.zeros((len(rows), frames, 3), np.float32)
    params[:, ::2, 1], params[:, 1::2, 0] = 9, 9
    return params


def _line(points: int) -> Ink:
    xy = np.column_stack([np.arange(points), np.arange(points) % 3])
    return Ink(np.column_stack([xy, np.arange(points) == points - 1]).astype(np.float32))


def test_rows_have_heights_and_starts() -> None:
    points = np.array([[[1, 2, 0], [1, -4, 1], [3, 2, 0], [0, 0, 0]]], np.float32)
    mask = np.array([[True, True, True, False]])
    rows = reading_rows(PLAIN.rows(points), mask, PLAIN)
    assert rows[0, :, 3].tolist() == [1, -1, 0, 0]
    assert rows[0, :, 4].tolist() == [1, 0, 1, 0]
    assert not rows[0, 3].any()


def test_lines_come_back_in_the_order_in_which_they_were_given() -> None:
    texts = _reader(_says_a_while_right_of_the_start).texts([_line(n) for n in (41, 9, 70, 17)])
    # One frame for every two rows, of which there are one fewer than points.
    assert [len(text) for text in texts] == [10, 2, 18, 4]


def test_frames_are_about_points_of_the_prepared_line() -> None:
    (reading,) = _reader(_says_a_while_right_of_the_start).read([_line(9)])
    assert reading.places.tolist() == [1, 3, 5, 7]
    assert np.exp(reading.log_probabilities).sum(axis=1) == pytest.approx(1)
    assert -0.01 < reading.score < 0


def test_a_language_is_weighed() -> None:
    def unsure(rows: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """One frame that says a or, a little less, b."""
        params = np.full((len(rows), -(-rows.shape[1] // 2), 3), -9, np.float32)
        params[:, :, 0] = 9
        params[:, 0] = (-9, 9, 8.9)
        return params

    reader = _reader(unsure)
    assert reader.texts([_line(9)]) == ["a"]
    knowing = dataclasses.replace(reader, language=Language.of("b\nb\nb", "ab"))
    assert knowing.texts([_line(9)]) == ["b"]


def test_a_line_that_cannot_be_prepared_says_nothing() -> None:
    dot = Ink(np.array([[3, 3, 1]], np.float32))
    reader = _reader(_says_a_while_right_of_the_start, unit="line")
    found = reader.read([dot, _line(9)])
    assert (found[0].text, found[0].prepared) == ("", None)
    assert found[1].text


def test_no_lines_are_no_readings() -> None:
    assert _reader(_says_a_while_right_of_the_start).read([]) == []


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def trained(formula: Any, tmp_path: Path) -> Path:
    """A run that reads, hardly trained."""
    path = tmp_path / "reader"
    settings = [f"--set={each}" for each in SETTINGS]
    given = ("--dataset", "formula", "--core", "lstm", "--head", "ctc", "--steps", 3)
    result = _run("train", "--run", path, *given, *settings)
    assert result.exit_code == 0, result.output
    return path


def test_a_reader_trains_reads_and_is_scored(trained: Path, tmp_path: Path) -> None:
    progress = RunFolder(trained).checkpoint()[1]
    result = _run("evaluate", "--run", trained, "--json", "-")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["nats_per_point"] == pytest.approx(progress.best, rel=1e-4)
    assert figures["characters"] == 8
    assert figures["character_error_rate"] == progress.least_error
    assert 0 <= figures["broken"] <= 1
    kept = RunFolder(trained).evaluations()[0].figures
    assert kept["character_error_rate"] == figures["character_error_rate"]

    ink = tmp_path / "ink.json"
    write_ink(Page([_line(50), _line(60)], 2.0), ink)
    result = _run("read", ink, "--run", trained, "--json", "-")
    assert result.exit_code == 0, result.output
    assert [set(each) for each in json.loads(result.stdout)] == [
        {"source", "read", "score", "text"}
    ] * 2

    page = Path(__file__).parents[1] / "docs" / "how-to" / "read.md"
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[0], names)
    texts = names["texts"](trained, [_line(50), _line(60)])
    assert texts == [each["read"] for each in json.loads(result.stdout)]

    like = tmp_path / "like.txt"
    like.write_text("a line like those to be read\n", encoding="utf-8")
    result = _run("read", ink, "--run", trained, "--language", like, "--json", "-")
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)) == 2
    result = _run("evaluate", "--run", trained, "--language", like, "--json", "-")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["nats_per_point"] == figures["nats_per_point"]
    assert RunFolder(trained).evaluations()[0].figures == kept

    refused = _run("sample", "--run", trained, "--out", tmp_path / "x.svg")
    assert refused.exit_code == 2
    assert "reads and does not write" in refused.output


def test_what_reads_without_a_framework_is_what_the_model_gives(trained: Path) -> None:
    from hwsynth.experiment import load
    from hwsynth.exported_reader import exported_reader
    from hwsynth.reading_evaluation import network_of
    from small_corpus import plugins

    folder = RunFolder(trained)
    exported = exported_reader(folder, folder.record())
    if exported is None:
        pytest.skip("what exporting needs is not installed, or not on this backend")
    network = network_of(load(trained, plugins())[1])
    rows = np.random.default_rng(0).standard_normal((3, 37, 5)).astype(np.float32)
    mask = np.arange(37) < np.array([[37], [20], [1]])
    frames, rows = mask[:, ::2], rows * mask[..., None]
    got, wanted = exported(rows, mask), network(rows, mask)[:, : frames.shape[1]]
    np.testing.assert_allclose(got[frames], wanted[frames], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "give files with ink to read, or a dataset"),
        (("a.txt",), "no file with ink by its name"),
        (("a.json", "--dataset", "formula"), "give files with ink to read, or a dataset"),
    ],
)
def test_what_cannot_be_read_is_refused(formula: Any, given: tuple[str, ...], words: str) -> None:
    result = _run("read", *given, "--run", "runs/none")
    assert result.exit_code == 2
    assert words in result.output


def test_a_run_that_writes_is_refused(run_copy: Path, tmp_path: Path) -> None:
    ink = tmp_path / "ink.json"
    write_ink(Page([_line(50)], 2.0), ink)
    result = _run("read", ink, "--run", run_copy)
    assert result.exit_code == 2
    assert "writes and does not read" in result.output
