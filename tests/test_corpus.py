"""Corpora: the same lines from the reader and from the cache, and no cache that is wrong."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsynth import DataError, Dataset, Dropped, Ink, UsageError, corpus_cache, corpus_table
from hwsynth.contracts import Role
from hwsynth.corpus import Corpus, open_corpus


class Notes(Dataset):
    """Reads a line from each row `id,split,text` of a file; reads are counted."""

    name: ClassVar[str] = "notes"
    splits: ClassVar[Mapping[str, Role]] = {"day": "train", "dusk": "test", "night": "test"}
    licence: ClassVar[str] = "ours"
    reads: ClassVar[int] = 0
    points: int = 4
    """Points a line."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The file."""
        if path is None or not path.exists():
            raise DataError(f"no file {path}")
        return [path]

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """A line a row; a row 'torn' is dropped."""
        type(self).reads += 1
        for row in self.sources(path)[0].read_text().splitlines():
            if row.startswith("torn"):
                yield Dropped(row, "torn", "at the edge")
                continue
            id, split, text = row.split(",")
            xyp = np.arange(3 * self.points, dtype=np.float32).reshape(-1, 3)
            xyp[:, 2] = [*[0] * (self.points - 1), 1]
            yield Ink(xyp, np.arange(self.points) * 0.01, text=text, id=id, split=split or None)


ROWS = "a,day,hill\nb,dusk,ill\ntorn 1\nc,night,will\nd,,mill\ntorn 2\n"


