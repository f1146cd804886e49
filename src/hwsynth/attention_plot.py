"""Where in its text a model was as it wrote: over the ink, and as a matrix (Graves 2013, fig. 13).

Axis names: points (of one line), chars (of its text).
"""

from __future__ import annotations

from collections.abc import Iterator
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

WIDTH, LEAST_HEIGHT = 12.0, 4.0
"""Inches."""
A_CHARACTER = 0.16
"""Inches of the matrix's height."""
SPACE, END = "\N{OPEN BOX}", "end"
"""What stands for a space, and for what is after the last character."""


def attention_plot(ink: Ink, seen: NDArray[np.float64], path: Path) -> None:
    """Draws a line, each point in the colour of the character that the most was seen of, and
    below it how much was seen of each: the darker, the more.

    ink: a line with text. seen (points, chars + 1): how much of each character, and of what is
    after the last, as each point was written (`TextWriter.attention`). The ending of `path`
    chooses PNG or SVG; the file is written whole or not at all. Raises UsageError for another
    ending, DataError where ink and text do not fit what was seen.
    """
    from matplotlib.figure import Figure

    kind = kind_of(path)
    text = ink.text or ""
    if seen.shape != (len(ink), len(text) + 1):
        raise DataError(
            f"what was seen is of {seen.shape[0]} points and {seen.shape[1] - 1} characters; "
            f"{ink!r} has {len(ink)} points and a text of {len(text)}"
        )
    height = max(LEAST_HEIGHT, 2.0 + A_CHARACTER * (len(text) + 1))
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    over, matrix = figure.subplots(2, 1, height_ratios=[1.6, height - 1.6])
    colours = _colours(len(text) + 1)
    _draw_ink(over, ink, seen.argmax(axis=1), colours)
    _draw_matrix(matrix, text, seen, colours)
    with write_whole(path) as temporary:
        save(figure, temporary, kind)


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
