"""What an exporter is held to."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Exporter, Page
from hwsynth.errors import HwsynthError
from hwsynth.ink import Ink
from hwsynth.testing.comparing import equal, fail
from hwsynth.testing.component import check_component
from hwsynth.testing.fresh_process import frameworks_loaded_by

OLD = b"what was there before\n"


def check_exporter(exporter: Exporter) -> None:
    """Holds an exporter to the contract of `hwsynth.Exporter`.

    Raises AssertionError that says which clause is broken, with the values.
    """
    check_component(exporter, "exporter")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"page{exporter.suffix}"
        written = _writes_the_page(exporter, place)
        _says_the_same_again(exporter, place, written)
        _a_failure_keeps_the_old_file(exporter, place)
        _a_missing_folder_is_refused(exporter, Path(folder) / "missing" / place.name)
        _writes_without_a_framework(exporter, place, written)


def a_page() -> Page:
    """Lines of a dot, of several strokes, far out and large, of no size, and of dots alone."""
    rows = [(9 * t, 50 * np.sin(t), t % 8 == 7) for t in range(32)]
    wave = np.array(rows, np.float32)
    return Page(
        lines=[
            Ink(_row(0, 0, 1)[None], id="dot", text="."),
            Ink(wave, id="strokes", text="uu uu", times=np.arange(32) / 75, writer="a & <b>"),
            Ink(wave * _row(1000, 1000, 1) + _row(3e5, -3e5, 0), id="huge"),
            Ink(wave * _row(0.001, 0.001, 1), id="tiny"),
            Ink(wave * _row(1, 1, 0) + _row(0, 0, 1), id="dots"),
        ],
        line_height=100.0,
        captions=["a dot", 'é & <b> "quoted" ∿', "", "tiny", "many dots"],
    )


def _row(x: float, y: float, pen_up: float) -> NDArray[np.float32]:
    return np.array([x, y, pen_up], np.float32)


class _Breaking(Sequence[Ink]):
    """Lines of a page of which the second cannot be had."""

    def __len__(self) -> int:
        return 2

    @overload
    def __getitem__(self, index: int) -> Ink: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Ink]: ...
    def __getitem__(self, index: int | slice) -> Ink | Sequence[Ink]:
        if index == 0:
            return a_page().lines[1]
        raise LostLineError


class LostLineError(Exception):
    """What the lines of `_Breaking` raise."""


def _writes_the_page(exporter: Exporter, path: Path) -> bytes:
    """One file, with something in it; the page stays as it was."""
    page, before = a_page(), _state(a_page())
    exporter.write(page, path)
    if not path.is_file() or not path.stat().st_size:
        fail("a page becomes a file with something in it", f"{path.name} is empty or not there")
    equal("nothing is left beside the file", _names(path.parent), [path.name])
    equal("the page is not changed", _state(page), before)
    return path.read_bytes()


def _state(page: Page) -> list[Any]:
    points = [ink.points.tolist() for ink in page.lines]
    return [points, page.line_height, list(page.captions or [])]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _says_the_same_again(exporter: Exporter, path: Path, written: bytes) -> None:
    """In place of what was there, and under another name."""
    path.write_bytes(written + OLD)
    other = path.with_name(f"other{exporter.suffix}")
    for place in (path, other):
        exporter.write(a_page(), place)
        _same_bytes("the same page gives the same bytes", place.read_bytes(), written)
    other.unlink()


def _same_bytes(clause: str, got: bytes, wanted: bytes) -> None:
    if got == wanted:
        return
    pairs = zip(got, wanted, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(got), len(wanted)))
    around = slice(max(0, place - 20), place + 20)
    fail(
        clause,
        f"{len(got)} and {len(wanted)} bytes differ at {place}: {got[around]!r} and "
        f"{wanted[around]!r}",
    )


def _a_failure_keeps_the_old_file(exporter: Exporter, path: Path) -> None:
    """Half-way through a page: the error is told, and the file is what it was."""
    path.write_bytes(OLD)
    page = Page(lines=_Breaking(), line_height=100.0, captions=["one", "two"])
    try:
        exporter.write(page, path)
    except LostLineError:
        pass
    else:
        fail("a failure is told", "a line that could not be had was passed over")
    equal("a failure keeps the old file", path.read_bytes(), OLD)
    equal("a failure leaves nothing behind", _names(path.parent), [path.name])


def _a_missing_folder_is_refused(exporter: Exporter, path: Path) -> None:
    clause = "a missing folder is refused"
    try:
        exporter.write(a_page(), path)
    except HwsynthError as error:
        if str(path.parent) not in str(error):
            fail(clause, f"the error does not name {path.parent}: {error}")
    except Exception as error:
        fail(
            clause,
            f"it raised {type(error).__name__} ({error}), not HwsynthError; write through "
            "hwsynth.write_whole",
        )
    else:
        fail(clause, f"{path.parent} was made")


def _writes_without_a_framework(exporter: Exporter, path: Path, written: bytes) -> None:
    """In a process of its own, where the hashes of strings are others and the time is later."""
    cls = type(exporter)
    if cls.__module__ == "__main__" or "<locals>" in cls.__qualname__:
        return
    options = json.dumps(exporter.model_dump(mode="json"))
    loaded = frameworks_loaded_by(
        "import importlib, json, operator, pathlib\n"
        "from hwsynth.testing.exporter import a_page\n"
        f"module = importlib.import_module({cls.__module__!r})\n"
        f"cls = operator.attrgetter({cls.__qualname__!r})(module)\n"
        f"exporter = cls.model_validate(json.loads({options!r}))\n"
        f"exporter.write(a_page(), pathlib.Path({str(path)!r}))"
    )
    equal("writing loads no training framework", loaded, [])
    _same_bytes("another process gives the same bytes", path.read_bytes(), written)
