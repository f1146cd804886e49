"""Dataset unipen: the contract, and that every segment is a line or is dropped with a reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from unipen_files import small_unipen, write_archive, write_folder

from hwsynth import DataError, Dropped, Ink, UsageError
from hwsynth.testing import check_dataset, check_readme
from hwsynth_unipen import Unipen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "unipen", small_unipen())


def test_the_dataset_keeps_the_contract(folder: Path) -> None:
    check_dataset(Unipen(), folder)


def test_the_readme_has_the_options() -> None:
    check_readme(Unipen, Path(__file__).parents[1] / "README.md")


def test_every_segment_is_a_line_or_is_dropped_with_its_reason(folder: Path) -> None:
    read = list(Unipen().read(folder))
    assert [item.text for item in read if isinstance(item, Ink)] == [
        "two words",
        'a "quoted" word',
        "hello again",
    ]
    assert Counter(item.reason for item in read if isinstance(item, Dropped)) == {
        "quality BAD": 1,
        "fewer words than asked for": 1,
        "text not known": 2,
        "segment of another kind than TEXT": 1,
        "malformed": 2,
        "several lines of writing": 1,
        "words in columns or boxes": 1,
        "less written than its text says": 1,
        "no ink": 1,
        "no segment in it": 1,
        "an included file missing": 1,
    }


def test_an_archive_gives_what_the_folder_gives(tmp_path: Path, folder: Path) -> None:
    write_archive(tmp_path / "unipen.tar.gz", small_unipen())
    from_folder, from_archive = (
        [item.id if isinstance(item, Ink) else item for item in Unipen().read(path)]
        for path in (folder, tmp_path / "unipen.tar.gz")
    )
    assert from_archive == from_folder


@pytest.mark.parametrize("place", ["unipen", "", "train.tgz"])
def test_folder_folder_above_and_archive_are_found(tmp_path: Path, place: str) -> None:
    if place == "train.tgz":
        write_archive(tmp_path / place, small_unipen(), above="./train/")
    else:
        write_folder(tmp_path / "unipen", small_unipen())
    read = list(Unipen().read(tmp_path / place))
    assert sum(isinstance(item, Ink) for item in read) == 3
    assert len(read) == sum(text.count(".SEGMENT") for text in small_unipen().values()) + 1


def test_two_archives_are_refused_until_one_is_named(tmp_path: Path) -> None:
    for name in ("a.tar.gz", "b.tar.gz"):
        write_archive(tmp_path / name, small_unipen())
    with pytest.raises(DataError, match=r"more than one: .*a\.tar\.gz.*b\.tar\.gz"):
        Unipen().sources(tmp_path)
    assert Unipen().sources(tmp_path / "b.tar.gz") == [tmp_path / "b.tar.gz"]


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "other.tar.gz", {"notes/a.txt": "no pen"})
    with pytest.raises(DataError, match=r"other\.tar\.gz: not one line in data/8 \(no files\)"):
        list(Unipen().read(archive))


def test_a_path_is_needed() -> None:
    with pytest.raises(UsageError, match="give it with --data"):
        Unipen().sources(None)


def first_line(folder: Path, **options: float) -> Ink:
    return next(item for item in Unipen(**options).read(folder) if isinstance(item, Ink))


def test_a_line_is_in_hundredths_of_a_millimetre_and_seconds(folder: Path) -> None:
    ink = first_line(folder)
    first, second, *_ = ink.strokes()
    # 10 points per mm, 4 samples a second; y points down.
    np.testing.assert_allclose(first[[0, -1]], [[0, -400], [100, 0]])
    np.testing.assert_allclose(second[0], [300, -400])
    assert len(first) == 51
    assert ink.times is not None
    np.testing.assert_allclose(np.diff(ink.times[:51]), 0.01)
    np.testing.assert_allclose(ink.times[51] - ink.times[50], 0.25)


def test_rate_and_resolution_are_options(folder: Path) -> None:
    usual, other = first_line(folder), first_line(folder, points_per_second=20, units_per_mm=1)
    np.testing.assert_allclose(other.width * 100, usual.width)
    assert len(next(other.strokes())) == 11


def test_single_words_are_lines_where_they_are_asked_for(folder: Path) -> None:
    texts = [item.text for item in Unipen(words=1).read(folder) if isinstance(item, Ink)]
    assert "alone" in texts


def test_ids_and_writers_show_no_name(folder: Path) -> None:
    for ink in Unipen().read(folder):
        if isinstance(ink, Ink):
            assert ink.id is not None
            assert ink.writer is not None
            assert not {"one", "two", "ann"} & {*ink.id.split("-"), ink.writer}


def test_a_file_that_is_too_large_is_dropped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hwsynth.datasets.files.MAX_FILE_BYTES", 400)
    reasons = Counter(item.reason for item in Unipen().read(folder) if isinstance(item, Dropped))
    assert reasons["larger than 16 MiB"] == 1
    assert reasons["an included file missing"] == 1


@pytest.mark.real_data
def test_category_8_of_the_distribution(test_data: Path) -> None:
    read = list(Unipen().read(test_data / "unipen"))
    lines = [item for item in read if isinstance(item, Ink)]
    assert len(read) == 14048
    assert Counter(item.reason for item in read if isinstance(item, Dropped)) == {
        "fewer words than asked for": 3068,
        "several lines of writing": 2282,
        "an included file missing": 395,
        "words in columns or boxes": 69,
        "quality BAD": 44,
        "text not known": 11,
        "less written than its text says": 8,
    }
    assert len(lines) == 8171
    assert len({line.writer for line in lines}) == 232
    assert len({(line.writer, line.split) for line in lines}) == 232
    assert len(set("".join(str(line.text) for line in lines))) == 95
    assert sum(map(len, lines)) == 8827733
