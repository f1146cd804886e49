"""UNIPEN's format: statements, includes, delineations, units, time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unipen_files import DOC, data_file, down, pen_data, up

from hwsynth_unipen.delineation import Piece, pieces
from hwsynth_unipen.joining import joined
from hwsynth_unipen.movement import Stroke, read_strokes
from hwsynth_unipen.recording import (
    Component,
    Includes,
    MissingIncludeError,
    Setting,
    read_recording,
)
from hwsynth_unipen.segments import read_segment
from hwsynth_unipen.statements import statements
from hwsynth_unipen.units import MICROSECONDS, Units, units_of
from hwsynth_unipen.writers import split_of, writer_of

PLAIN = Units(("X", "Y"), (10, 10), 0.02)


def component(*numbers: float, is_down: bool = True, delay: bytes = b"") -> Component:
    return Component(is_down, " ".join(map(str, numbers)).encode(), delay)


def strokes_of(components: list[Component], delineation: str, units: Units = PLAIN) -> list[Stroke]:
    return read_strokes(components, pieces(delineation), units)


def test_a_statement_begins_in_the_first_column_and_comments_are_passed_over() -> None:
    text = b"lost\n.A 1\n 2\n.COMMENT .A 3\n.A 4\n  .A 5\r\n.B\r\n"
    assert list(statements(text)) == [(b"A", b" 1\n 2\n"), (b"A", b" 4\n  .A 5\n"), (b"B", b"\n")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("7", [Piece(7, 0, 7, None)]),
        ("3-5", [Piece(3, 0, 5, None)]),
        ("3:10-5:2", [Piece(3, 10, 5, 2)]),
        ("3:10-5", [Piece(3, 10, 5, None)]),
        ("2-5,15,9,50-55", [Piece(2, 0, 5, None), Piece(9, 0, 9, None), Piece(15, 0, 15, None),
                            Piece(50, 0, 55, None)]),
        ("1:40-3,6:0-6:12", [Piece(1, 40, 3, None), Piece(6, 0, 6, 12)]),
        ("6:13-7,6:0-6:12", [Piece(6, 0, 6, 12), Piece(6, 13, 7, None)]),
    ],
)  # fmt: skip
def test_a_delineation_gives_pieces_in_the_order_of_time(text: str, wanted: list[Piece]) -> None:
    assert pieces(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "a", "5-3", "4:9-4:2", "4:9", "1-3,3-5", "1-3,2", "1 - 3", "-1"]
)
def test_what_is_no_delineation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not of the form|ends before|has no end|twice"):
        pieces(text)


def test_components_are_counted_over_includes_unless_they_are_empty() -> None:
    files = {
        "a.doc": DOC.encode() + b".INCLUDE deeper.doc\n",
        "deeper.doc": b".POINTS_PER_SECOND 60\n",
        "a.dat": pen_data([down((1, 1)), up(), ".DT 30", ".DT 40", down((2, 2))]).encode(),
        "b.dat": pen_data([up((3, 3))], writer="bob").encode(),
    }
    data = data_file(["a.doc", "a.dat", "b.dat"], 'TEXT 0-2 OK "abc"').encode()
    recording = read_recording(data, Includes(files))
    assert [(each.is_down, each.body.split()) for each in recording.components] == [
        (True, [b"1", b"1"]), (True, [b"2", b"2"]), (False, [b"3", b"3"]),
    ]  # fmt: skip
    assert sum(map(int, recording.components[1].delay.split())) == 70
    assert recording.setting.points_per_second == b"60"
    assert recording.setting.writer_id == b"bob"
    assert recording.segments == [b' TEXT 0-2 OK "abc"\n']


def test_a_new_set_counts_from_zero() -> None:
    data = pen_data([down((1, 1)), ".START_SET second", down((2, 2))]).encode()
    assert [each.body.split() for each in read_recording(data, Includes({})).components] == [
        [b"2", b"2"]
    ]


def test_a_file_that_includes_itself_is_refused() -> None:
    with pytest.raises(MissingIncludeError, match="loop"):
        read_recording(b".INCLUDE loop\n", Includes({"loop": b".INCLUDE loop\n"}))


def test_y_is_turned_and_units_are_millimetres() -> None:
    (stroke,) = strokes_of([component(10, 20, 30, 50)], "0", replace(PLAIN, per_mm=(10, 5)))
    np.testing.assert_allclose(stroke.xy, [[1, -4], [3, -10]])


def test_time_passes_by_samples_pen_up_or_down_and_by_delays() -> None:
    components = [
        component(0, 0, 1, 0),
        component(2, 0, 3, 0, 4, 0, is_down=False),
        component(5, 0, 6, 0, delay=b" 500\n 250\n"),
    ]
    first, second = strokes_of(components, "0-2")
    np.testing.assert_allclose(first.times, [0, 0.02])
    np.testing.assert_allclose(second.times, [0.1 + 0.75, 0.12 + 0.75])


def test_pieces_cut_within_components() -> None:
    components = [component(*np.repeat(np.arange(start, start + 4), 2)) for start in (0, 10, 20)]
    strokes = strokes_of(components, "0:2-1,2:0-2:1")
    assert [(-stroke.xy[:, 1] * 10).tolist() for stroke in strokes] == [
        [2, 3], [10, 11, 12, 13], [20, 21],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "delineation", "message"),
    [
        ((1, 2, 3), "0", "3 numbers"),
        (("x", 2), "0", "could not convert"),
        (("nan", 2), "0", "2 numbers"),
        ((1e9, 2), "0", "coordinate beyond"),
        ((1, 2), "1", "component 1 of 1"),
        ((1, 2), "0:0-0:5", "sample 5 of 1"),
    ],
)
def test_damaged_samples_are_refused(
    numbers: tuple[float, ...], delineation: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        strokes_of([component(*numbers)], delineation)


def test_a_pressure_of_zero_lifts_the_pen_and_a_column_of_times_tells_how_long() -> None:
    units = Units(("X", "Y", "T", "P"), (1, 1), None, MICROSECONDS)
    rows = [(0, 0, 500, 0), (1, 1, 5500, 7), (2, 2, 10500, 7), (3, 3, 15500, 0), (9, 9, 900500, 7)]
    first, second = strokes_of([component(*sum(rows, ()))], "0", units)
    np.testing.assert_allclose(first.times, [0.005, 0.01])
    np.testing.assert_allclose(second.xy, [[9, -9]])
    np.testing.assert_allclose(second.times, [0.9])


def test_times_that_go_back_are_refused() -> None:
    with pytest.raises(ValueError, match="go back"):
        strokes_of([component(0, 0, 9, 1, 1, 8)], "0", Units(("X", "Y", "T"), (1, 1), None))


@pytest.mark.parametrize(("samples", "period"), [(7, 0.02), (7, 0.005), (2, 0.001), (1, 0.01)])
def test_a_stroke_of_any_rate_has_one_rate_and_its_first_and_last_point(
    samples: int, period: float
) -> None:
    times = 3 + period * np.arange(samples)
    stroke = Stroke(np.stack([times, -2 * times], axis=1), times).resampled(100)
    np.testing.assert_allclose(stroke.times[[0, -1]], times[[0, -1]])
    np.testing.assert_allclose(np.diff(stroke.times)[:-1], 0.01)
    assert (np.diff(stroke.times) <= 0.01 + 1e-4).all()
    assert (np.diff(stroke.times) > 0).all()
    np.testing.assert_allclose(stroke.xy, np.stack([stroke.times, -2 * stroke.times], axis=1))


def setting(**values: bytes) -> Setting:
    return Setting(**{"coord": b"X Y", "points_per_second": b"60", **values})


def test_resolutions_are_per_millimetre_or_inch_or_those_of_windows_for_pen() -> None:
    mm = setting(x_points_per_mm=b"20", y_points_per_mm=b"40")
    inch = setting(x_points_per_inch=b"254", y_points_per_inch=b"508")
    given = [units_of(each, "xya", corrected=True).per_mm for each in (mm, inch, setting())]
    assert given == [(20, 40), (10, 20), pytest.approx((39.37, 39.37), rel=1e-4)]


def test_what_a_contributor_says_of_a_device_is_corrected_or_left() -> None:
    said = setting(x_points_per_mm=b"20", y_points_per_mm=b"20")
    assert units_of(said, "lex", corrected=True).per_mm == pytest.approx((39.37, 39.37), rel=1e-4)
    assert units_of(said, "lex", corrected=False).per_mm == (20, 20)
    assert units_of(said, "art", corrected=True).period == 0.01
    assert units_of(said, "art", corrected=False).period == pytest.approx(1 / 60)


@pytest.mark.parametrize(
    "wrong",
    [
        {"coord": b"X"},
        {"coord": b"X Y Y"},
        {"coord": b"X Y WEIGHT"},
        {"points_per_second": b"0"},
        {"points_per_second": b"fast"},
        {"points_per_second": b""},
        {"x_points_per_inch": b"-5"},
    ],
)
def test_settings_that_cannot_be_read_are_refused(wrong: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"columns|points_per|could not convert"):
        units_of(setting(**wrong), "xya", corrected=True)


def test_without_a_rate_there_must_be_times() -> None:
    with pytest.raises(ValueError, match="neither"):
        units_of(Setting(coord=b"X Y"), "xya", corrected=True)
    assert units_of(Setting(coord=b"X Y T"), "xya", corrected=True).period is None


def test_a_label_is_unescaped_and_its_white_space_joined() -> None:
    segment = read_segment(b' TEXT  0-3 ? "say \\"a\\\\b\\"\n\t  twice"\n')
    assert segment is not None
    assert segment.text == 'say "a\\b" twice'
    assert (segment.kind, segment.delineation, segment.quality) == ("TEXT", "0-3", "?")


@pytest.mark.parametrize("label", ["XXX", "before XXX after", "", "  ", "?"])
def test_a_label_for_what_cannot_be_read_is_no_text(label: str) -> None:
    segment = read_segment(f' TEXT 0-3 OK "{label}"'.encode())
    assert segment is not None
    assert segment.text is None


@pytest.mark.parametrize(
    "body", [b"", b' TEXT 0-3 OK "open', b' TEXT 0-3 OK "a" "b"', b" TEXT x OK"]
)
def test_a_segment_without_its_format_is_none(body: bytes) -> None:
    assert read_segment(body) is None


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("at 2 : 0 0 on 3 / 2 3 / 9 2 .", "at 2:00 on 3/23/92."),
        ("( 2 1 2 ) 5 5 5 - 0 1 2 3", "(212) 555-0123"),
        ("it wasn ' t Ann 's , was it ?", "it wasn't Ann's, was it?"),
        ('a " big " one !', 'a "big" one!'),
        ("a b c", "a b c"),
        ("well - kept", "well - kept"),
    ],
)
def test_what_labels_set_apart_is_joined_for_those_contributors_alone(
    label: str, text: str
) -> None:
    assert joined(label, "cec") == text
    assert joined(label, "att") == label


def test_hyphens_are_joined_where_they_were_written_so() -> None:
    assert joined("well - kept", "hpp") == "well-kept"


def test_a_writer_is_a_hash_that_shows_no_name_and_is_the_same_in_sets_of_one_institution() -> None:
    spellings = {("apa", b"JoDoe"), ("apd", b"Jo_Doe_2"), ("apb", b"textJoDoeSplit")}
    assert len({writer_of(*each) for each in spellings}) == 1
    assert writer_of("cea", b" ab12 ") == writer_of("cec", b"ab12")
    assert writer_of("xya", b"ann") != writer_of("xyb", b"ann")
    assert writer_of("xya", None) != writer_of("xya", b"ann")
    assert all(c in "0123456789abcdef" for c in writer_of("xya", b"ann"))


def test_writers_are_split_about_as_said() -> None:
    splits = [split_of(writer_of("xya", b"%d" % i)) for i in range(4000)]
    shares = [splits.count(name) / 4000 for name in ("train", "validation", "test")]
    np.testing.assert_allclose(shares, [0.85, 0.075, 0.075], atol=0.02)
