"""Dataset some-dataset: the contract, and a file whose numbers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hwsynth import DataError, Dropped, Ink
from hwsynth.testing import check_dataset, check_readme
from hwsynth_some_dataset import SomeDataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two lines of writing, and a file that is none."""
    (tmp_path / "a.csv").write_text("0,0,0\n10,5,1\n")
    (tmp_path / "b.csv").write_text("0,0,0\n10,5,0\n20,-5,1\n")
    (tmp_path / "c.csv").write_text("x,y,pen\n")
    return tmp_path


def test_the_dataset_keeps_the_contract(folder: Path) -> None:
    check_dataset(SomeDataset(), folder)


def test_the_readme_has_the_options() -> None:
    check_readme(SomeDataset, Path(__file__).parents[1] / "README.md")


def test_points_are_those_of_the_files(folder: Path) -> None:
    first, second, third = SomeDataset().read(folder)
    assert isinstance(first, Ink)
    np.testing.assert_array_equal(first.points, [[0, 0, 0], [10, 5, 1]])
    assert (first.id, first.split) == ("a", "validation")
    assert isinstance(second, Ink)
    assert second.split == "train"
    assert isinstance(third, Dropped)
    assert third.source == "c.csv"


def test_y_runs_downwards_whatever_way_it_runs_in_the_files(folder: Path) -> None:
    first, *_ = SomeDataset(y_up=True).read(folder)
    assert isinstance(first, Ink)
    np.testing.assert_array_equal(first.points[:, 1], [0, -5])


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no CSV files"):
        list(SomeDataset().read(tmp_path))
