"""From a text and a function that writes runs of words to pages.

Axis names: boxes (what cannot be broken), lines, points.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwsynth.contracts import Page, Paper
from hwsynth.errors import DataError, UsageError
from hwsynth.ink import Ink
from hwsynth.letters import letters_of
from hwsynth.text import Writable
from hwsynth.typesetting.boxes import BREAK, Box, boxes_of
from hwsynth.typesetting.breaking import break_lines
from hwsynth.typesetting.drifting import drift
from hwsynth.typesetting.layout import Layout
from hwsynth.typesetting.lines import Run, TextLine, runs_of, text_lines
from hwsynth.typesetting.words import joined

Draw = Callable[[Sequence[str]], Sequence[Ink]]
"""Writes each of some runs of words: an ink each, in one unit, by one hand, with as many ends of
characters (`Ink.char_end`) as the run has characters that are no spaces."""

LONGEST_RUN = 40
"""Characters of a run: about as many as the lines have that models learn from."""


def typeset(
    text: Writable,
    draw: Draw,
    layout: Layout | None = None,
    *,
    seed: int = 0,
    longest_run: int = LONGEST_RUN,
    x_height: float | None = None,
) -> list[Page]:
    """Pages with a text on them, one Ink a line, in millimetres from the paper's corner.

    `draw` is called once with all runs of the text, each of at most `longest_run` characters
    where no word is longer. What it gives may stand anywhere and be of any size: baselines and
    x-height are found from the letters, all runs are brought to one scale, and lines are broken
    by the widths that the words have come to have. `x_height` is the hand's, in the unit of its
    ink, for texts without small letters that show it. `seed` is for accents and drift.

    Raises UsageError for a word wider than the lines, DataError where `draw` gives another
    number of inks, or inks without the ends of their characters.
    """
    layout = layout or Layout()
    rng = np.random.default_rng(seed)
    lines = list(text_lines(text.text, join=layout.breaks == "join"))
    _check_lengths(text.text, layout)
    runs = [run for line in lines for run in runs_of(line, longest_run)]
    inks = _drawn(runs, draw)
    boxes = boxes_of(inks, runs, text.accents, letters_of(inks, x_height), layout, rng)
    boxes_at = {run.place: of_run for run, of_run in zip(runs, boxes, strict=True)}
    set_lines = [
        set_line
        for line in lines
        for set_line in _broken(
            line,
            [box for run in runs_of(line, longest_run) for box in boxes_at[run.place]],
            layout,
        )
    ]
    lean = rng.normal()
    return [
        _page(number, places, layout, lean, rng)
        for number, places in enumerate(_paged(set_lines, layout), start=1)
    ]


_NARROWEST = 0.3
"""No hand writes a word narrower than this many x-heights a character."""


def _check_lengths(text: str, layout: Layout) -> None:
    """Refuses what cannot fit before it is drawn, which takes long for what is long."""
    longest = max(re.split(rf"\n|{BREAK.pattern}", text), key=len)
    most = int(layout.measure_mm / (_NARROWEST * layout.x_height_mm))
    if len(longest) > most:
        raise UsageError(
            f"'{longest[:20]}…' has {len(longest)} characters without a place to break, and no "
            f"more than {most} can stand on a line of {layout.measure_mm:.0f} mm; put spaces or "
            "hyphens where it may break"
        )


def _drawn(runs: Sequence[Run], draw: Draw) -> list[Ink]:
    inks = draw([run.text for run in runs])
    if len(inks) != len(runs):
        raise DataError(f"{len(runs)} runs of words were to be written and {len(inks)} were")
    return [replace(ink, text=run.text) for run, ink in zip(runs, inks, strict=True)]


@dataclass(frozen=True)
class _SetLine:
    """Boxes that stand on one line of paper."""

    boxes: Sequence[Box]
    indent: float
    ends: bool
    """Whether the text's line ends with it."""
    empty_before: int

    @property
    def width(self) -> float:
        return sum(box.width for box in self.boxes) + sum(box.gap for box in self.boxes[:-1])


