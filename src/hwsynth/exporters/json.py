"""Ink files: samples written as ink can be read back, as primers for one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from hwsynth.contracts import Exporter, Page


class Json(Exporter):
    """Writes lines as an ink file (see `hwsynth.ink_file`), every number exactly."""

    name: ClassVar[str] = "json"
    suffix: ClassVar[str] = ".json"

    def write(self, page: Page, path: Path) -> None:
        """Writes the file whole or not at all. Captions belong to drawings and are left out."""
        from hwsynth.ink_file import write_ink

        write_ink(page, path)
