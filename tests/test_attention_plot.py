from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from hwsynth import DataError, Ink, UsageError
from hwsynth.attention_plot import attention_plot
from small_corpus import wave

TEXT = "a b"


def line() -> Ink:
    return Ink(wave(0, 30), text=TEXT, id="wave")


def seen(points: int = 30) -> np.ndarray:
    """(points, 4): a window that moves evenly to the end."""
    middle = np.linspace(0, len(TEXT), points)[:, None]
    return np.exp(-((middle - np.arange(len(TEXT) + 1)) ** 2))


def written_in(path: Path) -> list[str]:
    # matplotlib names each text in a comment beside its outlines.
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.parse(path, parser).getroot()
    return [node.text.strip() for node in root.iter() if node.tag is ElementTree.Comment]


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_line_gives_the_same_file(suffix: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "other")]
    for path in paths:
        attention_plot([line()], [seen()], path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_characters_stand_over_the_ink_and_beside_the_matrix(tmp_path: Path) -> None:
    attention_plot([line()], [seen()], tmp_path / "seen.svg")
    texts = written_in(tmp_path / "seen.svg")
    assert [texts.count(each) for each in ("a", "b", "\N{OPEN BOX}", "end")] == [2, 2, 1, 1]


def test_a_character_that_was_never_seen_stands_beside_the_matrix_alone(tmp_path: Path) -> None:
    never = seen()
    never[:, 2] = 0
    attention_plot([line()], [never], tmp_path / "seen.svg")
    assert written_in(tmp_path / "seen.svg").count("b") == 1


def test_what_was_seen_of_other_points_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="what was seen is of 29 points and 3 characters"):
        attention_plot([line()], [seen(29)], tmp_path / "seen.svg")
    with pytest.raises(UsageError, match=r"a plot is a \.png or an \.svg file"):
        attention_plot([line()], [seen()], tmp_path / "seen.pdf")
    assert not list(tmp_path.iterdir())


def test_lines_stand_one_below_the_other_each_with_its_own_text(tmp_path: Path) -> None:
    other = Ink(wave(1, 20), text="c", id="other")
    of_other = np.eye(2)[[0] * 19 + [1]]
    attention_plot([line(), other], [seen(), of_other], tmp_path / "seen.svg")
    texts = written_in(tmp_path / "seen.svg")
    assert [texts.count(each) for each in ("a", "c", "end")] == [2, 2, 2]
    assert texts.index("a") < texts.index("c")


def test_lines_that_are_none_uneven_or_too_many_are_refused(tmp_path: Path) -> None:
    for lines, of_lines, words in (
        ([], [], "0 lines are to be drawn"),
        ([line()], [], "what was seen is of 0"),
        ([line()] * 101, [seen()] * 101, "at most 400 can be drawn"),
    ):
        with pytest.raises(DataError, match=words):
            attention_plot(lines, of_lines, tmp_path / "seen.png")
    assert not list(tmp_path.iterdir())
