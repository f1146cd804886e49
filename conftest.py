"""For the tests of the core and of all plugins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every machine, however busy it is.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real handwriting."""
    folder = os.environ.get("HWSYNTH_TEST_DATA")
    if not folder:
        pytest.skip("HWSYNTH_TEST_DATA does not name a folder of real handwriting")
    if not Path(folder).is_dir():
        pytest.skip(f"HWSYNTH_TEST_DATA names {folder}, which is not there")
    return Path(folder)
