"""Pictures of how training went, and of how cost grows."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.atomic import write_whole
from hwsynth.errors import DataError, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hwsynth.contracts import Page

History = Mapping[str, Sequence[float | None]] | Sequence[Mapping[str, float | None]]
"""The columns of a run's history by name, or its rows; None or NaN where nothing was measured."""

_TRAIN, _VALIDATION, GREY, _GRID = "#7c9cd1", "#c2410c", "#4b5563", "#e5e7eb"

_CURVES = (_VALIDATION, _TRAIN, GREY)

_OF_A_PAGE = {
    _TRAIN: "--plot-train",
    _VALIDATION: "--plot-validation",
    GREY: "--plot-text",
    _GRID: "--plot-grid",
}
"""Colours that a page may set, light or dark, by these CSS properties."""

_MOST_MARKERS = 60
"""Above this number of points, markers only thicken a curve."""

_MOST_POINTS = 1000
"""A longer curve is drawn as the means of as many stretches: more could not be seen."""

_SHOWN = 0.99
"""The share of values that must fit into the picture: the first steps of a run may lie so high
that nothing could be seen of the rest."""


def loss_plot(history: History, path: Path, *, title: str = "") -> None:
    """Draws the nats per point of training and validation against the step.

    `history` has `step`, and `train_nats_per_point` or `validation_nats_per_point` or both;
    other columns are not looked at. The ending of `path` chooses PNG or SVG; the same history
    gives the same file, written whole or not at all. Raises UsageError for another ending, and
    DataError where there is nothing to draw.
    """
    kind = kind_of(path)
    figure = _losses(history, (8, 4.5), title)
    with write_whole(path) as temporary:
        save(figure, temporary, kind)


