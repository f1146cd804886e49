"""IAM-OnDB: trees of its shape with invented strokes and texts, whole and damaged."""

from __future__ import annotations

import gc
import gzip
import io
import random
import tarfile
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hwsynth import DataError, Dropped, Ink, UsageError
from hwsynth.corpus import open_corpus
from hwsynth.datasets import files
from hwsynth.datasets.iam import Iam, reading, stroke_xml
from hwsynth.datasets.iam.splits import own_split
from hwsynth.datasets.iam.transcripts import parse_transcript
from hwsynth.testing import check_dataset

Strokes = list[list[tuple[float, float, float]]]

TWO_STROKES: Strokes = [[(10, 20, 5.01), (12, 25, 5.02), (12, 25, 5.03)], [(30, 20, 5.4)]]


def xml(strokes: Strokes = TWO_STROKES) -> bytes:
    """A stroke file in the distribution's form: CRLF after points, LF elsewhere."""
    written = "".join(
        f'    <Stroke colour="black" start_time="{stroke[0][2]:.2f}" '
        f'end_time="{stroke[-1][2]:.2f}">\n'
        + "".join(f'      <Point x="{x}" y="{y}" time="{t:.2f}"/>\r\n' for x, y, t in stroke)
        + "    </Stroke>\n"
        for stroke in strokes
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n'
        '  <WhiteboardDescription>\n    <SensorLocation corner="top_left"/>\n'
        '    <DiagonallyOppositeCoords x="30" y="25"/>\n  </WhiteboardDescription>\n'
        f"  <StrokeSet>\n{written}  </StrokeSet>\n</WhiteboardCaptureSession>\n"
    ).encode()


def transcript(*texts: str) -> bytes:
    written = "\r\n".join(texts)
    return f"OCR:\r\n\r\nAS PRINTED\r\n\r\nCSR: \r\n\r\n{written}\r\n".encode()


def original(form: str, writer: str) -> bytes:
    return (
        f'<WhiteboardCaptureSession><General><Form id="{form}" writerID="{writer}"/></General>'
        '<StrokeSet><Stroke><Point x="1" y="1" time="1"/></Stroke></StrokeSet>'
        "</WhiteboardCaptureSession>"
    ).encode()


def stroke_name(line: str) -> str:
    return f"lineStrokes/{line[:3]}/{line[:7]}/{line}.xml"


def text_name(form: str) -> str:
    return f"ascii/{form[:3]}/{form[:7]}/{form}.txt"


SMALL = {
    stroke_name("a01-000u-01"): xml(),
    stroke_name("a01-000u-02"): xml(),
    stroke_name("a01-000-01"): xml(),
    text_name("a01-000u"): transcript("Grey geese ", " go home."),
    text_name("a01-000"): transcript("Other words"),
}


def as_folder(root: Path, tree: dict[str, bytes]) -> Path:
    for name, data in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def as_archives(root: Path, tree: dict[str, bytes]) -> Path:
    """Parts as .tar.gz, what lies beside them as files."""
    parts: dict[str, dict[str, bytes]] = {}
    for name, data in tree.items():
        part = name.split("/")[0] if "/" in name else ""
        parts.setdefault(part, {})[name] = data
    root.mkdir(parents=True, exist_ok=True)
    as_folder(root, parts.pop("", {}))
    for part, members in parts.items():
        (root / f"{part}-all.tar.gz").write_bytes(tar_gz(members))
    return root