def _broken(line: TextLine, boxes: Sequence[Box], layout: Layout) -> list[_SetLine]:
    """A line of the text as lines of paper."""
    measure = layout.measure_mm
    for box in boxes:
        _check_width(box, layout)
    indent = layout.indent_mm if line.begins and line.place else 0.0
    if boxes[0].width > measure - indent:
        indent = 0.0
    widths, gaps = (np.array([getattr(box, key) for box in boxes]) for key in ("width", "gap"))
    firsts = break_lines(widths, gaps, (measure - indent, measure))
    stops = [*firsts[1:], len(boxes)]
    empty = line.empty_before if layout.paragraphs == "blank" else 0
    return [
        _SetLine(
            boxes=boxes[first:stop],
            indent=indent if first == 0 else 0.0,
            ends=stop == len(boxes),
            empty_before=empty if first == 0 else 0,
        )
        for first, stop in zip(firsts, stops, strict=True)
    ]


def _check_width(box: Box, layout: Layout) -> None:
    if box.width > layout.measure_mm:
        # Rounded down: what is said to fit must fit.
        fitting = int(10 * layout.spacing_mm * layout.measure_mm / box.width) / 10
        raise UsageError(
            f"'{box.ink.text}' is {box.width:.0f} mm wide, and the lines are "
            f"{layout.measure_mm:.0f} mm long; put a space or a hyphen where it may break, take "
            f"smaller margins or wider paper, or a line spacing of at most {fitting:g} mm"
        )


def _paged(lines: Sequence[_SetLine], layout: Layout) -> list[list[tuple[int, _SetLine]]]:
    """The lines of each page with the places where they stand, counted from 0."""
    pages: list[list[tuple[int, _SetLine]]] = [[]]
    place = 0
    for line in lines:
        # No page begins with empty lines.
        place += line.empty_before if pages[-1] else 0
        if place >= layout.lines_a_page:
            pages.append([])
            place = 0
        pages[-1].append((place, line))
        place += 1
    return pages


def _page(
    number: int,
    places: Sequence[tuple[int, _SetLine]],
    layout: Layout,
    lean: float,
    rng: np.random.Generator,
) -> Page:
    inks = [
        _placed(f"page-{number}-line-{count}", place, line, layout, lean, rng)
        for count, (place, line) in enumerate(places, start=1)
    ]
    return Page(
        lines=inks,
        line_height=float(np.median([ink.height for ink in inks])) or layout.x_height_mm,
        paper=Paper(*layout.sheet_mm, rules_mm=_rules(layout) if layout.ruled else ()),
    )


def _placed(
    id: str, place: int, line: _SetLine, layout: Layout, lean: float, rng: np.random.Generator
) -> Ink:
    """A line where it belongs on the paper."""
    left, stretch = _start(line, layout, rng)
    y = layout.baseline_mm(place)
    way = drift(
        rng,
        measure=layout.measure_mm,
        x_height=layout.x_height_mm,
        # Who writes on a ruled line sees it.
        amount=layout.drift * (0.5 if layout.ruled else 1.0),
        lean=lean,
    )
    inks = []
    for box in line.boxes:
        points = box.ink.points.astype(np.float64)
        points[:, 1] += y + way.at(points[:, 0] + left)
        points[:, 0] += left + layout.margins_mm[3]
        inks.append(replace(box.ink, points=points.astype(np.float32)))
        left += box.width + box.gap + (stretch if box.space else 0.0)
    separators = [" " if box.space else "" for box in line.boxes[:-1]]
    return joined(inks, separators, id=id)


def _start(line: _SetLine, layout: Layout, rng: np.random.Generator) -> tuple[float, float]:
    """Where a line begins, from the left margin, and what is added to each of its spaces."""
    rest = max(layout.measure_mm - line.indent - line.width, 0.0)
    spaces = sum(box.space for box in line.boxes[:-1])
    # No hand sets out from, or ends at, quite the same place in each line.
    stray = min(rest, abs(rng.normal()) * 0.15 * layout.x_height_mm * layout.drift)
    if layout.align == "justified" and not line.ends and spaces:
        return line.indent, rest / spaces
    starts = {"right": rest - stray, "centre": rest / 2}
    return line.indent + starts.get(layout.align, stray), 0.0


def _rules(layout: Layout) -> tuple[tuple[float, float, float, float], ...]:
    """From the left to the right edge of the text, under every line."""
    left = layout.margins_mm[3]
    ys = [layout.baseline_mm(line) for line in range(layout.lines_a_page)]
    return tuple((left, y, left + layout.measure_mm, y) for y in ys)
