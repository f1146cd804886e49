from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from hwsynth import DataError, Ink, Page
from hwsynth.exporters import Svg
from hwsynth.exporters.characters import CHARACTER_COLORS
from hwsynth.exporters.curves import bezier_controls
from hwsynth.exporters.layout import lay_out
from hwsynth.exporters.paths import path_data, segments
from hwsynth.testing import check_exporter

SVG = "{http://www.w3.org/2000/svg}"
REFERENCES = Path(__file__).parent / "references"


def ink(*strokes: list[tuple[float, float]], **fields: str) -> Ink:
    rows = [
        (x, y, index == len(stroke) - 1)
        for stroke in strokes
        for index, (x, y) in enumerate(stroke)
    ]
    return Ink(np.array(rows, np.float32), **fields)


def wave(length: float = 600, height: float = 100, points: int = 40) -> list[tuple[float, float]]:
    turn = np.linspace(0, 6 * np.pi, points)
    return list(zip(length * turn / turn[-1], height / 2 * np.sin(turn), strict=True))


def loops(turns: int = 5, size: float = 100, points: int = 90) -> list[tuple[float, float]]:
    turn = np.linspace(0, 2 * np.pi * turns, points)
    x = size * (turn / 8 - 0.4 * np.sin(turn))
    return list(zip(x, size / 2 * np.cos(turn), strict=True))


def draw(page: Page, folder: Path, **options: object) -> ElementTree.Element:
    path = folder / "page.svg"
    Svg(**options).write(page, path)
    return ElementTree.parse(path).getroot()


def paths(drawing: ElementTree.Element) -> list[NDArray[np.float64]]:
    return [rows_of(path.attrib["d"]) for path in drawing.iter(f"{SVG}path")]


def rows_of(data: str) -> NDArray[np.float64]:
    """(rows, controls, 2) in absolute millimetres, read back from path data."""
    start, command, rest = re.fullmatch(r"M([-.\d ]+)([clh])([-.\d ]*)", data).groups()
    position = np.array([float(number) for number in start.split()])
    numbers = np.array([float(number) for number in rest.split()])
    if command == "h":
        return np.array([[position], [position + np.array([numbers[0], 0])]])
    relative = numbers.reshape(-1, 3 if command == "c" else 1, 2)
    ends = position + np.cumsum(relative[:, -1], axis=0)
    starts = np.concatenate([[position], ends[:-1]])
    first = np.broadcast_to(position, (1, *relative.shape[1:]))
    return np.concatenate([first, relative + starts[:, None]])


def size_mm(drawing: ElementTree.Element) -> tuple[float, float]:
    return tuple(float(drawing.attrib[side].removesuffix("mm")) for side in ("width", "height"))


coordinates = st.floats(-2000, 2000, width=32)
strokes = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12)
inks = st.lists(strokes, min_size=1, max_size=5).map(lambda drawn: ink(*drawn))


@pytest.mark.parametrize(
    "exporter",
    [Svg(), Svg(smooth=False, columns=2, background="ivory")],
    ids=["as it comes", "straight, in columns"],
)
def test_the_exporter_keeps_the_contract(exporter: Svg) -> None:
    check_exporter(exporter)


def test_there_is_one_path_a_stroke(tmp_path: Path) -> None:
    drawing = draw(Page([ink(wave(), loops(), [(5, 5)])], 100), tmp_path)
    assert len(paths(drawing)) == 3


def test_the_line_height_option_says_what_the_corpus_line_height_becomes(tmp_path: Path) -> None:
    bar = ink([(0, 0), (0, 100)])
    (path,) = paths(draw(Page([bar], 200), tmp_path, line_height_mm=8, margin_mm=0))
    assert np.ptp(path[:, -1], axis=0).tolist() == [0, 4]


def test_one_scale_holds_for_the_whole_sheet(tmp_path: Path) -> None:
    page = Page([ink([(0, 0), (0, 100)]), ink([(0, 0), (0, 50)])], 100)
    tall, small = paths(draw(page, tmp_path))
    assert np.ptp(tall[..., 1]) == pytest.approx(8, abs=1e-9)
    assert np.ptp(small[..., 1]) == pytest.approx(4, abs=1e-9)


def test_the_document_is_in_millimetres_and_its_units_are_millimetres(tmp_path: Path) -> None:
    drawing = draw(Page([ink([(0, 0), (100, 100)])], 100), tmp_path, stroke_width_mm=0.5)
    assert drawing.attrib["width"] == drawing.attrib["height"] == "18.5mm"
    assert drawing.attrib["viewBox"] == "0 0 18.5 18.5"


