"""Builds all distributions, installs them where no source is in reach, and runs the demo.

    python tests/wheels/check_wheels.py [--minutes 0.2]

Run by `tox -e wheels`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT, *sorted((ROOT / "plugins").glob("*/"))]
NEVER_IN_A_WHEEL = ("tests/", "docs/", "__pycache__")


def main() -> None:
    """Exits with another code than 0 where anything is missing or fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="0.2", help="of the demo's training")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        wheels = list(built(Path(folder) / "wheels"))
        for project, wheel in zip(PROJECTS, wheels, strict=True):
            check_contents(project, wheel)
        python = environment(Path(folder) / "environment", wheels)
        run_there(python, Path(folder) / "elsewhere", minutes)
    print(f"{len(wheels)} distributions are built, installed and work")  # noqa: T201


def built(folder: Path) -> Iterator[Path]:
    """A wheel of each project, made from its source distribution as users' are."""
    for project in PROJECTS:
        own = folder / project.name
        call(sys.executable, "-m", "build", "--outdir", own, project)
        (wheel,) = own.glob("*.whl")
        yield wheel


def check_contents(project: Path, wheel: Path) -> None:
    """All that the package holds in its source, its licence, and nothing of its tests."""
    names = zipfile.ZipFile(wheel).namelist()
    source = project / "src"
    files = [
        file for file in source.rglob("*") if file.is_file() and "__pycache__" not in file.parts
    ]
    wanted = {str(file.relative_to(source)) for file in files}
    if missing := sorted(wanted - set(names)):
        sys.exit(f"{wheel.name} lacks {', '.join(missing)}")
    if strange := [name for name in names if name.startswith(NEVER_IN_A_WHEEL)]:
        sys.exit(f"{wheel.name} holds {', '.join(strange)}")
    if "py.typed" not in {Path(name).name for name in names}:
        sys.exit(f"{wheel.name} does not say that it is typed")
    for licence in ("LICENSE", "NOTICE"):
        held = any(name.endswith(f"licenses/{licence}") for name in names)
        if (project / licence).is_file() and not held:
            sys.exit(f"{wheel.name} lacks {licence}")


def environment(folder: Path, wheels: list[Path]) -> Path:
    """A new environment with the wheels -> its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    call(python, "-m", "pip", "install", "--quiet", *wheels)
    return python


def run_there(python: Path, folder: Path, minutes: str) -> None:
    """Lists plugins and hands, writes, runs the demo."""
    folder.mkdir()
    hwsynth = python.with_name("hwsynth")
    listed = json.loads(call(hwsynth, "plugins", "--json", "-", cwd=folder))
    if listed["problems"]:
        sys.exit(f"plugins are broken: {listed['problems']}")
    hands = json.loads(call(hwsynth, "hands", "--json", "-", cwd=folder))
    found = {each["package"] for each in (*listed["components"], *hands)}
    if missing := {"hwsynth", *(project.name for project in PROJECTS[1:])} - found:
        sys.exit(f"nothing of {', '.join(sorted(missing))} is found")
    call(hwsynth, "write", "Dear reader,", "--out", "letter.svg", cwd=folder)
    call(hwsynth, "demo", "--minutes", minutes, "--device", "cpu", cwd=folder)
    for name in ("samples.svg", "corpus.svg", "loss.png", "run/page.html"):
        if not (folder / "demo" / name).stat().st_size:
            sys.exit(f"the demo made no {name}")


def call(*command: object, cwd: Path | None = None) -> str:
    """What the command prints; where it fails, all of that is shown."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if cwd is not None:
        environment["HWSYNTH_CACHE"] = str(cwd / "cache")
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
