from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from hwsynth import DataError, Ink, Page, ink_file
from hwsynth.exporters import Json
from hwsynth.ink_file import read_ink, read_page, write_ink
from hwsynth.testing import check_exporter

POINTS = np.array([[0, 0, 0], [1.5, -2, 1], [0.1, 3, 1]], np.float32)
DOCUMENT = {
    "format": "hwsynth-ink",
    "version": 1,
    "unit": "corpus",
    "line_height": 100,
    "lines": [{"points": [[0, 0, 0], [1.5, -2, 1]]}],
}


def same(one: Ink, other: Ink) -> bool:
    arrays = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("points", "times", "char_end")
    )
    return arrays and all(
        getattr(one, name) == getattr(other, name)
        for name in ("id", "text", "writer", "split", "score")
    )


def saved(document: object, folder: Path) -> Path:
    path = folder / "line.ink.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@st.composite
def inks(draw: st.DrawFn) -> Ink:
    count = draw(st.integers(1, 8))
    finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
    points = draw(npst.arrays(np.float32, (count, 3), elements=finite))
    points[:, 2] = draw(npst.arrays(np.float32, count, elements=st.sampled_from([0, 1])))
    points[-1, 2] = 1
    seconds = st.floats(allow_nan=False, allow_infinity=False)
    times = draw(st.none() | npst.arrays(np.float64, count, elements=seconds))
    char_end = draw(st.none() | npst.arrays(np.bool_, count))
    names = {name: draw(st.none() | st.text()) for name in ("id", "text", "writer", "split")}
    score = draw(st.none() | seconds)
    return Ink(points, times=times, char_end=char_end, score=score, **names)


@given(st.lists(inks(), min_size=1, max_size=4), st.floats(1e-300, 1e300))
def test_what_is_written_is_read_back_exactly(
    tmp_path_factory, lines: list[Ink], line_height: float
) -> None:
    path = tmp_path_factory.mktemp("ink") / "lines.json"
    write_ink(Page(lines, line_height), path)
    page = read_page(path)
    assert page.line_height == line_height
    assert all(same(one, other) for one, other in zip(lines, page.lines, strict=True))


def test_numbers_are_written_as_short_as_they_can_be(tmp_path: Path) -> None:
    path = tmp_path / "lines.json"
    write_ink(Page([Ink(POINTS)], 100), path)
    assert '"points":[[0.0,0.0,0],[1.5,-2.0,1],[0.1,3.0,1]]' in path.read_text()


def test_the_json_exporter_keeps_the_contract() -> None:
    check_exporter(Json())


def test_the_json_exporter_writes_an_ink_file(tmp_path: Path) -> None:
    path = tmp_path / "sample.json"
    Json().write(Page([Ink(POINTS, text="a")], 100, captions=["bias 0"]), path)
    (line,) = read_ink(path)
    assert same(line, Ink(POINTS, text="a"))


def test_fields_that_are_not_known_may_be_missing(tmp_path: Path) -> None:
    (line,) = read_ink(saved(DOCUMENT, tmp_path))
    assert line.points.tolist() == [[0, 0, 0], [1.5, -2, 1]]
    assert line.text is line.times is line.char_end is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "format: Input should be 'hwsynth-ink'"),
        ({"version": 2}, "version: Input should be 1"),
        ({"unit": "mm"}, "unit: Input should be 'corpus'"),
        ({"line_height": 0}, "line_height: Input should be greater than 0"),
        ({"line_height": "100"}, "line_height: Input should be a valid number"),
        ({"line_height": None}, "line_height: Input should be a valid number"),
        ({"lines": []}, "lines: List should have at least 1 item"),
        ({"lines": {}}, "lines: Input should be a valid array"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_field(
    change: dict, message: str, tmp_path: Path
) -> None:
    path = saved(DOCUMENT | change, tmp_path)
    with pytest.raises(DataError, match=message) as caught:
        read_ink(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({}, "lines.0.points: Field required"),
        ({"points": []}, "lines.0: ink: points must have shape"),
        ({"points": [[0, 0]]}, "lines.0.points.0.2: Field required"),
        ({"points": [[0, 0, 1, 5]]}, "lines.0.points.0"),
        ({"points": [[0, 0, 2]]}, "lines.0.points.0.2: Input should be 0 or 1"),
        ({"points": [[0, "1", 1]]}, "lines.0.points.0.1: Input should be a valid number"),
        ({"points": [[0, True, 1]]}, "lines.0.points.0.1: Input should be a valid number"),
        ({"points": [[float("nan"), 0, 1]]}, "lines.0.points.0.0: Input should be"),
        ({"points": [[0, float("inf"), 1]]}, "lines.0.points.0.1: Input should be"),
        ({"points": [[0, 1e39, 1]]}, "lines.0.points.0.1: Input should be less than"),
        ({"points": [[0, 0, 0]]}, "lines.0: ink: the last point must lift the pen"),
        ({"points": [[0, 0, 1]], "id": "a", "times": [1, 2]}, "ink 'a': times must have shape"),
        ({"points": [[0, 0, 1]], "char_end": [2]}, "lines.0.char_end.0: Input should be 0 or 1"),
        ({"points": [[0, 0, 1]], "text": 7}, "lines.0.text: Input should be a valid string"),
        ({"points": [[0, 0, 1]], "writter": "x"}, "lines.0.writter: Extra inputs"),
    ],
)
def test_a_line_that_is_not_ink_is_refused_by_place(
    line: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        read_ink(saved(DOCUMENT | {"lines": [line]}, tmp_path))


@pytest.mark.parametrize(
    "text", ["", "ink", '{"format":', "[" * 100_000, "null", "[]", "\x00\x01", '{"a": 1e999}']
)
def test_what_is_not_json_of_an_ink_file_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not an ink file of version 1"):
        read_ink(saved(text, tmp_path))


def test_a_file_that_is_too_large_is_refused_without_reading_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ink_file, "MAX_BYTES", 50)
    with pytest.raises(DataError, match="larger than an ink file may be, 50 bytes"):
        read_ink(saved(DOCUMENT, tmp_path))
    with pytest.raises(DataError, match="at most 50 can be read back"):
        write_ink(Page([Ink(POINTS)], 100), tmp_path / "large.json")
    assert not (tmp_path / "large.json").exists()


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the ink file"):
        read_ink(tmp_path / name)


@pytest.mark.parametrize("page", [Page([], 100), Page([Ink(POINTS)], 0)])
def test_a_page_without_lines_or_scale_is_not_written(page: Page, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        write_ink(page, tmp_path / "page.json")
    assert list(tmp_path.iterdir()) == []