def test_a_stroke_of_one_point_is_drawn_as_a_dot_with_a_length() -> None:
    assert path_data(segments(np.array([[1.0, 2.0]]), True)) == "M1 2h.001"


def test_a_stroke_that_stays_where_it_is_is_a_dot() -> None:
    stroke = np.array([[1.0, 2.0], [1.0, 2.0], [1.0002, 2.0]])
    assert path_data(segments(stroke, True)) == "M1 2h.001"


def test_a_stroke_too_short_to_have_a_length_where_it_is_placed_is_a_dot() -> None:
    rows = segments(np.array([[0.0004, 0.0], [0.0006, 0.0]]), True)
    assert len(rows) == 2
    assert path_data(rows + np.array([0.0003, 0])) == "M.001 0h.001"


def test_a_repeated_point_does_not_change_the_curve() -> None:
    stroke = np.array(wave())
    repeated = np.repeat(stroke, 1 + np.arange(len(stroke)) % 3, axis=0)
    assert path_data(segments(repeated, True)) == path_data(segments(stroke, True))


def test_straight_strokes_go_from_point_to_point() -> None:
    assert path_data(segments(np.array([[0, 0], [1, 0.5], [0.25, 2]]), False)) == (
        "M0 0l1 .5 -.75 1.5"
    )


def test_points_on_a_straight_line_are_joined_by_a_straight_line() -> None:
    points = np.array([[0, 0], [1, 2], [4, 8], [5, 10]], np.float64)
    controls = bezier_controls(points).reshape(-1, 2)
    np.testing.assert_allclose(controls[:, 1], 2 * controls[:, 0], atol=1e-12)
    assert np.all(np.diff(controls[:, 0]) > 0)


def test_the_curve_through_points_of_a_circle_stays_near_it() -> None:
    turn = np.linspace(0, 2 * np.pi, 17)
    points = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    controls = bezier_controls(points)
    t = np.linspace(0, 1, 20)[:, None, None]
    curve = (
        (1 - t) ** 3 * points[:-1]
        + 3 * t * (1 - t) ** 2 * controls[:, 0]
        + 3 * t**2 * (1 - t) * controls[:, 1]
        + t**3 * controls[:, 2]
    )
    inner = np.hypot(*curve[:, 1:-1].reshape(-1, 2).T)
    assert np.abs(inner - 1).max() < 0.002


def test_the_curve_is_smooth_where_segments_meet() -> None:
    points = np.random.default_rng(0).normal(size=(30, 2))
    controls = bezier_controls(points)
    arriving = points[1:-1] - controls[:-1, 1]
    leaving = controls[1:, 0] - points[1:-1]
    cross = arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0]
    np.testing.assert_allclose(cross, 0, atol=1e-12)
    assert np.all((arriving * leaving).sum(axis=1) > 0)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=20))
def test_no_handle_is_longer_than_two_thirds_of_its_chord(points: list) -> None:
    stroke = np.array(points)
    stroke = stroke[np.concatenate([[True], np.diff(stroke, axis=0).any(axis=1)])]
    if len(stroke) == 1:
        return
    controls = bezier_controls(stroke)
    chords = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    leaving = np.linalg.norm(controls[:, 0] - stroke[:-1], axis=1)
    arriving = np.linalg.norm(controls[:, 1] - stroke[1:], axis=1)
    longest = 2 / 3 * chords + 1e-9
    assert np.all(leaving <= longest)
    assert np.all(arriving <= longest)


@given(inks, st.booleans())
def test_every_point_lies_on_the_drawn_curve(tmp_path_factory, drawn: Ink, smooth: bool) -> None:
    drawing = draw(Page([drawn], 400), tmp_path_factory.mktemp("svg"), smooth=smooth)
    corner = None
    for stroke, path in zip(drawn.strokes(), paths(drawing), strict=True):
        expected = stroke.astype(np.float64) * 8 / 400
        # The first point of the line says where the line was placed.
        corner = path[0, -1] - expected[0] if corner is None else corner
        ends = path[:, -1]
        distances = np.abs((expected + corner)[:, None] - ends).max(axis=2)
        assert distances.min(axis=1).max() < 0.0021


