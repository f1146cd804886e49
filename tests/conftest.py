"""What tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hwsynth.corpus import Corpus


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real handwriting."""
    folder = os.environ.get("HWSYNTH_TEST_DATA")
    if not folder:
        pytest.skip("HWSYNTH_TEST_DATA does not name a folder of real handwriting")
    if not Path(folder).is_dir():
        pytest.skip(f"HWSYNTH_TEST_DATA names {folder}, which is not there")
    return Path(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-references",
        action="store_true",
        help="write the reference drawings in tests/references anew, then look at them",
    )


@pytest.fixture
def refresh_references(request: pytest.FixtureRequest) -> bool:
    """Whether drawings become the new references instead of being held to the old ones."""
    return bool(request.config.getoption("--refresh-references"))


@pytest.fixture(scope="session")
def formula_corpus() -> Corpus:
    """The small dataset of the tests, in memory."""
    from small_corpus import small_corpus

    return small_corpus()
