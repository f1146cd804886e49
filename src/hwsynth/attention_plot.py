"""Where in its text a model was as it wrote: over the ink, and as a matrix (Graves 2013, fig. 13).

Axis names: points (of one line), chars (of its text).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.atomic import write_whole
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.plots import GREY, kind_of, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Colour = tuple[float, float, float, float]

WIDTH, LEAST_HEIGHT, LINE_HEIGHT = 12.0, 4.0, 1.6
"""Inches: of the picture; of a line and its matrix at least; of the line."""
MOST_HEIGHT = 400.0
"""Inches; more pixels than these give cannot be drawn."""
A_CHARACTER = 0.16
"""Inches of the matrix's height."""
SPACE, END = "\N{OPEN BOX}", "end"
"""What stands for a space, and for what is after the last character."""


def attention_plot(inks: Sequence[Ink], seen: Sequence[NDArray[np.float64]], path: Path) -> None:
    """Draws lines one below the other: each point in the colour of the character that the most was
    seen of, and below the line how much was seen of each: the darker, the more.

    inks: lines with text. seen, for each of them (points, chars + 1): how much of each character,
    and of what is after the last, as each point was written (`TextWriter.attention`). The ending
    of `path` chooses PNG or SVG; the file is written whole or not at all. Raises UsageError for
    another ending, DataError where there are no lines, too many for one picture, or lines that do
    not fit what was seen.
    """
    from matplotlib.figure import Figure

    kind = kind_of(path)
    _check_fit(inks, seen)
    heights = [height for ink in inks for height in _heights(ink)]
    _check_height(sum(heights), len(inks))
    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    axes = figure.subplots(len(heights), 1, height_ratios=heights)
    for ink, of_line, over, matrix in zip(inks, seen, axes[::2], axes[1::2], strict=True):
        colours = _colours(of_line.shape[1])
        _draw_ink(over, ink, of_line.argmax(axis=1), colours)
        _draw_matrix(matrix, ink.text or "", of_line, colours)
    with write_whole(path) as temporary:
        save(figure, temporary, kind)


def _check_fit(inks: Sequence[Ink], seen: Sequence[NDArray[np.float64]]) -> None:
    if not inks or len(inks) != len(seen):
        raise DataError(
            f"{len(inks)} lines are to be drawn, and what was seen is of {len(seen)}; give a line "
            "or more, and as many of the other"
        )
    for ink, of_line in zip(inks, seen, strict=True):
        if of_line.shape != (len(ink), len(ink.text or "") + 1):
            raise DataError(
                f"what was seen is of {of_line.shape[0]} points and {of_line.shape[1] - 1} "
                f"characters; {ink!r} has {len(ink)} points and a text of {len(ink.text or '')}"
            )


def _check_height(height: float, lines: int) -> None:
    if height > MOST_HEIGHT:
        raise DataError(
            f"a picture of {lines} lines as long as these would be {height:.0f} inches high, and "
            f"at most {MOST_HEIGHT:.0f} can be drawn; give fewer or shorter lines"
        )


def _heights(ink: Ink) -> tuple[float, float]:
    """Of a line's ink and of its matrix, in inches."""
    whole = max(LEAST_HEIGHT, 2.0 + A_CHARACTER * (len(ink.text or "") + 1))
    return LINE_HEIGHT, whole - LINE_HEIGHT


def _colours(count: int) -> list[Colour]:
    """Neighbours differ."""
    from matplotlib import colormaps

    palette = colormaps["tab10"]
    return [palette(place % 10) for place in range(count)]


def _draw_ink(axes: Axes, ink: Ink, at: NDArray[np.int64], colours: list[Colour]) -> None:
    for start, stop in _strokes(ink):
        points, places = ink.points[start:stop, :2], at[start:stop]
        for first, last in _stretches(places):
            # One point more, so that a stroke is not broken where its colour changes.
            x, y = points[first : last + 1].T
            marker = "." if stop - start == 1 else ""
            axes.plot(x, y, color=colours[places[first]], linewidth=1.2, marker=marker)
    top = ink.points[:, 1].min()
    for place, character in enumerate(ink.text or ""):
        if (at == place).any() and not character.isspace():
            middle = ink.points[at == place, 0].mean()
            axes.annotate(
                character, (middle, top), (0, 6), textcoords="offset points", ha="center",
                color=colours[place],
            )  # fmt: skip
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.axis("off")


def _strokes(ink: Ink) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in np.flatnonzero(ink.points[:, 2]) + 1:
        yield start, int(stop)
        start = int(stop)


def _stretches(places: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Where each run of equal places begins and ends."""
    changes = np.flatnonzero(np.diff(places)) + 1
    yield from zip([0, *changes], [*changes, len(places)], strict=True)


def _draw_matrix(axes: Axes, text: str, seen: NDArray[np.float64], colours: list[Colour]) -> None:
    axes.imshow(seen.T, aspect="auto", cmap="Greys", interpolation="nearest")
    labels = [*(SPACE if each.isspace() else each for each in text), END]
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    for label, colour in zip(axes.get_yticklabels(), colours, strict=True):
        label.set_color(colour)
    axes.set_xlabel("points", color=GREY)
    axes.tick_params(axis="x", colors=GREY, length=0)
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