@pytest.fixture
def notes(tmp_path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text(ROWS)
    Notes.reads = 0
    return path


@pytest.fixture
def opened(notes, tmp_path):
    """Opens the corpus of the rows; the cache is in tmp_path."""

    def open_(dataset: Dataset | None = None, **options) -> Corpus:
        folder = tmp_path / "cache"
        return open_corpus(dataset or Notes(), notes, cache_folder=folder, **options)

    return open_


def same(ink: Ink, other: Ink) -> bool:
    arrays = [(ink.points, other.points), (ink.times, other.times), (ink.char_end, other.char_end)]
    return all(
        (a is None) == (b is None) and (a is None or np.array_equal(a, b)) for a, b in arrays
    ) and all(
        getattr(ink, name) == getattr(other, name)
        for name in ("text", "writer", "id", "split", "score")
    )


def strokes(*lengths: int) -> np.ndarray:
    xyp = np.zeros((sum(lengths), 3), np.float32)
    xyp[:, :2] = np.arange(2 * len(xyp)).reshape(-1, 2)
    xyp[np.cumsum(lengths) - 1, 2] = 1
    return xyp


inks = st.builds(
    lambda lengths, timed, ended, **fields: Ink(
        strokes(*lengths),
        times=np.linspace(-5, 9, sum(lengths)) if timed else None,
        char_end=np.arange(sum(lengths)) % 3 == 0 if ended else None,
        **fields,
    ),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
    text=st.none() | st.text(),
    writer=st.none() | st.text(),
    id=st.uuids().map(str),
    split=st.sampled_from([None, "day", "night"]),
    score=st.none() | st.floats(-9, 0),
)


@settings(max_examples=50)
@given(st.lists(inks, min_size=1, max_size=5, unique_by=lambda ink: ink.id))
def test_lines_come_back_from_the_cache_as_they_were(tmp_path_factory, lines):
    file = tmp_path_factory.mktemp("cache") / "corpus.arrow"
    corpus_cache.store(corpus_table.build(Notes(), lines), file)
    corpus = Corpus(corpus_cache.load(file))
    assert len(corpus) == len(lines)
    assert all(same(ink, line) for ink, line in zip(corpus, lines, strict=True))


def test_a_corpus_says_what_it_holds(opened):
    corpus = opened()
    assert (corpus.name, corpus.licence) == ("notes", "ours")
    assert corpus.ids == ["a", "b", "c", "d"]
    assert corpus.charset == "hilmw"
    assert corpus.dropped == {"torn": 2}
    assert corpus.drops[1] == Dropped("torn 2", "torn", "at the edge")
    assert corpus.starts.tolist() == [0, 4, 8, 12, 16]
    assert corpus.points.shape == (16, 3)
    assert corpus.line_height == 9.0
    assert corpus.split_sizes == {"day": 1, "dusk": 1, "night": 1}


def test_scores_count_in_the_fingerprint_where_there_are_any():
    ink = Ink(strokes(3), id="a")
    lines = [dataclasses.replace(ink, score=score) for score in (None, -1, -2)]
    corpora = [Corpus(corpus_table.build(Notes(), [line])) for line in lines]
    assert [corpus.scores for corpus in corpora] == [[None], [-1], [-2]]
    assert len({corpus.fingerprint for corpus in corpora}) == 3


def test_line_height_is_the_median_of_the_heights():
    lines = [
        Ink(np.array([[0, 5, 0], [9, 5 + h, 0], [0, 5, 1]]), id=f"{h}") for h in (1, 2, 30, 4, 5)
    ]
    assert Corpus(corpus_table.build(Notes(), lines)).line_height == 4


def test_arrays_are_views_of_the_memory_map(opened):
    corpus = opened()
    ink = corpus[2]
    assert np.shares_memory(ink.points, corpus.points)
    assert np.shares_memory(ink.times, corpus.times)
    assert not corpus.points.flags.owndata
    assert not corpus.points.flags.writeable
    assert corpus.char_end is None


def test_negative_and_numpy_indices_count_as_in_a_list(opened):
    corpus = opened()
    assert corpus[-1].id == "d"
    assert corpus[np.int64(1)].id == "b"
    with pytest.raises(IndexError):
        corpus[4]


def test_a_role_takes_in_all_its_splits_and_an_own_name_one(opened):
    corpus = opened()
    assert corpus.lines_in("test").tolist() == [1, 2]
    assert corpus.lines_in("night").tolist() == [2]
    assert corpus.lines_in("train").tolist() == [0]


@pytest.mark.parametrize("split", ["validation", "dawn"])
def test_a_split_without_lines_is_refused_with_those_that_have_some(opened, split):
    with pytest.raises(UsageError, match=rf"'{split}'.*day \(train, 1 lines\), dusk"):
        opened().lines_in(split)


def test_lines_are_found_by_name(opened):
    assert opened().find("c").text == "will"
    with pytest.raises(UsageError, match="no line 'x' among the 4 of 'notes'"):
        opened().find("x")


def test_a_second_opening_reads_nothing(opened):
    first, second = opened(), opened()
    assert Notes.reads == 1
    assert first.fingerprint == second.fingerprint
    assert all(same(a, b) for a, b in zip(first, second, strict=True))


def test_the_fingerprint_is_of_the_lines_not_of_the_place(opened, notes, tmp_path):
    corpus = opened()
    moved = notes.rename(tmp_path / "elsewhere.txt")
    again = open_corpus(Notes(), moved, cache_folder=tmp_path)
    assert again.fingerprint == corpus.fingerprint
    moved.write_text(ROWS.replace("mill", "fill"))
    assert open_corpus(Notes(), moved, cache_folder=tmp_path).fingerprint != corpus.fingerprint


def test_a_changed_source_is_read_anew(opened, notes):
    opened()
    notes.write_text(ROWS + "e,day,still\n")
    assert opened().ids[-1] == "e"


def test_a_source_of_the_same_size_and_another_time_is_read_anew(opened, notes):
    opened()
    notes.write_text(ROWS.replace("mill", "fill"))
    os.utime(notes, ns=(1, 1))
    assert opened()[3].text == "fill"


def test_other_options_are_another_corpus(opened):
    assert len(opened(Notes(points=7)).points) == 28
    assert len(opened().points) == 16
    assert Notes.reads == 2


def test_a_newer_reader_reads_anew(opened, monkeypatch):
    opened()
    monkeypatch.setattr(Notes, "reader_version", 2)
    opened()
    assert Notes.reads == 2


def test_a_newer_package_reads_anew(opened, monkeypatch):
    opened()
    monkeypatch.setattr(corpus_cache.metadata, "version", lambda package: "99")
    opened()
    assert Notes.reads == 2


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.booleans())
def test_a_damaged_cache_is_made_anew_or_harmless(tmp_path_factory, place, cut):
    folder = tmp_path_factory.mktemp("damage")
    notes = folder / "notes.txt"
    notes.write_text(ROWS)
    open_corpus(Notes(), notes, cache_folder=folder)
    (file,) = folder.glob("*.arrow")
    data = bytearray(file.read_bytes())
    place %= len(data)
    data[place:] = b"" if cut else bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    try:
        batch = _loaded(file, bytes(data))
    except corpus_cache.UnreadableError:
        assert open_corpus(Notes(), notes, cache_folder=folder).ids == ["a", "b", "c", "d"]
    else:
        assert not cut
        assert len(Corpus(batch).charset) + len(Corpus(batch).ids) > 4