@given(st.lists(inks, min_size=1, max_size=4), st.booleans(), st.integers(1, 3))
def test_all_that_is_drawn_is_within_the_margins(
    tmp_path_factory, lines: list[Ink], smooth: bool, columns: int
) -> None:
    page = Page(lines, 400, captions=["x"] * len(lines))
    options = {"margin_mm": 2, "stroke_width_mm": 1, "smooth": smooth, "columns": columns}
    drawing = draw(page, tmp_path_factory.mktemp("svg"), **options)
    controls = np.concatenate([path.reshape(-1, 2) for path in paths(drawing)])
    assert np.all(controls >= 2.5 - 0.001)
    assert np.all(controls <= np.array(size_mm(drawing)) - 2.5 + 0.002)


@given(
    st.lists(st.tuples(st.floats(0.1, 90), st.floats(0.1, 30)), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_no_two_cells_of_a_sheet_overlap(sizes: list, columns: int) -> None:
    boxes = np.array(sizes)
    sheet = lay_out(boxes, columns=columns, gaps=(3, 2), margin=1)
    starts, ends = sheet.corners, sheet.corners + boxes
    beside = starts[:, None, 0] >= ends[None, :, 0] + 3 - 1e-9
    below = starts[:, None, 1] >= ends[None, :, 1] + 2 - 1e-9
    apart = beside | beside.T | below | below.T
    assert np.all(apart | np.eye(len(boxes), dtype=bool))
    assert np.all(ends <= np.array(sheet.size) - 1 + 1e-9)


def test_a_sheet_is_filled_row_by_row() -> None:
    sheet = lay_out(np.full((5, 2), 10.0), columns=2, gaps=(3, 2), margin=1)
    assert sheet.corners.tolist() == [[1, 1], [14, 1], [1, 13], [14, 13], [1, 25]]
    assert sheet.size == (25, 36)


def test_a_column_takes_no_room_that_no_line_needs() -> None:
    sheet = lay_out(np.full((2, 2), 10.0), columns=7, gaps=(3, 2), margin=1)
    assert sheet.size == (25, 12)


def test_a_line_is_a_group_that_says_what_it_is(tmp_path: Path) -> None:
    lines = [ink(wave(), id="w-1", text="a <wave> & more", writer="7"), ink([(0, 0)])]
    groups = draw(Page(lines, 100), tmp_path).findall(f"{SVG}g/{SVG}g")
    assert [group.attrib["id"] for group in groups] == ["line-1", "line-2"]
    assert [group.findtext(f"{SVG}title") for group in groups] == ["w-1", "line 2"]
    assert groups[0].findtext(f"{SVG}desc") == "text: a <wave> & more\nwriter: 7"
    assert groups[1].find(f"{SVG}desc") is None


def test_captions_stand_above_their_lines_as_they_are(tmp_path: Path) -> None:
    captions = ["<b> & 'c' \"d\" é", "bell \x07 and half \ud800"]
    drawing = draw(Page([ink(wave()), ink(loops())], 100, captions=captions), tmp_path)
    texts = list(drawing.iter(f"{SVG}text"))
    assert [text.text for text in texts] == [captions[0], "bell \ufffd and half \ufffd"]
    for text, path in zip(texts, paths(drawing), strict=True):
        assert float(text.attrib["y"]) < path[..., 1].min()


def test_a_line_without_caption_takes_no_room_for_one(tmp_path: Path) -> None:
    lines = [ink([(0, 0), (0, 100)])]
    with_caption = size_mm(draw(Page(lines, 100, captions=["a"]), tmp_path, caption_size_mm=2))
    without = size_mm(draw(Page(lines, 100), tmp_path))
    assert with_caption[1] - without[1] == pytest.approx(3.6)


def test_a_long_caption_widens_the_sheet(tmp_path: Path) -> None:
    drawing = draw(Page([ink([(0, 0)])], 100, captions=["a" * 100]), tmp_path)
    assert size_mm(drawing)[0] > 100


def test_pen_and_paper_are_options(tmp_path: Path) -> None:
    page = Page([ink(wave())], 100)
    drawing = draw(page, tmp_path, color="#123456", stroke_width_mm=0.7, background="ivory")
    pen = drawing.find(f"{SVG}g").attrib
    assert (pen["stroke"], pen["stroke-width"], pen["fill"]) == ("#123456", "0.7", "none")
    assert pen["stroke-linecap"] == pen["stroke-linejoin"] == "round"
    assert drawing.find(f"{SVG}rect").attrib["fill"] == "ivory"
    assert draw(page, tmp_path).find(f"{SVG}rect") is None


@pytest.mark.parametrize(
    "options",
    [
        {"color": "url(http://example.org)"},
        {"color": 'red" onload="'},
        {"color": "bluish"},
        {"color": "none"},
        {"background": "#12345"},
    ],
)
def test_a_colour_that_cannot_be_drawn_is_refused(options: dict) -> None:
    with pytest.raises(ValidationError):
        Svg(**options)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (Page([], 100), "no lines"),
        (Page([ink([(0, 0)])], 0), "line_height is 0"),
        (Page([ink([(0, 0)])], -3), "line_height is -3"),
        (Page([ink([(0, 0)])], float("nan")), "line_height is nan"),
        (Page([ink([(0, 0)])], 100, captions=["a", "b"]), "1 lines and 2 captions"),
        (Page([ink([(-3e38, 0), (3e38, 0)])], 100), "at most 1000000 mm"),
        (Page([ink([(0, 0)])], 5e-324), "at most 1000000 mm"),
    ],
)
def test_a_page_that_cannot_be_drawn_is_refused(page: Page, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        Svg().write(page, tmp_path / "page.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "page.svg"
    path.write_text("old")
    with pytest.raises(DataError):
        Svg().write(Page([ink(wave()), ink([(0, 0), (3e38, 0)])], 100), path)
    assert path.read_text() == "old"


PAGES = {
    "line": (Page([ink(loops(), wave(), [(700, -20)], id="loops")], 100), {}),
    "straight": (Page([ink(loops(points=30), [(0, 0), (0, 0), (90, 9)])], 100), {"smooth": False}),
    "sheet": (
        Page(
            [ink(wave(300 + 50 * n, 80 + 10 * n), id=f"wave-{n}", text="~") for n in range(5)],
            100,
            captions=[f"wave & caption {n}" for n in range(5)],
        ),
        {"columns": 2, "background": "#fffdf7", "color": "black", "line_height_mm": 12},
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_drawing_equals_its_reference(name: str, tmp_path: Path, refresh_references) -> None:
    page, options = PAGES[name]
    drawn = tmp_path / "page.svg"
    Svg(**options).write(page, drawn)
    reference = REFERENCES / f"{name}.svg"
    if refresh_references:
        reference.write_bytes(drawn.read_bytes())
    assert drawn.read_text("utf-8") == reference.read_text("utf-8"), (
        f"the drawing '{name}' has changed; look at it, and if it is right run "
        "`pytest tests/test_svg.py --refresh-references`"
    )


def aligned_line(**fields: object) -> Ink:
    """Two strokes of three characters, the first of which are joined."""
    line = ink([(0, 0), (10, 5), (20, 0), (30, 5)], [(50, 0), (60, 5)])
    return dataclasses.replace(line, char_end=np.isin(np.arange(6), [1, 3, 5]), **fields)


def test_each_character_has_a_colour_and_joined_ink_stays_joined(tmp_path: Path) -> None:
    drawing = draw(Page([aligned_line()], 100), tmp_path, color_by="character", smooth=False)
    colors = [path.attrib["stroke"] for path in drawing.iter(f"{SVG}path")]
    assert colors == list(CHARACTER_COLORS[:3])
    first, second, third = paths(drawing)
    assert [len(piece) for piece in (first, second, third)] == [2, 3, 2]
    np.testing.assert_allclose(second[0], first[-1])


def test_characters_stand_beneath_their_ink_in_its_colours(tmp_path: Path) -> None:
    line = aligned_line(text="a bc")
    drawing = draw(Page([line], 100), tmp_path, color_by="character", line_height_mm=100)
    letters = list(drawing.iter(f"{SVG}text"))
    assert [letter.text for letter in letters] == ["a", "b", "c"]
    assert [letter.attrib["fill"] for letter in letters] == list(CHARACTER_COLORS[:3])
    places = [float(letter.attrib["x"]) for letter in letters]
    assert np.diff(places).tolist() == pytest.approx([20, 30])
    plain = draw(Page([line], 100), tmp_path, line_height_mm=100)
    assert size_mm(drawing)[1] > size_mm(plain)[1]


def test_a_line_whose_ends_are_not_known_keeps_the_pens_colour(tmp_path: Path) -> None:
    page = Page([ink(wave(), text="a")], 100)
    assert ElementTree.tostring(draw(page, tmp_path, color_by="character")) == (
        ElementTree.tostring(draw(page, tmp_path))
    )


def test_points_after_the_last_end_are_the_last_characters(tmp_path: Path) -> None:
    line = dataclasses.replace(aligned_line(), char_end=np.isin(np.arange(6), [1]))
    drawing = draw(Page([line], 100), tmp_path, color_by="character")
    assert {path.attrib["stroke"] for path in drawing.iter(f"{SVG}path")} == {CHARACTER_COLORS[0]}
