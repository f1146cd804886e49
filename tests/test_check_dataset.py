"""`check_dataset` finds what is broken, and names it."""

from __future__ import annotations

from pathlib import Path

import pytest

import broken_datasets
from clauses import missing
from hwsynth.testing import check_dataset, dataset

BROKEN = {
    "LicenceUnsaid": "the licence is said",
    "RoleOfItsOwn": "splits have roles",
    "SourceNotThere": "sources are files",
    "SourcesComeAndGo": "sources are the same each time",
    "MissingPathUnnoticed": "a missing path is refused",
    "MissingPathAsOSError": "a missing path is refused",
    "MissingPathUnnamed": "a missing path is refused",
    "EmptyFolderUnnoticed": "a folder without the dataset is refused",
    "NoLines": "there are lines",
    "GivesArrays": "read gives Ink or Dropped",
    "WithoutIds": "every line has an id",
    "SameIds": "ids are unique",
    "SplitUnknown": "lines are in splits of the dataset",
    "PenLeftDown": "every line is whole",
    "TimesNotFinite": "times are finite",
    "SpacesEnd": "every written character ends",
    "WithoutSource": "what is dropped has a source",
    "LongReasons": "reasons are short",
    "ManyReasons": "reasons are few",
    "OneBuffer": "lines stay as they were read",
    "FewerTheSecondTime": "read twice, there are as many",
    "OtherOrder": "read twice, it is the same",
    "OtherLines": "read twice, it is the same",
    "NamesOfTheirOwnKind": "lines come back from the cache",
    "ThirdReadingFails": "lines come back from the cache: how many",
}


def test_a_small_dataset_keeps_the_contract(tmp_path: Path) -> None:
    check_dataset(broken_datasets.Sound(), broken_datasets.folder(tmp_path))


@pytest.mark.parametrize("name", BROKEN)
def test_a_dataset_that_breaks_one_clause_is_told_which(name: str, tmp_path: Path) -> None:
    broken = getattr(broken_datasets, name)()
    with pytest.raises(AssertionError) as caught:
        check_dataset(broken, broken_datasets.folder(tmp_path))
    assert str(caught.value).startswith(BROKEN[name])


def test_there_is_a_broken_dataset_for_every_clause() -> None:
    assert missing(BROKEN.values(), dataset) == []
