"""hwsynth sample: ink to files, from runs wherever they are, primed or not."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth import Page
from hwsynth.cli import main
from hwsynth.ink_file import read_page, write_ink
from hwsynth.run_folder import RunFolder
from small_corpus import contents, small_corpus

pytestmark = pytest.mark.usefixtures("formula")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def drawn(path: Path, *arguments: object) -> list[np.ndarray]:
    """Points of the lines that are drawn by a run."""
    result = run("sample", "--run", path, "--out", "lines.json", "--steps", 20, *arguments)
    assert result.exit_code == 0, result.output
    return [line.points for line in read_page(Path("lines.json")).lines]


def test_lines_are_drawn_as_svg_and_said_to_be(trained_run):
    result = run("sample", "--run", trained_run, "--count", 3, "--steps", 20)
    assert result.exit_code == 0, result.output
    assert f"sample.svg: 3 lines of 20 points, written by {trained_run}" in result.output
    assert "<svg" in Path("sample.svg").read_text()


def test_ink_has_as_many_lines_and_points_as_asked_for_at_the_corpus_scale(trained_run):
    lines = drawn(trained_run, "--count", 3)
    assert [len(points) for points in lines] == [21, 21, 21]
    assert read_page(Path("lines.json")).line_height == small_corpus().line_height


def test_a_seed_repeats_a_file_to_the_byte(trained_run):
    for name, seed in (("a.svg", 3), ("b.svg", 3), ("c.svg", 4)):
        given = ("--steps", 20, "--seed", seed, "--out", name)
        assert run("sample", "--run", trained_run, *given).exit_code == 0
    files = contents(Path())
    assert files["a.svg"] == files["b.svg"] != files["c.svg"]


def test_a_run_that_was_moved_draws_the_same(trained_run, tmp_path):
    before = drawn(trained_run)
    (tmp_path / "far").mkdir()
    moved = shutil.copytree(trained_run, tmp_path / "far" / "away")
    np.testing.assert_array_equal(drawn(moved), before)


def test_without_a_name_the_newest_run_draws(trained_run):
    for name, time in (("old", 1), ("new", 3), ("middle", 2)):
        shutil.copytree(trained_run, Path("runs", name))
        os.utime(Path("runs", name, "run.json"), (time, time))
    result = run("sample", "--steps", 5)
    assert result.exit_code == 0, result.output
    assert "written by runs/new" in result.output


def test_a_run_is_only_read(run_copy):
    before = contents(run_copy)
    drawn(run_copy)
    assert contents(run_copy) == before


def test_a_primer_by_its_id_is_the_same_as_by_its_ink_file(trained_run):
    corpus = small_corpus()
    write_ink(Page([corpus.find("line-5")], corpus.line_height), Path("primer.json"))
    plain, by_id, by_file = (
        drawn(trained_run, *given)
        for given in ((), ("--prime", "line-5"), ("--prime", "primer.json"))
    )
    np.testing.assert_array_equal(by_id, by_file)
    assert (np.array(plain) != np.array(by_id)).any()


def test_a_primer_of_another_size_is_brought_to_the_line_height_of_the_corpus(trained_run):
    corpus = small_corpus()
    ink = corpus.find("line-5")
    larger = dataclasses.replace(ink, points=ink.points * np.float32([4, 4, 1]))
    write_ink(Page([larger], 4 * corpus.line_height), Path("larger.json"))
    by_id, by_file = (drawn(trained_run, "--prime", primer) for primer in ("line-5", "larger.json"))
    np.testing.assert_array_equal(by_id, by_file)


def test_a_primer_is_shown_before_what_goes_on_from_it(trained_run):
    primer = small_corpus().find("line-5").points
    alone = drawn(trained_run, "--prime", "line-5")
    shown = drawn(trained_run, "--prime", "line-5", "--show-primer")
    for line, after in zip(shown, alone, strict=True):
        assert len(line) == len(primer) + 20
        moved = line - np.float32([*line[0, :2], 0]) + np.float32([*primer[0, :2], 0])
        np.testing.assert_allclose(moved[: len(primer)], primer, atol=0.01)
        end = line[len(primer) - 1, :2]
        np.testing.assert_allclose(line[len(primer) :, :2] - end, after[1:, :2], atol=0.05)
        np.testing.assert_array_equal(line[len(primer) :, 2], after[1:, 2])


def test_bias_draws_lines_more_alike(trained_run):
    loose, tight = (
        np.std([points[1, :2] for points in drawn(trained_run, "--count", 30, "--bias", bias)])
        for bias in (0, 3)
    )
    assert tight < 0.5 * loose


def test_a_line_height_can_be_given(trained_run):
    for name, given in (("a.svg", ()), ("b.svg", ("--line-height-mm", 16))):
        result = run("sample", "--run", trained_run, "--steps", 20, "--out", name, *given)
        assert result.exit_code == 0, result.output
    assert contents(Path())["a.svg"] != contents(Path())["b.svg"]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("--line-height-mm", 4, "--set", "exporter.line_height_mm=4"), 2, "give one"),
        (("--count", 10**9), 2, "20,000,000 points"),
        (("--prime", "x" * 5000), 2, "no line"),
        (("--prime", "ends in\0nothing"), 2, "no line"),
    ],
)
def test_what_cannot_be_is_refused(run_copy, given, code, words):
    result = run("sample", "--run", run_copy, *given)
    assert result.exit_code == code, result.output
    assert words in result.stderr
    assert not Path("sample.svg").exists()


def changed(path: Path, section: str, **fields: object) -> None:
    record = json.loads((path / "run.json").read_text())
    record[section].update(fields)
    (path / "run.json").write_text(json.dumps(record))


def test_a_missing_plugin_is_named_with_the_package_to_install(run_copy):
    changed(run_copy, "core", name="clock", package="hwsynth-clockworks", version="3.1")
    result = run("sample", "--run", run_copy)
    assert result.exit_code == 1
    assert "needs the core 'clock' of hwsynth-clockworks 3.1" in result.stderr
    assert "pip install 'hwsynth-clockworks==3.1'" in result.stderr


def test_weights_of_another_shape_are_refused_by_name(run_copy):
    changed(run_copy, "core", options={"units": 9})
    result = run("sample", "--run", run_copy)
    assert result.exit_code == 1
    assert "weights.safetensors does not fit the model of run.json" in result.stderr
    assert "has shape" in result.stderr
    assert not Path("sample.svg").exists()


def test_a_diverged_model_is_refused_with_what_to_do(run_copy):
    folder = RunFolder(run_copy)
    folder.write_weights({name: array * 0 + 1e30 for name, array in folder.weights().items()})
    result = run("sample", "--run", run_copy)
    assert result.exit_code == 1, result.output
    assert "left all bounds" in result.stderr
    assert "train it longer" in result.stderr
