"""Alignments: their files, and what marking lines with them does to a corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from hwsynth import DataError, Dropped, Ink, UsageError
from hwsynth.alignment import About, AlignedLine, Alignment, ReaderRecord
from hwsynth.alignment_file import read_alignment, write_alignment
from hwsynth.corpus import Corpus
from hwsynth.known_ends import compare
from hwsynth.preparation import PreparationOptions, prepare
from small_corpus import corpus_of

READER = ReaderRecord(name="reader", weights="ab12", licences=("for all",))


def wave(name: str, text: str = "a bc", points: int = 12, **fields: object) -> Ink:
    t = np.arange(points)
    rows = np.stack([4 * t, 9 * np.sin(t), t % 4 == 3], axis=1).astype(np.float32)
    return Ink(rows, text=text, id=name, split="learn", **fields)


@pytest.fixture
def corpus() -> Corpus:
    return corpus_of([wave("one"), wave("two", "ab"), wave("three", "éa")])


def alignment_of(corpus: Corpus) -> Alignment:
    about = About(
        hwsynth="0.1.0",
        dataset=corpus.name,
        fingerprint=corpus.fingerprint,
        licence=corpus.licence,
        reader=READER,
    )
    lines = {
        "one": AlignedLine(np.array([3, 7, 11]), -0.5),
        "two": AlignedLine(np.array([7, 11]), -2.5),
    }
    return Alignment(about, lines, (Dropped("three", "the reader lacks 'é'", "'éa'"),))


@pytest.fixture
def file(corpus: Corpus, tmp_path: Path) -> Path:
    write_alignment(alignment_of(corpus), tmp_path / "a.align")
    return tmp_path / "a.align"


def test_what_is_written_is_read_again(corpus, file):
    alignment, checksum = read_alignment(file)
    expected = alignment_of(corpus)
    assert alignment.about == expected.about
    assert alignment.left_out == expected.left_out
    assert alignment.reasons == {"the reader lacks 'é'": 1}
    assert {id: (line.ends.tolist(), line.score) for id, line in alignment.lines.items()} == {
        "one": ([3, 7, 11], -0.5),
        "two": ([7, 11], -2.5),
    }
    assert len(checksum) == 64


def test_the_same_alignment_is_the_same_file(corpus, file, tmp_path):
    write_alignment(alignment_of(corpus), tmp_path / "again.align")
    assert (tmp_path / "again.align").read_bytes() == file.read_bytes()


def test_a_file_that_is_no_alignment_is_refused(tmp_path, file):
    other = tmp_path / "other.align"
    for data in (b"", b"not one", file.read_bytes()[:-40]):
        other.write_bytes(data)
        with pytest.raises(DataError, match=r"other\.align is no alignment"):
            read_alignment(other)
    with pytest.raises(DataError, match=r"No such file.*hwsynth align"):
        read_alignment(tmp_path / "missing.align")


def test_another_table_is_refused(tmp_path):
    table = pa.table({"id": ["one"], "ends": [[3]]})
    with pa.ipc.new_file(str(tmp_path / "t.align"), table.schema) as out:
        out.write_table(table)
    with pytest.raises(DataError, match="its columns are others"):
        read_alignment(tmp_path / "t.align")


def test_lines_are_marked_and_those_left_out_have_no_ends(corpus, file, tmp_path):
    options = PreparationOptions(alignment=file)
    marked = prepare(corpus, options, cache_folder=tmp_path)
    assert [None if e is None else np.flatnonzero(e).tolist() for e in map(marked.ends_of, range(3))
            ] == [[3, 7, 11], [7, 11], None]  # fmt: skip
    assert marked.scores == [-0.5, -2.5, None]
    assert marked.points.tolist() == corpus.points.tolist()


def test_ends_stay_points_of_their_own_where_lines_are_resampled(corpus, file, tmp_path):
    options = PreparationOptions(alignment=file, resample="arc", spacing=3)
    marked = prepare(corpus, options, cache_folder=tmp_path)
    ends = marked[0].points[marked[0].char_end]
    assert ends.tolist() == corpus[0].points[[3, 7, 11]].tolist()


def test_ends_that_a_corpus_knows_give_way_to_those_of_an_alignment(file, tmp_path):
    ends = np.arange(12) % 6 == 5
    corpus = corpus_of([wave("one", char_end=ends), wave("two", "ab", char_end=ends)])
    write_alignment(alignment_of(corpus), file)
    marked = prepare(corpus, PreparationOptions(alignment=file), cache_folder=tmp_path)
    assert np.flatnonzero(marked[0].char_end).tolist() == [3, 7, 11]


def test_lines_below_the_lowest_score_are_left_out_and_counted(corpus, file, tmp_path):
    options = PreparationOptions(alignment=file, min_score=-2)
    marked = prepare(corpus, options, cache_folder=tmp_path)
    assert marked.ids == ["one"]
    assert marked.dropped == {"aligned with a score below -2": 1, "not aligned": 1}


def test_another_file_at_the_same_place_makes_another_corpus(corpus, file, tmp_path):
    options = PreparationOptions(alignment=file)
    first = prepare(corpus, options, cache_folder=tmp_path)
    alignment = alignment_of(corpus)
    moved = {**alignment.lines, "one": AlignedLine(np.array([2, 7, 11]), -0.5)}
    write_alignment(Alignment(alignment.about, moved), file)
    second = prepare(corpus, options, cache_folder=tmp_path)
    assert first.fingerprint != second.fingerprint
    assert np.flatnonzero(second[0].char_end).tolist() == [2, 7, 11]


def test_an_alignment_of_another_corpus_is_refused(file, tmp_path):
    other = corpus_of([wave("one", points=16)])
    with pytest.raises(
        DataError, match=r"aligns other lines than these of 'formula'.*Give the data"
    ):
        prepare(other, PreparationOptions(alignment=file), cache_folder=tmp_path)


@pytest.mark.parametrize("ends", [[3, 11], [3, 3, 11], [3, 7, 10], [3, 7, 12], [-1, 7, 11], []])
def test_ends_that_do_not_fit_a_line_are_refused(corpus, ends):
    alignment = Alignment(
        alignment_of(corpus).about, {"one": AlignedLine(np.array(ends, np.int64), 0)}
    )
    with pytest.raises(DataError, match="ends of line one do not fit its 12 points"):
        alignment.mark(corpus[0])


def test_choosing_by_score_needs_an_alignment_with_lines(corpus, file, tmp_path):
    write_alignment(Alignment(alignment_of(corpus).about, {}), file)
    with pytest.raises(UsageError, match="no line of 'formula' is aligned"):
        prepare(corpus, PreparationOptions(alignment=file, min_score=-2), cache_folder=tmp_path)


def test_a_place_is_kept_whole_so_that_a_run_finds_it_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert PreparationOptions(alignment="a.align").alignment == tmp_path / "a.align"
    options = PreparationOptions(alignment="a.align", min_score=-1, unit="line")
    assert options.form == PreparationOptions(unit="line")


def test_errors_are_counted_over_all_ends_but_the_last_of_each_line():
    ends = np.isin(np.arange(12), [3, 6, 11])
    corpus = corpus_of([wave("one", char_end=ends), wave("two", "ab")])
    errors = compare(alignment_of(corpus), corpus)
    assert (errors.characters, errors.exact, errors.same_lift) == (2, 0.5, 1.0)
    assert errors.points["0.5"] == 0.5
    assert compare(Alignment(alignment_of(corpus).about, {}), corpus) is None
