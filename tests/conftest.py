"""What tests share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hwsynth.corpus import Corpus
    from installing import Installer


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


@pytest.fixture(scope="session")
def formula_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that gives the small dataset to whatever has it on its path."""
    from small_corpus import install

    folder = tmp_path_factory.mktemp("packages")
    install(folder)
    return folder


@pytest.fixture
def formula(
    formula_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The small dataset is installed, and tmp_path is where commands run."""
    from hwsynth.plugins import load

    monkeypatch.syspath_prepend(formula_package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HWSYNTH_CACHE", str(tmp_path / "cache"))
    load.cache_clear()
    yield
    load.cache_clear()


@pytest.fixture
def pip(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installer]:
    """Installs packages for one test."""
    from installing import Installer

    installer = Installer(tmp_path_factory.mktemp("site"), monkeypatch)
    yield installer
    installer.forget_modules()


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 8 steps by a small LSTM; not to be changed."""
    from hwsynth.experiment import start
    from hwsynth.run_options import Budget
    from small_corpus import experiment, plugins

    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        start(experiment(budget=Budget(steps=8)), folder / "run", plugins()).train()
    return folder / "run"


@pytest.fixture
def run_copy(trained_run: Path, tmp_path: Path) -> Path:
    """A copy of the trained run, elsewhere, to be changed."""
    return Path(shutil.copytree(trained_run, tmp_path / "copy"))
