"""An exporter that keeps the contract, and others that break one clause of it each."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, ClassVar

from hwsynth import Exporter, Page, write_whole


class Sound(Exporter):
    """Writes how many points each line has."""

    name: ClassVar[str] = "sound"
    suffix: ClassVar[str] = ".txt"

    unit: str = "points"
    """What is written after a number."""

    def text(self, page: Page) -> str:
        return "".join(f"{len(ink)} {self.unit}\n" for ink in page.lines)

    def write(self, page: Page, path: Path) -> None:
        text = self.text(page)
        with write_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


class SuffixWithoutDot(Sound):
    """One."""

    suffix: ClassVar[str] = "txt"


class WritesNothing(Sound):
    """One."""

    def text(self, page: Page) -> str:
        return ""


class LeavesNotes(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        super().write(page, path)
        path.with_suffix(".log").write_text("done")


class ChangesThePage(Sound):
    """Takes lines off as they are written."""

    def text(self, page: Page) -> str:
        written = super().text(page)
        if isinstance(page.lines, list):
            page.lines.pop()
        return written


class SaysWhen(Sound):
    """One."""

    def text(self, page: Page) -> str:
        return f"{super().text(page)}{time.perf_counter_ns()}\n"


class SaysWhere(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        text = self.text(page)
        with write_whole(path) as temporary:
            temporary.write_text(f"{path.name}\n{text}", encoding="utf-8")


class Appends(Sound):
    """To what is there."""

    def write(self, page: Page, path: Path) -> None:
        text = self.text(page)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        with write_whole(path) as temporary:
            temporary.write_text(old + text, encoding="utf-8")


class WritesAsItGoes(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            for ink in page.lines:
                file.write(f"{len(ink)} {self.unit}\n")


class LeavesAPart(Sound):
    """Writes beside the file first, and forgets to clean up."""

    def write(self, page: Page, path: Path) -> None:
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            for ink in page.lines:
                file.write(f"{len(ink)} {self.unit}\n")
        part.replace(path)


class PassesOverFailures(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        try:
            super().write(page, path)
        except Exception:
            return


class FolderUnchecked(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        path.write_text(self.text(page), encoding="utf-8")


class MakesTheFolder(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        super().write(page, path)


class OrderOfHashes(Sound):
    """The hashes of texts are others in every process."""

    def text(self, page: Page) -> str:
        # So many that they never fall into the same order by chance.
        return json.dumps(list({f"{i} of {ink.id}" for ink in page.lines for i in range(30)}))


class LoadsKeras(Sound):
    """One."""

    def write(self, page: Page, path: Path) -> None:
        import keras  # noqa: F401

        super().write(page, path)


def exporter(name: str) -> Any:
    """The exporter of that name."""
    return globals()[name]()
