"""Ink as SVG in millimetres, for browsers, Inkscape and pen plotters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from hwsynth.atomic import write_whole
from hwsynth.contracts import Exporter, Page, Paper
from hwsynth.errors import DataError
from hwsynth.exporters.layout import Sheet, lay_out
from hwsynth.exporters.paths import STEPS_PER_MM, path_data, segments
from hwsynth.ink import Ink
from hwsynth.page import check_page

if TYPE_CHECKING:
    from svgwrite import Drawing

_LONGEST_MM = 1e6
"""Beyond a kilometre a drawing is a mistake, and viewers lose precision long before."""

_CAPTION_ADVANCE = 0.6
"""Width of a caption's character by its size, generous for the common sans-serif fonts."""

_CAPTION_ROOM = 1.8
"""Height that a caption takes above its line, by its size."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (its production 2, Char)."""


def _known_color(value: str) -> str:
    from svgwrite.data.colors import colornames

    if re.fullmatch("#([0-9A-Fa-f]{3}){1,2}", value) or value.lower() in colornames:
        return value
    raise ValueError(f"SVG knows no colour '{value}'; give a name such as navy, or #rrggbb")


def _known_background(value: str) -> str:
    return value if value == "none" else _known_color(value)


Length = Annotated[float, Field(gt=0, le=1000)]
Gap = Annotated[float, Field(ge=0, le=1000)]
Color = Annotated[str, AfterValidator(_known_color)]
Background = Annotated[str, AfterValidator(_known_background)]


class Svg(Exporter):
    """Draws lines as SVG: one path a stroke, one scale for the whole sheet.

    Lines with a place on paper are drawn there, over a group of the paper's rules; the options
    for heights, margins, gaps, columns and captions are for lines without one.
    """

    name: ClassVar[str] = "svg"
    suffix: ClassVar[str] = ".svg"

    line_height_mm: Length = 8.0
    """What the median line height of the corpus becomes on paper, in millimetres."""
    stroke_width_mm: Length = 0.3
    """Width of the pen's line, in millimetres."""
    color: Color = "#1b2a49"
    """Colour of the ink: a CSS name or #rrggbb."""
    background: Background = "none"
    """Colour of the paper: a CSS name or #rrggbb; 'none' leaves it transparent."""
    smooth: bool = True
    """Whether strokes are smooth curves through their points, or straight from point to point."""
    margin_mm: Gap = 5.0
    """Empty space around the sheet, in millimetres."""
    line_gap_mm: Gap = 4.0
    """Empty space between a line and the next one below, in millimetres."""
    column_gap_mm: Gap = 12.0
    """Empty space between columns, in millimetres."""
    columns: Annotated[int, Field(ge=1, le=1000)] = 1
    """In how many columns the lines of a sheet stand, filled row by row."""
    caption_size_mm: Length = 2.0
    """Font size of captions, in millimetres."""
    caption_color: Color = "#8a8f98"
    """Colour of captions: a CSS name or #rrggbb."""
    rule_color: Color = "#b9cbdc"
    """Colour of the rules of ruled paper: a CSS name or #rrggbb."""
    rule_width_mm: Length = 0.15
    """Width of the rules of ruled paper, in millimetres."""

    def write(self, page: Page, path: Path) -> None:
        """Draws the lines of `page` in order, each below its caption.

        The file is written whole or not at all. Raises DataError where the page holds no line,
        captions that do not match its lines, a line height that gives no scale, or a line that
        would be drawn more than a kilometre long.
        """
        check_page(page)
        drawing = self._drawing(page)
        with (
            write_whole(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="\n") as file,
        ):
            drawing.write(file)

    def _drawing(self, page: Page) -> Drawing:
        cells = self._cells(page)
        if page.paper is not None:
            corners = np.array([cell.corner for cell in cells])
            return self._sheet(cells, corners, (page.paper.width_mm, page.paper.height_mm), page)
        sheet = self._lay_out(cells)
        insets = np.array([self._inset(cell) for cell in cells])
        return self._sheet(cells, sheet.corners + insets, sheet.size, page)

    def _sheet(
        self,
        cells: list[_Cell],
        places: NDArray[np.float64],
        size: tuple[float, float],
        page: Page,
    ) -> Drawing:
        """The drawing, with each cell's ink at its place (cells, 2)."""
        drawing = _document(size)
        if self.background != "none":
            drawing.add(drawing.rect(size=("100%", "100%"), fill=self.background))
        if page.paper is not None and page.paper.rules_mm:
            drawing.add(self._rules(drawing, page.paper))
        pen = drawing.add(self._pen(drawing))
        for number, (cell, place) in enumerate(zip(cells, places, strict=True), 1):
            pen.add(self._line(drawing, number, cell, place))
        return drawing

    def _line(self, drawing: Drawing, number: int, cell: _Cell, place: NDArray[np.float64]) -> Any:
        group = drawing.g(id=f"line-{number}")
        group.set_desc(title=cell.title or f"line {number}", desc=cell.description or None)
        if cell.caption:
            group.add(self._caption(drawing, cell.caption, place - self._inset(cell)))
        for data in cell.paths(place):
            group.add(drawing.path(d=data))
        return group

    def _rules(self, drawing: Drawing, paper: Paper) -> Any:
        """A group of its own, which a plotter can leave out on ruled paper."""
        group = drawing.g(id="rules", stroke=self.rule_color, stroke_width=self.rule_width_mm)
        for x, y, to_x, to_y in np.round(paper.rules_mm, 3).tolist():
            group.add(drawing.line(start=(x, y), end=(to_x, to_y)))
        return group

    def _cells(self, page: Page) -> list[_Cell]:
        scale = page.scale(self.line_height_mm)
        captions = page.captions or [""] * len(page.lines)
        return [
            _cell(ink, _xml_text(caption), scale, self.smooth)
            for ink, caption in zip(page.lines, captions, strict=True)
        ]

    def _lay_out(self, cells: list[_Cell]) -> Sheet:
        return lay_out(
            np.array([self._size(cell) for cell in cells]),
            columns=self.columns,
            gaps=(self.column_gap_mm, self.line_gap_mm),
            margin=self.margin_mm,
        )

    def _size(self, cell: _Cell) -> tuple[float, float]:
        """Width and height of a line with its pen and caption."""
        width, height = self._inset(cell) + cell.extent + self.stroke_width_mm / 2
        caption_width = _CAPTION_ADVANCE * self.caption_size_mm * len(cell.caption)
        return max(width, caption_width), height

    def _inset(self, cell: _Cell) -> NDArray[np.float64]:
        """(2,): from a cell's corner to its ink's: half the pen's width, and the caption."""
        caption = _CAPTION_ROOM * self.caption_size_mm if cell.caption else 0
        return np.array([0, caption]) + self.stroke_width_mm / 2

    def _pen(self, drawing: Drawing) -> Any:
        return drawing.g(
            fill="none",
            stroke=self.color,
            stroke_width=self.stroke_width_mm,
            stroke_linecap="round",
            stroke_linejoin="round",
        )

    def _caption(self, drawing: Drawing, caption: str, corner: NDArray[np.float64]) -> Any:
        left, top = corner.tolist()
        return drawing.text(
            caption,
            insert=(round(left, 3), round(top + self.caption_size_mm, 3)),
            font_family="sans-serif",
            font_size=self.caption_size_mm,
            fill=self.caption_color,
            stroke="none",
        )


