"""Pictures of how training went."""

from __future__ import annotations

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

History = Mapping[str, Sequence[float | None]] | Sequence[Mapping[str, float | None]]
"""The columns of a run's history by name, or its rows; None or NaN where nothing was measured."""

_TRAIN, _VALIDATION, _GREY, _GRID = "#7c9cd1", "#c2410c", "#4b5563", "#e5e7eb"

_MOST_MARKERS = 60
"""Above this number of points, markers only thicken a curve."""

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
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"a plot is a .png or an .svg file, not '{path.name}'; rename it")
    steps, train, validation = (
        _column(history, name)
        for name in ("step", "train_nats_per_point", "validation_nats_per_point")
    )
    if not np.isfinite([train, validation]).any():
        raise DataError("the history holds no nats per point yet; train for a step or more first")
    _save(_figure(steps, train, validation, title), path, kind)


def _column(history: History, name: str) -> NDArray[np.float64]:
    """(rows,) of one column, NaN where nothing was measured."""
    if isinstance(history, Mapping):
        values = history.get(name) or [None] * len(history["step"])
    else:
        values = [row.get(name) for row in history]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _figure(
    steps: NDArray[np.float64],
    train: NDArray[np.float64],
    validation: NDArray[np.float64],
    title: str,
) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    _curve(axes, steps, train, label="training", color=_TRAIN)
    _curve(axes, steps, validation, label="validation", color=_VALIDATION, marker="o")
    _show_most(axes, np.concatenate([train, validation]))
    _dress(axes, title)
    return figure


def _curve(
    axes: Axes,
    steps: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    label: str,
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
    axes.plot(steps, values, label=label, color=color, marker=marker, markersize=4, linewidth=1.8)


def _show_most(axes: Axes, values: NDArray[np.float64]) -> None:
    values = values[np.isfinite(values)]
    low, high = values.min(), np.quantile(values, _SHOWN)
    room = 0.06 * (high - low) or 0.5
    axes.set_ylim(low - room, high + room)


def _dress(axes: Axes, title: str) -> None:
    from matplotlib.ticker import StrMethodFormatter

    axes.set_title(title, loc="left", color=_GREY)
    axes.set_xlabel("step", color=_GREY)
    axes.set_ylabel("nats per point", color=_GREY)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GRID)
    axes.tick_params(colors=_GREY, length=0)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(loc="upper right", frameon=False, labelcolor=_GREY)


def _save(figure: Figure, path: Path, kind: str) -> None:
    import matplotlib

    # Without these, an SVG holds the date and names drawn at random.
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {}
    with matplotlib.rc_context({"svg.hashsalt": "hwsynth"}), write_whole(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=150, metadata=metadata)
