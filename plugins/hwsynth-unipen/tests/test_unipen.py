"""Dataset unipen: the contract, and that every segment is a line or is dropped with a reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from unipen_files import small_unipen, write_archive, write_folder

from hwsynth import Dropped, Ink
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