@dataclass(frozen=True)
class _Cell:
    """One line in millimetres, before it has a place on the sheet."""

    strokes: list[NDArray[np.float64]]
    """(rows, controls, 2) each, as `hwsynth.exporters.paths` has them."""
    corner: NDArray[np.float64]
    """(2,): left and top of the ink."""
    extent: NDArray[np.float64]
    """(2,): width and height of the ink."""
    caption: str
    title: str
    description: str

    def paths(self, place: NDArray[np.float64]) -> list[str]:
        """The path data of each stroke, with the ink's corner moved to `place` (2,)."""
        shift = place - self.corner
        return [path_data(stroke + shift) for stroke in self.strokes]


def _cell(ink: Ink, caption: str, scale: float, smooth: bool) -> _Cell:
    _check_length(ink, scale)
    strokes = [segments(stroke.astype(np.float64) * scale, smooth) for stroke in ink.strokes()]
    # A Bézier curve stays within the hull of its controls.
    corner = np.min([stroke.min(axis=(0, 1)) for stroke in strokes], axis=0)
    extent = np.max([stroke.max(axis=(0, 1)) for stroke in strokes], axis=0) - corner
    title, description = _xml_text(ink.id or ""), _xml_text(_description(ink))
    return _Cell(strokes, corner, extent, caption, title, description)


def _check_length(ink: Ink, scale: float) -> None:
    points = ink.points[:, :2].astype(np.float64)
    length = float(np.ptp(points, axis=0).max()) * scale
    # Said so that NaN, from a scale without bounds, is refused too.
    if not length <= _LONGEST_MM:
        raise DataError(
            f"{ink!r} would be drawn {length:.3g} mm long, and at most {_LONGEST_MM:.0f} mm are "
            "drawn; is the page's line_height right?"
        )


def _description(ink: Ink) -> str:
    facts = [("text", ink.text), ("writer", ink.writer)]
    return "\n".join(f"{name}: {value}" for name, value in facts if value)


def _document(size: tuple[float, float]) -> Drawing:
    import svgwrite

    # Rounded up, but not for the last bit of a sum of lengths.
    width, height = (np.ceil(np.array(size) * STEPS_PER_MM - 1e-6) / STEPS_PER_MM).tolist()
    return svgwrite.Drawing(
        size=(f"{width:.10g}mm", f"{height:.10g}mm"),
        viewBox=f"0 0 {width:.10g} {height:.10g}",
        # Validation takes many times as long as all the rest.
        debug=False,
    )


def _xml_text(text: str) -> str:
    """`text` with what XML cannot hold shown as the replacement character."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