def kind_of(path: Path) -> str:
    """png or svg, by the ending; raises UsageError for another one."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"a plot is a .png or an .svg file, not '{path.name}'; rename it")
    return kind


def growth_plot(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    path: Path,
    *,
    size: str,
    cost: str,
) -> None:
    """Draws sizes and costs of each curve, by its label, in logarithms, where a power of the size
    is a straight line; beside each, dotted, what grows in proportion.

    `size` and `cost` are written at the axes. `path` is an SVG, written whole or not at all.
    """
    figure, axes = _empty((7, 4))
    for (label, (sizes, costs)), color in zip(curves.items(), _CURVES, strict=False):
        axes.loglog(sizes, costs, label=label, color=color, marker="o", markersize=4, linewidth=1.8)
        proportional = costs[-1] * np.asarray(sizes) / sizes[-1]
        axes.loglog(sizes, proportional, color=color, linestyle=":", linewidth=1)
    _dress_growth(axes, sorted({size for sizes, _ in curves.values() for size in sizes}))
    axes.set_xlabel(size, color=GREY)
    axes.set_ylabel(cost, color=GREY)
    with write_whole(path) as temporary:
        save(figure, temporary, "svg")


def loss_svg(history: History, *, inches: tuple[float, float], name: str) -> str:
    """What `loss_plot` draws, as an element for an HTML page: its texts are the page's, and its
    colours too where the page has --plot-train, --plot-validation, --plot-text, --plot-grid.

    `name` is told in the element, and must be no other's on the page. Raises DataError as
    `loss_plot` does.
    """
    return _element(_losses(history, inches), name)


def column_svg(history: History, column: str, *, inches: tuple[float, float], name: str) -> str:
    """Any column of the history against the step, from 0 up, as `loss_svg` is.

    Raises DataError where nothing was measured.
    """
    from matplotlib.ticker import StrMethodFormatter

    steps, values = _column(history, "step"), _column(history, column)
    if not np.isfinite(values).any():
        raise DataError(f"the history holds no {column} yet; train for a step or more first")
    figure, axes = _empty(inches)
    _curve(axes, steps, values, color=_TRAIN)
    _show_most(axes, values)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.locator_params(nbins=4)
    _dress(axes)
    return _element(figure, name)


def _column(history: History, name: str) -> NDArray[np.float64]:
    """(rows,) of one column, NaN where nothing was measured."""
    if isinstance(history, Mapping):
        values = history.get(name) or [None] * len(history["step"])
    else:
        values = [row.get(name) for row in history]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _losses(history: History, inches: tuple[float, float], title: str = "") -> Figure:
    steps, train, validation = (
        _column(history, name)
        for name in ("step", "train_nats_per_point", "validation_nats_per_point")
    )
    if not np.isfinite([train, validation]).any():
        raise DataError("the history holds no nats per point yet; train for a step or more first")
    figure, axes = _empty(inches)
    _curve(axes, steps, train, label="training", color=_TRAIN)
    _curve(axes, steps, validation, label="validation", color=_VALIDATION, marker="o")
    _show_most(axes, np.concatenate([train, validation]))
    _dress(axes)
    axes.set_title(title, loc="left", color=GREY)
    axes.set_ylabel("nats per point", color=GREY)
    axes.legend(loc="upper right", frameon=False, labelcolor=GREY)
    return figure


def _empty(inches: tuple[float, float]) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, layout="constrained")
    return figure, figure.add_subplot()


def _curve(
    axes: Axes,
    steps: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    label: str = "",
    color: str,
    marker: str = "",
) -> None:
    known = np.isfinite(steps) & np.isfinite(values)
    if not known.any():
        return
    steps, values = steps[known], values[known]
    if len(values) == 1:
        marker = "o"
    elif len(values) > _MOST_MARKERS:
        marker = ""
    label = f"{label}, {values[-1]:.3f} at the end"
    axes.plot(
        _thinned(steps),
        _thinned(values),
        label=label,
        color=color,
        marker=marker,
        markersize=4,
        linewidth=1.8,
    )


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(values) <= _MOST_POINTS:
        return values
    return np.array([part.mean() for part in np.array_split(values, _MOST_POINTS)])


def _show_most(axes: Axes, values: NDArray[np.float64]) -> None:
    values = values[np.isfinite(values)]
    low, high = values.min(), np.quantile(values, _SHOWN)
    room = 0.06 * (high - low) or 0.5
    axes.set_ylim(low - room, high + room)


def _dress(axes: Axes) -> None:
    from matplotlib.ticker import StrMethodFormatter

    axes.set_xlabel("step", color=GREY)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    _quieten(axes)


def _dress_growth(axes: Axes, sizes: Sequence[float]) -> None:
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    axes.set_xticks(sizes)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    _quieten(axes)
    axes.legend(loc="best", frameon=False, labelcolor=GREY)


def _quieten(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GRID)
    axes.tick_params(colors=GREY, length=0)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def save(figure: Figure, out: Path | io.StringIO, kind: str, **style: Any) -> None:
    """The figure as a png or svg, the same whenever it is drawn."""
    import matplotlib

    # Without these, an SVG holds the date and names drawn at random.
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {}
    with matplotlib.rc_context({"svg.hashsalt": "hwsynth", **style}):
        figure.savefig(out, format=kind, dpi=150, metadata=metadata)


def _element(figure: Figure, name: str) -> str:
    """A figure as <svg>, as wide as it is given room, without a background."""
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_visible(False)
    out = io.StringIO()
    save(figure, out, "svg", **{"svg.hashsalt": name, "svg.fonttype": "none"})
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    # The names of groups are the same in every figure, and nothing refers to them.
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    for color, variable in _OF_A_PAGE.items():
        text = text.replace(color, f"var({variable}, {color})")
    size = r' (?:width|height)="[\d.]+pt"'
    start, rest = text[: text.index(">")], text[text.index(">") :]
    return re.sub(size, "", start).replace("<svg", f'<svg role="img" aria-label="{name}"') + rest


def lines_image(page: Page, *, width: int = 1000) -> NDArray[np.uint8]:
    """The page's lines below each other, black on white: (height, width, 3) in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    row = 0.1  # of the width
    figure = Figure(figsize=(width / 100, width * row * len(page.lines) / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    for place, ink in enumerate(page.lines):
        share = 1 / len(page.lines)
        axes = figure.add_axes((0.01, 1 - share * (place + 1), 0.98, share))
        for stroke in ink.strokes():
            axes.plot(stroke[:, 0], stroke[:, 1], color="black", linewidth=1)
        axes.set_aspect("equal", anchor="W")
        axes.invert_yaxis()
        axes.axis("off")
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
