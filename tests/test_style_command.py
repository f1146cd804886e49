"""hwsynth style fit refuses what it cannot use before anything is loaded."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from hwsynth import Ink, Page
from hwsynth.cli import main
from hwsynth.ink_file import write_ink


def run(*arguments: object):
    return CliRunner().invoke(main, ["style", "fit", *map(str, arguments)])


@pytest.fixture
def lines(tmp_path):
    """An ink file of one line that does not say what is written."""
    points = np.array([[0, 0, 0], [5, 3, 1], [9, 1, 0], [12, 4, 1]])
    write_ink(Page([Ink(points, id="a")], line_height=10), tmp_path / "lines.json")
    return tmp_path / "lines.json"


def test_a_style_file_is_known_by_its_ending(lines, tmp_path):
    result = run(lines, "--out", tmp_path / "mine.json")
    assert result.exit_code == 2
    assert "must end in .style" in result.output


def test_lines_have_to_be_given(tmp_path):
    result = run("--out", tmp_path / "mine.style")
    assert result.exit_code == 2
    assert "give ink files with lines of your own" in result.output


def test_what_is_written_has_to_be_known(lines, tmp_path):
    result = run(lines, "--out", tmp_path / "mine.style")
    assert result.exit_code == 2
    assert "1 of 1 lines do not say what is written; give it with --text" in result.output


def test_there_is_one_line_of_text_for_each_of_ink(lines, tmp_path):
    (tmp_path / "texts.txt").write_text("one\ntwo\n")
    result = run(lines, "--text", tmp_path / "texts.txt", "--out", tmp_path / "mine.style")
    assert result.exit_code == 2
    assert "has 2 lines of text, and there are 1 of ink" in result.output
