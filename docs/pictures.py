"""Draws the pictures of docs/images anew:

    hwsynth train --steps 4000 --run runs/pictures
    python docs/pictures.py runs/pictures

They show the synthetic corpus, and what the run in the folder given has learnt of it.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from hwsynth import Ink
from hwsynth.batches import Sequences, TrainingBatches
from hwsynth.corpus import Corpus
from hwsynth.density_map import density_map, draw_density_maps
from hwsynth.experiment import load
from hwsynth.model import HandwritingModel
from hwsynth.plugins import load as load_plugins
from hwsynth.recorded import corpus_of
from hwsynth.run_folder import RunRecord
from hwsynth.run_options import BatchOptions
from hwsynth.sampling import sample

IMAGES = Path(__file__).parent / "images"
INK, PEN_UP, SECOND, GREY = "#1b2a49", "#c2410c", "#0e7490", "#4b5563"
NEXT = "#22d3ee"
HELD_OUT = 116
"""The line of the test split that is shown: one that reads well, in 586 points."""


def main(run: Path) -> None:
    """All pictures."""
    clockwork_ticks(IMAGES / "clockwork-ticks.svg")
    plugins = load_plugins()
    record, model = load(run, plugins)
    corpus = corpus_of(record, plugins)
    ink_flow(record, model, corpus, IMAGES / "ink-flow.svg")
    density_at_points(record, model, corpus, IMAGES / "density-points.png")
    density_of_lines(record, model, corpus, IMAGES / "density-lines.png")


def clockwork_ticks(path: Path) -> None:
    """Which modules tick when."""
    from hwsynth_cwrnn import CWRNN
    from hwsynth_cwrnn.timetable import timetable

    path.write_text(timetable(CWRNN(units=768, modules=6)), encoding="utf-8")


# ----------------------------------------------------------------------------------- how ink flows


def ink_flow(record: RunRecord, model: HandwritingModel, corpus: Corpus, path: Path) -> None:
    """One word on its way: as ink, as offsets, in a batch; foretold, sampled and drawn."""
    line = _held_out(corpus)
    word = _longest_word(line, record.data.line_height)
    figure = Figure(figsize=(11, 6.2), facecolor="white")
    axes = figure.subplots(2, 3, gridspec_kw={"wspace": 0.28, "hspace": 0.55}).ravel()
    figure.subplots_adjust(left=0.05, right=0.975, top=0.88, bottom=0.05)
    _ink(axes[0], word)
    _offsets(axes[1], word)
    _batch(axes[2], record, corpus)
    _next_point(axes[3], record, model, word)
    written = sample(model, record.normalisation, count=1, steps=130, bias=1.0, seed=3)[0]
    _sampled(axes[4], written)
    _drawn(axes[5], written, record.data.line_height)
    for number, (panel, words) in enumerate(zip(axes, _WORDS, strict=True)):
        panel.set_title(f"{number + 1}  {words[0]}", loc="left", fontweight="bold", pad=22)
        panel.text(0, 1.05, words[1], transform=panel.transAxes, color=GREY, fontsize=9)
    for a, b in ((0, 1), (1, 2), (3, 4), (4, 5)):
        _arrow(figure, axes[a], axes[b])
    _save(figure, path)


_WORDS = (
    ("Ink", "Dataset.read: absolute points; ○ the pen lifts"),
    ("Offsets", "Ink.offsets: steps of the pen, and a mark"),
    ("Batch", "Normalisation, TrainingBatches: Δx of 12 crops"),
    ("Density of the next point", "core and head: told all points before"),
    ("Samples", "sampling: each drawn point goes in again"),
    ("Drawing", "Exporter: smooth strokes in millimetres"),
)


def _ink(panel: Axes, word: Ink) -> None:
    for stroke in word.strokes():
        panel.plot(*stroke.T, color=INK, linewidth=0.8, marker=".", markersize=4)
        panel.plot(*stroke[-1], color=PEN_UP, marker="o", markersize=7, fillstyle="none")
    _page(panel)


def _offsets(panel: Axes, word: Ink) -> None:
    rows = word.offsets()
    numbers = np.arange(len(rows))
    for column, name, color in ((0, "Δx", INK), (1, "Δy", SECOND)):
        panel.plot(numbers, rows[:, column], color=color, linewidth=1.2, label=name)
    for number in numbers[rows[:, 2] == 1]:
        panel.axvline(number, color=PEN_UP, linewidth=1, linestyle=":")
    panel.legend(loc="lower left", frameon=False, ncols=2, fontsize=9)
    panel.set_xlabel("point", color=GREY, fontsize=9, labelpad=1)
    _quiet(panel)


def _batch(panel: Axes, record: RunRecord, corpus: Corpus) -> None:
    options = BatchOptions(batch_size=12, crop=120)
    batches = TrainingBatches(
        Sequences(corpus, record.normalisation), corpus.lines_in("train"), options, record.seed
    )
    inputs = np.asarray(batches[0].inputs)[:, :, 0]
    panel.imshow(inputs, aspect="auto", cmap="RdBu", vmin=-2.5, vmax=2.5, interpolation="nearest")
    panel.set_xlabel("steps", color=GREY, fontsize=9, labelpad=1)
    panel.set_ylabel("batch", color=GREY, fontsize=9, labelpad=1)
    _quiet(panel)


def _next_point(panel: Axes, record: RunRecord, model: HandwritingModel, word: Ink) -> None:
    point = len(word) // 2
    _moment(panel, record, model, word, point, reach=0.3)


def _sampled(panel: Axes, written: Ink) -> None:
    x, y = written.points[:, :2].T
    panel.scatter(x, y, c=np.arange(len(x)), cmap="viridis", s=4)
    _page(panel)


def _drawn(panel: Axes, written: Ink, line_height: float) -> None:
    scale = 8 / line_height
    for stroke in written.strokes():
        panel.plot(*(stroke * scale).T, color=INK, linewidth=1.6, solid_capstyle="round")
    left, bottom = (
        float(v) * scale for v in (written.points[:, 0].min(), written.points[:, 1].max())
    )
    panel.plot([left, left + 10], [bottom + 2.5] * 2, color=GREY, linewidth=1)
    panel.text(left + 10.5, bottom + 2.5, "10 mm", color=GREY, fontsize=9, va="center")
    _page(panel)


def _arrow(figure: Figure, a: Axes, b: Axes) -> None:
    here, there = a.get_position(original=True), b.get_position(original=True)
    y = (here.y0 + here.y1) / 2
    ends = ((here.x1 + 0.006, y), (there.x0 - 0.03, y))
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 16, "color": PEN_UP}
    figure.add_artist(FancyArrowPatch(*ends, transform=figure.transFigure, linewidth=2, **style))


# ------------------------------------------------------------------------------- mixture densities


def density_at_points(
    record: RunRecord, model: HandwritingModel, corpus: Corpus, path: Path
) -> None:
    """What is expected next within a stroke, where a stroke ends, and between words."""
    line = _held_out(corpus)
    figure = Figure(figsize=(11, 3), facecolor="white")
    panels = figure.subplots(1, 3, gridspec_kw={"wspace": 0.04})
    figure.subplots_adjust(left=0.005, right=0.995, top=0.9, bottom=0.02)
    ends = np.flatnonzero(line.points[:-1, 2])
    jumps = np.hypot(*np.diff(line.points[:, :2], axis=0).T)[ends]
    usual = ends[np.argsort(jumps)[len(ends) // 3]]
    right = np.diff(line.points[:, 0])[ends]
    wide = ends[right > 0.8 * record.data.line_height][0]
    moments = (
        ("within a stroke", int(ends[len(ends) // 2]) - 6, 0.5),
        ("where a stroke ends", int(usual), 0.9),
        ("where a word ends", int(wide), 1.6),
    )
    for panel, (name, point, reach) in zip(panels, moments, strict=True):
        _moment(panel, record, model, line, point, reach=reach)
        panel.set_title(name, loc="left", fontsize=11)
    figure.savefig(path, dpi=96)


def _moment(
    panel: Axes, record: RunRecord, model: HandwritingModel, ink: Ink, point: int, reach: float
) -> None:
    """The density after one point, the ink until then, and where the pen went in fact."""
    height = record.data.line_height
    found = density_map(
        model,
        record.normalisation,
        ink,
        pixel=height / 200,
        after=slice(point, point + 1),
        reach=30,
    )
    top = found.values.max()
    shown = np.log10(np.clip(found.values / top, 1e-3, 1))
    panel.imshow(shown, extent=found.extent, cmap="inferno", interpolation="bilinear")
    before = _part(ink, 0, point + 1)
    for stroke in before.strokes():
        panel.plot(*stroke.T, color="white", linewidth=1, alpha=0.75)
    panel.plot(*ink.points[point, :2], color="white", marker="o", markersize=5)
    panel.plot(*ink.points[point + 1, :2], color=NEXT, marker="x", markersize=7, mew=2)
    x, y = ink.points[point, :2]
    half = reach * height
    panel.set_facecolor("black")
    panel.set(xlim=(x - half, x + half), ylim=(y + half * 0.75, y - half * 0.75))
    panel.set(xticks=[], yticks=[], aspect="auto")
    panel.spines[:].set_visible(False)


def density_of_lines(
    record: RunRecord, model: HandwritingModel, corpus: Corpus, path: Path
) -> None:
    """A line that the model has never seen, and one that it writes."""
    real = _held_out(corpus)
    written = sample(model, record.normalisation, count=1, steps=560, bias=1.0, seed=3)
    pixel = record.data.line_height / 90
    lines = [real, written[0]]
    maps = [density_map(model, record.normalisation, line, pixel=pixel) for line in lines]
    draw_density_maps(maps, path)


# --------------------------------------------------------------------------------- what they share


def _held_out(corpus: Corpus) -> Ink:
    return corpus[int(corpus.lines_in("test")[HELD_OUT])]


def _part(ink: Ink, start: int, end: int) -> Ink:
    points = ink.points[start:end].copy()
    points[-1, 2] = 1
    return Ink(points)


def _longest_word(ink: Ink, line_height: float) -> Ink:
    """The word of most points; between words the pen moves far rightwards in the air."""
    gaps = (np.diff(ink.points[:, 0]) > 0.3 * line_height) & (ink.points[:-1, 2] == 1)
    ends = [0, *(np.flatnonzero(gaps) + 1).tolist(), len(ink)]
    start, end = max(itertools.pairwise(ends), key=lambda pair: pair[1] - pair[0])
    return _part(ink, start, end)


def _page(panel: Axes) -> None:
    panel.set_aspect("equal", adjustable="datalim")
    panel.margins(0.06)
    panel.invert_yaxis()
    panel.set_axis_off()


def _quiet(panel: Axes) -> None:
    panel.spines[:].set_visible(False)
    panel.tick_params(colors=GREY, labelsize=8, length=0)


def _save(figure: Figure, path: Path) -> None:
    settings = {"svg.hashsalt": "hwsynth", "svg.fonttype": "none"}
    with matplotlib.rc_context(settings):
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