def _loaded(file: Path, data: bytes):
    file.write_bytes(data)
    return corpus_cache.load(file)


def test_a_warning_names_a_cache_that_is_made_anew(opened, tmp_path, caplog):
    opened()
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(b"ARROW1 and nothing more")
    assert len(opened()) == 4
    assert f"{file}: cache unreadable, made anew" in caplog.text


def test_an_interrupted_write_leaves_no_cache(opened, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            opened()
    assert list((tmp_path / "cache").iterdir()) == []
    assert len(opened()) == 4


def test_concurrent_openings_all_get_the_corpus(opened, tmp_path):
    lengths = []
    threads = [threading.Thread(target=lambda: lengths.append(len(opened()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [4] * 8
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_no_space_left_names_the_variable_that_helps(opened, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(corpus_cache.pa.ipc, "new_file", full)
    with pytest.raises(DataError, match=r"No space left.*HWSYNTH_CACHE"):
        opened()


def test_a_cache_folder_that_is_a_file_names_the_variable_that_helps(notes):
    with pytest.raises(DataError, match="HWSYNTH_CACHE"):
        open_corpus(Notes(), notes, cache_folder=notes)


def test_the_environment_names_the_cache_folder(notes, tmp_path, monkeypatch):
    monkeypatch.setenv("HWSYNTH_CACHE", str(tmp_path / "named"))
    open_corpus(Notes(), notes)
    assert len(list((tmp_path / "named").glob("notes-*.arrow"))) == 1


def test_a_source_that_changes_while_it_is_read_is_refused(opened, notes):
    def change(_name: str, _count: int) -> None:
        notes.write_text("a,day,hill\n")

    with pytest.raises(DataError, match="changed while it was read"):
        opened(progress=change)


def test_progress_counts_lines_and_drops(opened):
    calls = []
    opened(progress=lambda name, count: calls.append((name, count)))
    assert calls == [("notes", count) for count in range(1, 7)]


def test_a_dataset_that_needs_a_path_says_so(tmp_path):
    with pytest.raises(UsageError, match="'notes' needs its folder"):
        open_corpus(Notes(), None, cache_folder=tmp_path)


def test_a_dataset_without_lines_is_refused(opened, notes):
    notes.write_text("torn 1\n")
    with pytest.raises(DataError, match="gives no line"):
        opened()


@pytest.mark.parametrize("rows", ["a,day,x\na,day,y\n", ",day,x\n,day,y\n"])
def test_two_lines_of_one_id_are_refused(opened, notes, rows):
    notes.write_text(rows)
    with pytest.raises(DataError, match="two"):
        opened()


def test_a_split_that_the_dataset_does_not_name_is_refused(opened, notes):
    notes.write_text("a,dawn,x\n")
    with pytest.raises(DataError, match=r"split 'dawn'.*day, dusk, night"):
        opened()


@pytest.mark.real_data
def test_the_real_set_is_read_once_and_then_comes_from_the_cache(test_data, tmp_path, monkeypatch):
    from hwsynth.datasets.iam import Iam

    first = open_corpus(Iam(), test_data / "iamondb", cache_folder=tmp_path)
    monkeypatch.setattr(Iam, "read", lambda *_: pytest.fail("read again"))
    corpus = open_corpus(Iam(), test_data / "iamondb", cache_folder=tmp_path)
    assert corpus.fingerprint == first.fingerprint
    assert len(corpus) + sum(corpus.dropped.values()) == 8336
    assert np.count_nonzero(corpus.points[:, 2]) == 206_748
    assert len(corpus.points) == 5_221_191
    assert len(corpus.lines_in("train")) == 5364
    assert len(corpus.lines_in("validation")) == 1438
    assert corpus.line_height == 583
    assert corpus.find("a08-551z-09").text is None
