"""Exporter some-exporter for hwsynth."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from hwsynth import Exporter, Page, hookimpl, write_whole


class SomeExporter(Exporter):
    """A table of points in millimetres, as comma-separated values."""

    name: ClassVar[str] = "some-exporter"
    suffix: ClassVar[str] = ".someexporter"

    line_height_mm: float = Field(8.0, gt=0)
    """What the corpus's median line height becomes on paper."""

    def write(self, page: Page, path: Path) -> None:
        """A row a point: number of its line, x and y (downwards) in millimetres, pen_up."""
        scale = page.scale(self.line_height_mm)
        with (
            write_whole(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            table = csv.writer(file)
            table.writerow(("line", "x_mm", "y_mm", "pen_up"))
            for number, ink in enumerate(page.lines):
                for x, y, pen_up in ink.points.tolist():
                    table.writerow((number, f"{scale * x:.3f}", f"{scale * y:.3f}", int(pen_up)))


@hookimpl
def hwsynth_exporters() -> Sequence[type[Exporter]]:
    """The exporters that this package gives."""
    return [SomeExporter]
