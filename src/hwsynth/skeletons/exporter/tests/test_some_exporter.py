"""Exporter some-exporter: the contract, and a page whose numbers are known."""

from __future__ import annotations

from pathlib import Path

from hwsynth import Ink, Page
from hwsynth.testing import check_exporter, check_readme
from hwsynth_some_exporter import SomeExporter


def test_the_exporter_keeps_the_contract() -> None:
    check_exporter(SomeExporter())


def test_the_readme_has_the_options() -> None:
    check_readme(SomeExporter, Path(__file__).parents[1] / "README.md")


def test_points_are_written_in_millimetres(tmp_path: Path) -> None:
    ink = Ink([[0, 0, 0], [100, 50, 1]])  # type: ignore[arg-type]
    page = Page([ink, ink], line_height=200)
    SomeExporter(line_height_mm=10).write(page, tmp_path / "a")
    assert (tmp_path / "a").read_text("utf-8").splitlines() == [
        "line,x_mm,y_mm,pen_up",
        "0,0.000,0.000,0",
        "0,5.000,2.500,1",
        "1,0.000,0.000,0",
        "1,5.000,2.500,1",
    ]
