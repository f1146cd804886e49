"""Installs a package for one test, as `pip install -e` does."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from hwsynth.plugins import load


class Installer:
    """Puts packages on the path of a test, and takes them off again."""

    def __init__(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self.monkeypatch = site, monkeypatch
        self.sources: list[Path] = []

    def install(self, folder: Path) -> None:
        """The package in `folder`: its metadata are found, and its sources."""
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        write_metadata(project, self.site)
        self.sources.append((folder / "src").resolve())
        for path in (self.sources[-1], self.site):
            self.monkeypatch.syspath_prepend(path)
        load.cache_clear()

    def forget_modules(self) -> None:
        """What is on disk now is imported next."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            if any(Path(file).is_relative_to(source) for source in self.sources):
                del sys.modules[name]
        load.cache_clear()


def write_metadata(project: dict, site: Path) -> None:
    """What pip leaves of a project beside its modules."""
    name, version = project["name"].replace("-", "_"), project["version"]
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {version}"]
    lines += [f"Requires-Dist: {needed}" for needed in project["dependencies"]]
    (folder / "METADATA").write_text("\n".join(lines) + "\n")
    points = [f"{key} = {value}" for key, value in project["entry-points"]["hwsynth"].items()]
    (folder / "entry_points.txt").write_text("\n".join(["[hwsynth]", *points]) + "\n")
