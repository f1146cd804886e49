"""How a page is to look."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hwsynth.contracts import Options
from hwsynth.typesetting.paper import length_mm, margins_mm, sheet_mm


def _sheet(text: str) -> str:
    sheet_mm(text)
    return text


def _margins(text: str) -> str:
    margins_mm(text)
    return text


def _spacing(text: str) -> str:
    if not 1 <= length_mm(text) <= 200:
        raise ValueError(f"'{text}' is {length_mm(text):g} mm; it must be 1 to 200 mm")
    return text


class Layout(Options):
    """Paper, margins, and how the lines stand. Lengths take mm, cm, in or pt."""

    paper: Annotated[str, AfterValidator(_sheet)] = "A4"
    """A3 to A6, letter or legal, with -landscape to lie, or a size such as 148x210mm."""
    margin: Annotated[str, AfterValidator(_margins)] = "20mm"
    """One length, or top, right, bottom and left with commas."""
    line_spacing: Annotated[str, AfterValidator(_spacing)] = "9mm"
    """From one baseline to the next."""
    letter_size: float = Field(0.275, ge=0.1, le=0.6)
    """Height of an x as a share of the line spacing."""
    align: Literal["left", "right", "centre", "justified"] = "left"
    """Which edges of the lines are even."""
    paragraphs: Literal["blank", "indent"] = "blank"
    """Whether a paragraph begins after the empty lines that the text has, or with an indent."""
    breaks: Literal["keep", "join"] = "keep"
    """Whether a single line break of the text is one on paper, or a space."""
    ruled: bool = False
    """Whether the paper's lines are drawn."""
    drift: float = Field(1.0, ge=0, le=5)
    """How far the writing strays from straight lines; 0: not at all."""

    @model_validator(mode="after")
    def _there_is_room(self) -> Self:
        width, height = self.sheet_mm
        top, right, bottom, left = self.margins_mm
        if self.measure_mm <= 0:
            raise ValueError(
                f"margins of {left:g} mm at the left and {right:g} mm at the right leave nothing "
                f"of {width:g} mm of paper; give smaller ones, or wider paper"
            )
        if self.lines_a_page < 1:
            raise ValueError(
                f"margins of {top:g} mm above and {bottom:g} mm below leave no line of "
                f"{self.spacing_mm:g} mm on {height:g} mm of paper; give smaller margins or line "
                "spacing, or higher paper"
            )
        return self

    @property
    def sheet_mm(self) -> tuple[float, float]:
        """Width and height of the paper."""
        return sheet_mm(self.paper)

    @property
    def margins_mm(self) -> tuple[float, float, float, float]:
        """Top, right, bottom and left."""
        return margins_mm(self.margin)

    @property
    def spacing_mm(self) -> float:
        """From one baseline to the next."""
        return length_mm(self.line_spacing)

    @property
    def x_height_mm(self) -> float:
        """Height of an x."""
        return self.letter_size * self.spacing_mm

    @property
    def indent_mm(self) -> float:
        """How far the first line of a paragraph is moved in."""
        if self.paragraphs == "blank" or self.align in ("right", "centre"):
            return 0.0
        return min(1.5 * self.spacing_mm, self.measure_mm / 4)

    @property
    def measure_mm(self) -> float:
        """The length of a line."""
        return self.sheet_mm[0] - self.margins_mm[1] - self.margins_mm[3]

    @property
    def lines_a_page(self) -> int:
        """How many lines stand on a sheet."""
        return int(
            (self.sheet_mm[1] - self.margins_mm[0] - self.margins_mm[2]) / self.spacing_mm + 1e-9
        )

    def baseline_mm(self, line: int) -> float:
        """y of the baseline of a page's line, counted from 0."""
        return self.margins_mm[0] + (line + _BASELINE) * self.spacing_mm


_BASELINE = 0.7
"""Where in the height of a line its baseline is: ascenders need more than descenders."""