def tar_gz(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


def read(path: Path) -> tuple[dict[str | None, Ink], list[Dropped]]:
    lines = list(Iam().read(path))
    inks = {line.id: line for line in lines if isinstance(line, Ink)}
    drops = [line for line in lines if isinstance(line, Dropped)]
    assert len(inks) + len(drops) == len(lines)
    return inks, drops


def read_one(path: Path, data: bytes) -> Ink | Dropped:
    """What becomes of one stroke file, beside a good one."""
    tree = {stroke_name("a01-000u-01"): data, stroke_name("a01-000u-02"): xml()}
    return next(iter(Iam().read(as_folder(path, tree))))


@pytest.mark.parametrize("packed", [as_folder, as_archives])
def test_folders_and_archives_give_strokes_with_their_texts(tmp_path, packed):
    inks, drops = read(packed(tmp_path, SMALL))
    assert {id: ink.text for id, ink in inks.items()} == {
        "a01-000u-01": "Grey geese",
        "a01-000u-02": "go home.",
        "a01-000-01": "Other words",
    }
    assert not drops
    ink = inks["a01-000u-01"]
    assert ink.points.tolist() == [[10, 20, 0], [12, 25, 0], [12, 25, 1], [30, 20, 1]]
    np.testing.assert_allclose(ink.times, [0, 0.01, 0.02, 0.39], atol=1e-9)


@pytest.mark.parametrize("packed", [as_folder, as_archives])
def test_the_dataset_keeps_the_contract(tmp_path, packed):
    check_dataset(Iam(), packed(tmp_path, {**SMALL, stroke_name("a01-000-02"): b"<"}))


def test_strokes_unpacked_may_stand_beside_transcripts_packed(tmp_path):
    as_folder(tmp_path, {name: data for name, data in SMALL.items() if "line" in name})
    as_archives(tmp_path, {name: data for name, data in SMALL.items() if "ascii" in name})
    inks, _ = read(tmp_path)
    assert inks["a01-000-01"].text == "Other words"


def test_an_archive_that_a_browser_unzipped_is_read(tmp_path):
    as_archives(tmp_path, SMALL)
    packed = tmp_path / "lineStrokes-all.tar.gz"
    (tmp_path / "lineStrokes-all.tar").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    assert len(read(tmp_path)[0]) == 3


def test_packed_compressed_or_unpacked_the_corpus_is_the_same_to_the_last_bit(tmp_path):
    tree = {stroke_name(f"a01-{i // 8:03}-{i % 8 + 1:02}"): noisy(i) for i in range(80)}
    tree |= {text_name(f"a01-{i:03}"): transcript(*"abcdefgh") for i in range(10)}
    tree[stroke_name("a01-004-05")] = noisy(5)[:2000]
    compressed = as_archives(tmp_path / "gz", tree)
    packed = as_archives(tmp_path / "tar", tree)
    for archive in packed.glob("*.tar.gz"):
        archive.with_suffix("").write_bytes(gzip.decompress(archive.read_bytes()))
        archive.unlink()
    folders = [compressed, packed, as_folder(tmp_path / "folder", tree)]
    corpora = [open_corpus(Iam(), folder, cache_folder=tmp_path / "cache") for folder in folders]
    assert len({corpus.fingerprint for corpus in corpora}) == 1
    assert len(corpora[0]) == 79
    assert corpora[0].drops == corpora[1].drops == corpora[2].drops
    assert [drop.source for drop in corpora[0].drops] == ["lineStrokes/a01/a01-004/a01-004-05.xml"]


def noisy(seed: int) -> bytes:
    """A file of random strokes."""
    noise = random.Random(seed)
    strokes = [
        [(noise.randrange(9999), noise.randrange(-99, 9999), noise.random()) for _ in range(40)]
        for _ in range(noise.randrange(1, 5))
    ]
    return xml(strokes)


def test_an_interrupted_reading_leaves_no_thread_and_no_cache(tmp_path):
    folder = as_archives(tmp_path, SMALL)
    threads = threading.active_count()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_corpus(Iam(), folder, cache_folder=tmp_path / "cache", progress=interrupted)
    gc.collect()
    assert threading.active_count() == threads
    assert not (tmp_path / "cache").exists()


def test_parts_may_lie_one_folder_down(tmp_path):
    as_folder(tmp_path / "lineStrokes-all", {stroke_name("a01-000u-01"): xml()})
    as_folder(tmp_path / "ascii-all", {text_name("a01-000u"): transcript("Deeper")})
    inks, _ = read(tmp_path)
    assert inks["a01-000u-01"].text == "Deeper"


def test_the_folder_of_strokes_itself_may_be_given(tmp_path):
    as_folder(tmp_path, SMALL)
    assert read(tmp_path / "lineStrokes")[0].keys() == read(tmp_path)[0].keys()


def test_a_part_found_in_two_inner_folders_is_refused_with_both_named(tmp_path):
    as_folder(tmp_path / "one", SMALL)
    as_folder(tmp_path / "two", SMALL)
    with pytest.raises(DataError, match=r"one.*two.*move away"):
        read(tmp_path)


def test_hidden_files_are_no_stroke_files(tmp_path):
    as_folder(tmp_path, {**SMALL, "lineStrokes/a01/a01-000/._a01-000u-01.xml": b"\0\5"})
    inks, drops = read(tmp_path)
    assert len(inks) == 3
    assert not drops


def test_negative_coordinates_and_times_that_go_back_are_kept(tmp_path):
    ink = read_one(tmp_path, xml([[(-7, 3, 9.0), (-6, 3, 8.5)], [(0, 0, 2.96), (0, 0, 2.96)]]))
    assert ink.points[:, 0].tolist() == [-7, -6, 0, 0]
    np.testing.assert_allclose(ink.times, [0, -0.5, -6.04, -6.04])


def test_times_far_from_the_origin_keep_their_hundredths(tmp_path):
    ink = read_one(tmp_path, xml([[(1, 1, 17_000_000.01), (2, 2, 17_000_000.02)]]))
    assert ink.times[1] == pytest.approx(0.01, abs=1e-8)


def test_xml_in_another_order_and_encoding_gives_the_same_movement(tmp_path):
    other = (
        '<?xml version="1.0" encoding="UTF-16"?><WhiteboardCaptureSession><!-- π --><StrokeSet>'
        "<Stroke><Point time='5.01' y='20' x='10'/><Point time=' 5.02' y='25.0' x='12'/>"
        "<Point time='5.03' y='25' x='12'></Point></Stroke>"
        "<Stroke><Point y='20' x='30' time='5.4'/></Stroke></StrokeSet></WhiteboardCaptureSession>"
    ).encode("utf-16")
    points, times = stroke_xml.parse(other)
    expected_points, expected_times = stroke_xml.parse(xml())
    assert points.tolist() == expected_points.tolist()
    assert times.tolist() == expected_times.tolist()


coordinates = st.integers(-999_999, 999_999)
hundredths = st.integers(-(10**9), 10**10).map(lambda n: n / 100)
stroke_lists = st.lists(
    st.lists(st.tuples(coordinates, coordinates, hundredths), min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)


@given(stroke_lists)
def test_the_quick_reader_and_the_xml_parser_agree(strokes):
    data = xml(strokes)
    quick = stroke_xml._parse_regular(data)
    assert quick is not None
    for fast, general in zip(quick, stroke_xml._parse_any(data), strict=True):
        np.testing.assert_array_equal(fast, general)


@pytest.mark.parametrize("colour", [b"", b"red", b"blackandwhite"])
def test_strokes_of_any_colour_are_read_quickly(colour):
    data = xml().replace(b"black", colour)
    quick = stroke_xml._parse_regular(data)
    assert quick is not None
    for fast, general in zip(quick, stroke_xml._parse_any(data), strict=True):
        np.testing.assert_array_equal(fast, general)


@pytest.mark.parametrize(
    ("damage", "reason", "detail"),
    [
        (lambda x: x[: len(x) // 2], stroke_xml.MALFORMED, "line 9, column"),
        (lambda x: b"", stroke_xml.MALFORMED, "line 1"),
        (lambda x: b"\x89PNG\r\n", stroke_xml.MALFORMED, "line 1"),
        (lambda x: x.replace(b"ISO-8859-1", b"EBCDIC-9"), stroke_xml.MALFORMED, "encoding"),
        (lambda x: x.replace(b'x="12"', b'x="1e9"'), stroke_xml.NUMBER, "line 10, stroke 1: x"),
        (lambda x: x.replace(b'y="25"', b'y="nan"'), stroke_xml.NUMBER, "y 'nan'"),
        (lambda x: x.replace(b'x="30"', b'x="1_0"'), stroke_xml.NUMBER, "line 14, stroke 2"),
        (lambda x: x.replace(b' time="5.40"', b""), stroke_xml.NUMBER, "time"),
        (lambda x: x.replace(b'x="30"', b'x="-2000000"'), stroke_xml.BEYOND, "stroke 2: x -2e+06"),
        (lambda x: x.replace(b'"5.40"/>', b'"5.40"/><Point/>'), stroke_xml.NUMBER, "x ''"),
        (lambda x: xml([]), stroke_xml.NO_STROKE, ""),
        (lambda x: b"<html/>", stroke_xml.NO_STROKE, ""),
        (lambda x: x.replace(b"<StrokeSet>", b"<StrokeSet><Point/>"), stroke_xml.OUTSIDE, "line 7"),
        (
            lambda x: x.replace(b"</StrokeSet>", b"<Stroke></Stroke></StrokeSet>"),
            stroke_xml.EMPTY_STROKE,
            "line 16, stroke 3",
        ),
        (
            lambda x: x.replace(b"<Whit", b'<!DOCTYPE a [<!ENTITY b "c">]><Whit', 1),
            stroke_xml.DOCTYPE,
            "line 2",
        ),
        (lambda x: x + b" " * files.MAX_FILE_BYTES, files.TOO_LARGE, ""),
    ],
)
def test_a_damaged_file_is_dropped_with_reason_and_place(tmp_path, damage, reason, detail):
    dropped = read_one(tmp_path, damage(xml()))
    assert isinstance(dropped, Dropped)
    assert dropped.source == stroke_name("a01-000u-01")
    assert dropped.reason == reason
    assert detail in dropped.detail


def test_an_entity_bomb_is_dropped_before_any_entity_is_read(tmp_path):
    entities = "".join(
        f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha" * 99}">' for i in range(30)
    )
    bomb = f'<!DOCTYPE a [{entities}]><a><Stroke><Point x="&e29;"/></Stroke></a>'.encode()
    dropped = read_one(tmp_path, bomb)
    assert dropped.reason == stroke_xml.DOCTYPE


@settings(max_examples=300)
@given(st.binary(max_size=12), st.integers(0, 10**6), st.integers(0, 40))
@example(b"&#0;", 500, 3)
def test_random_damage_gives_a_line_or_a_named_reason(insertion, place, cut):
    good = xml()
    place %= len(good)
    data = good[:place] + insertion + good[place + cut :]
    try:
        points, times = stroke_xml.parse(data)
    except stroke_xml.DamagedFileError:
        return
    Ink(points, times)
    assert np.isfinite(times).all()


@given(st.binary(max_size=300))
def test_any_bytes_make_a_transcript(data):
    assert all(isinstance(text, str) for text in parse_transcript(data) if text is not None)


def test_the_printed_part_of_a_transcript_is_not_used():
    assert parse_transcript(b"OCR:\n\nnever\n\nCSR:\n\nyes\n\nOCR:\n\nnever\n") == ["yes"]
    assert parse_transcript(b"OCR:\n\nnever\n") == []


def test_a_line_without_transcript_is_kept_with_no_text(tmp_path):
    as_folder(tmp_path, {name: data for name, data in SMALL.items() if "lineStrokes" in name})
    inks, drops = read(tmp_path)
    assert [ink.text for ink in inks.values()] == [None] * 3
    assert not drops


def test_a_lost_stroke_file_shifts_no_text(tmp_path):
    tree = {
        stroke_name("b02-001-01"): xml(),
        stroke_name("b02-001-03"): xml(),
        text_name("b02-001"): transcript("one", "two", "three", "four"),
    }
    inks, _ = read(as_folder(tmp_path, tree))
    assert [ink.text for ink in inks.values()] == ["one", "three"]


def test_with_fewer_texts_than_lines_no_text_is_guessed(tmp_path):
    tree = {stroke_name(f"b02-001-0{i}"): xml() for i in (1, 2, 3)}
    inks, _ = read(as_folder(tmp_path, {**tree, text_name("b02-001"): transcript("one", "two")}))
    assert [ink.text for ink in inks.values()] == [None] * 3


def test_behind_a_marked_line_break_the_further_line_has_no_text(tmp_path):
    tree = {stroke_name(f"b02-001-0{i}"): xml() for i in (1, 2, 3)}
    texts = transcript("first", "second %%%%%%%%%%% third")
    inks, _ = read(as_folder(tmp_path, {**tree, text_name("b02-001"): texts}))
    assert [ink.text for ink in inks.values()] == ["first", "second", None]


def test_the_scribble_forms_are_dropped_and_counted(tmp_path):
    scribbles = {stroke_name(line): xml() for line in ("z00-001-01", "z01-000z-02")}
    inks, drops = read(as_folder(tmp_path, {**SMALL, **scribbles}))
    assert len(inks) == 3
    assert [drop.reason for drop in drops] == [reading.SCRIBBLE] * 2


def test_a_file_without_line_number_is_dropped(tmp_path):
    inks, drops = read(as_folder(tmp_path, {**SMALL, "lineStrokes/notes.xml": xml()}))
    assert len(inks) == 3
    assert [(drop.source, drop.reason) for drop in drops] == [
        ("lineStrokes/notes.xml", reading.NAMELESS)
    ]


def test_a_line_named_twice_is_read_once(tmp_path):
    inks, drops = read(as_folder(tmp_path, {**SMALL, "lineStrokes/more/a01-000u-01.xml": xml()}))
    assert len(inks) == 3
    assert [drop.reason for drop in drops] == [reading.REPEATED]


@pytest.mark.parametrize("place", ["", "splits/", "IAM-OnDB-t1/", "tasks/IAM-OnDB-t1/"])
def test_official_splits_are_found_and_forms_in_none_belong_to_none(tmp_path, place):
    splits = {f"{place}trainset.txt": b" a01-000u\r\n\r\n", f"{place}testset_f.txt": b" q09-999\n"}
    inks, _ = read(as_folder(tmp_path, {**SMALL, **splits}))
    assert inks["a01-000u-02"].split == "trainset"
    assert inks["a01-000-01"].split is None


def test_differing_split_files_of_one_name_are_refused(tmp_path):
    splits = {"t1/trainset.txt": b"a01-000u\n", "t2/trainset.txt": b"a01-000\n"}
    with pytest.raises(DataError, match=r"found twice: .*t1.*t2"):
        read(as_folder(tmp_path, {**SMALL, **splits}))


def test_the_same_split_file_twice_does_no_harm(tmp_path):
    splits = {"trainset.txt": b"a01-000u\n", "splits/trainset.txt": b"a01-000u\n"}
    inks, _ = read(as_folder(tmp_path, {**SMALL, **splits}))
    assert inks["a01-000u-01"].split == "trainset"


def test_a_form_in_two_splits_is_refused(tmp_path):
    splits = {"trainset.txt": b"a01-000u\n", "testset_v.txt": b"a01-000u\n"}
    with pytest.raises(DataError, match=r"a01-000u is also in trainset\.txt"):
        read(as_folder(tmp_path, {**SMALL, **splits}))


def test_every_split_name_has_a_role():
    assert Iam.splits["testset_v"] == "validation"
    assert Iam.splits["testset_t"] == Iam.splits["testset_f"] == "test"
    assert {own_split(f"form{i}", None) for i in range(200)} <= Iam.splits.keys()


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_no_writer_is_on_both_sides_of_our_own_split(form, other_form, writer):
    assert own_split(form, writer) == own_split(other_form, writer)


def test_our_own_split_is_about_ninety_five_five():
    sizes = Counter(own_split(f"form {i}", None) for i in range(5000))
    assert 0.88 < sizes["train"] / 5000 < 0.92
    assert 0.04 < sizes["validation"] / 5000 < 0.06


@pytest.mark.parametrize("packed", [as_folder, as_archives])
def test_writers_come_from_the_original_files_where_there(tmp_path, packed):
    originals = {
        "original-xml/a01/a01-000/strokesu.xml": original("a01-000u", "10034"),
        "original-xml/a01/a01-000/strokes.xml": b"<WhiteboardCaptureSession><StrokeSet/>",
    }
    inks, _ = read(packed(tmp_path, {**SMALL, **originals}))
    assert inks["a01-000u-01"].writer == inks["a01-000u-02"].writer == "10034"
    assert inks["a01-000-01"].writer is None


def test_a_form_named_by_its_path_alone_has_its_writer(tmp_path):
    data = original("", "7")
    inks, _ = read(as_folder(tmp_path, {**SMALL, "original/a01/a01-000/strokesu.xml": data}))
    assert inks["a01-000u-01"].writer == "7"


def test_sources_are_all_files_that_are_read(tmp_path):
    packed = as_archives(tmp_path / "packed", {**SMALL, "trainset.txt": b"a01-000u\n"})
    assert {path.name for path in Iam().sources(packed)} == {
        "lineStrokes-all.tar.gz",
        "ascii-all.tar.gz",
        "trainset.txt",
    }
    assert len(Iam().sources(as_folder(tmp_path / "unpacked", SMALL))) == len(SMALL)


def test_a_missing_folder_is_named_with_what_is_expected(tmp_path):
    with pytest.raises(DataError, match=r"no folder .*nowhere.*lineStrokes-all.tar.gz"):
        Iam().sources(tmp_path / "nowhere")


def test_no_folder_at_all_is_a_usage_error():
    with pytest.raises(UsageError, match="--data"):
        Iam().sources(None)


@pytest.mark.parametrize("tree", [{}, {"lineStrokes/readme.txt": b""}, {"a.xml": xml()}])
def test_a_folder_without_stroke_files_says_what_is_expected(tmp_path, tree):
    with pytest.raises(DataError, match=r"no stroke files.*lineStrokes-all.tar.gz"):
        Iam().sources(as_folder(tmp_path, tree))


def test_an_archive_without_stroke_files_is_refused(tmp_path):
    (tmp_path / "lineStrokes-all.tar.gz").write_bytes(tar_gz({"readme.txt": b""}))
    with pytest.raises(DataError, match="holds no stroke file"):
        read(tmp_path)


def test_where_nothing_can_be_read_the_reasons_are_told(tmp_path):
    tree = {stroke_name("a01-000u-01"): b"<a", stroke_name("z00-000-01"): xml()}
    with pytest.raises(DataError, match=r"not one of 2 .*well-formed: 1.*scribble: 1.*a01-000u-01"):
        read(as_folder(tmp_path, tree))


@pytest.mark.parametrize(
    "name", ["../a01-000u-01.xml", "/tmp/a01-000u-01.xml", "a/../../b-01.xml", "..\\b-01.xml"]
)
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, name):
    (tmp_path / "lineStrokes-all.tar.gz").write_bytes(tar_gz({"good-01.xml": xml(), name: xml()}))
    with pytest.raises(DataError, match="leads out of the archive"):
        read(tmp_path)


def test_a_link_in_an_archive_is_not_followed(tmp_path):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        link = tarfile.TarInfo("lineStrokes/a01-000u-02.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        good = tarfile.TarInfo("lineStrokes/a01-000u-01.xml")
        good.size = len(xml())
        tar.addfile(good, io.BytesIO(xml()))
    (tmp_path / "lineStrokes-all.tar.gz").write_bytes(file.getvalue())
    inks, drops = read(tmp_path)
    assert list(inks) == ["a01-000u-01"]
    assert [drop.reason for drop in drops] == [files.NOT_A_FILE]


def many_lines() -> bytes:
    noise = random.Random(5)
    strokes = [[(noise.randrange(9999), noise.randrange(9999), 1.0) for _ in range(50)]]
    return tar_gz({stroke_name(f"a01-000u-{i:02}"): xml(strokes) for i in range(1, 60)})


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_an_archive_cut_short_is_refused(tmp_path, kept):
    whole = many_lines()
    (tmp_path / "lineStrokes-all.tar.gz").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DataError, match=r"cut short .*download it again"):
        read(tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a tar at all", b"\x1f\x8bgarbage", b"x" * 20_000])
def test_what_is_no_archive_is_refused(tmp_path, data):
    (tmp_path / "lineStrokes-all.tar.gz").write_bytes(data)
    with pytest.raises(DataError, match="not a tar archive"):
        read(tmp_path)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_random_damage_to_an_archive_gives_lines_or_a_data_error(tmp_path_factory, place, bytes_):
    data = bytearray(gzip.decompress(tar_gz(SMALL)))
    place %= len(data)
    data[place : place + len(bytes_)] = bytes_
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "lineStrokes-all.tar").write_bytes(bytes(data))
    with suppress(DataError):
        assert len(list(Iam().read(folder))) <= 3


def test_an_archive_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_MEMBERS", 2)
    as_archives(tmp_path, SMALL)
    with pytest.raises(DataError, match="more than 2 files"):
        read(tmp_path)


@pytest.mark.real_data
def test_the_real_set_is_accounted_for_to_the_last_file(test_data):
    inks, drops = read(test_data / "iamondb")
    assert len(inks) + len(drops) == 8336
    assert Counter(drop.reason for drop in drops) == {reading.SCRIBBLE: 16}
    assert Counter(ink.split for ink in inks.values()) == {
        "trainset": 5364,
        "testset_v": 1438,
        "testset_t": 1518,
    }
    assert sum(len(ink) for ink in inks.values()) == 5_221_191
    assert sum(int(ink.points[:, 2].sum()) for ink in inks.values()) == 206_748
    assert [id for id, ink in inks.items() if ink.text is None] == ["a08-551z-09"]
    assert len(set().union(*(ink.text or "" for ink in inks.values()))) == 81


@pytest.mark.real_data
def test_the_real_set_keeps_the_contract(test_data):
    check_dataset(Iam(), test_data / "iamondb")


@pytest.mark.real_data
def test_the_quick_reader_reads_every_real_file_as_the_parser_does(test_data):
    archive = test_data / "iamondb" / "lineStrokes-all.tar.gz"
    for number, file in enumerate(files.read_files(archive, ".xml")):
        quick = stroke_xml._parse_regular(file.data)
        assert quick is not None, file.name
        if number % 40 == 0:  # all of them agree; a fortieth keeps the suite quick
            for fast, general in zip(quick, stroke_xml._parse_any(file.data), strict=True):
                np.testing.assert_array_equal(fast, general)
