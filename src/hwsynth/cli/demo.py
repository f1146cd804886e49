"""hwsynth demo"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hwsynth.cli.options import device_options, say
from hwsynth.contracts import Page
from hwsynth.plugins import Plugins, load
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import MAX_SEED, Budget

MINUTES = 1.75
"""Of training; reading, compiling and writing take the rest of two to three minutes."""
STEPS, BIAS, LINES = 600, 1.0, 8


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    help="Folder for what comes out.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    default=MINUTES,
    show_default=True,
    metavar="X",
    help="Of training.",
)
@click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Repeats a demo."
)
@device_options
def command(out: Path, minutes: float, seed: int, device: Any) -> None:
    """Train a small model on the embedded corpus and write with it, in three minutes."""
    plugins = load()
    folder = RunFolder(out / "run")
    folder.check_is_new()
    from hwsynth import backend

    backend.prepare(device)
    _train(folder.path, minutes, seed, plugins)
    made = [*_draw(folder, out, seed, plugins), f"{folder.path}/  the trained run"]
    say("\n".join(["\nMade:", *(f"  {line}" for line in made)]))


def _train(path: Path, minutes: float, seed: int, plugins: Plugins) -> None:
    from hwsynth.cli.training_display import train_and_show
    from hwsynth.experiment import Experiment, start

    experiment = Experiment(
        dataset=plugins.component("dataset", "synthetic")(),
        core=plugins.component("core", "cwrnn")(),
        head=plugins.component("head", "mdn")(),
        budget=Budget(minutes=minutes),
        seed=seed,
    )
    page = plugins.component("callback", "page")(lines=LINES, points=STEPS, bias=BIAS)
    train_and_show(
        lambda progress: start(experiment, path, plugins, read_progress=progress), [page]
    )


def _draw(folder: RunFolder, out: Path, seed: int, plugins: Plugins) -> list[str]:
    """Loss plot, what was learnt from, what was written -> a line about each."""
    from hwsynth.experiment import load as load_run
    from hwsynth.plots import loss_plot
    from hwsynth.recorded import corpus_of
    from hwsynth.sampling import sample

    record, model = load_run(folder.path, plugins)
    corpus = corpus_of(record, plugins)
    written = sample(model, record.normalisation, count=LINES, steps=STEPS, bias=BIAS, seed=seed)
    lines = corpus.lines_in("train")
    learnt = [corpus[int(line)] for line in lines[:: max(1, len(lines) // LINES)]]
    svg = plugins.component("exporter", "svg")()
    svg.write(Page(learnt[:LINES], corpus.line_height), out / "corpus.svg")
    svg.write(Page(written, corpus.line_height), out / "samples.svg")
    loss_plot(folder.history(), out / "loss.png")
    return [
        f"{out / 'samples.svg'}  what the model writes: pen strokes, not yet words",
        f"{out / 'corpus.svg'}  lines it learnt from",
        f"{out / 'loss.png'}  how its loss fell",
    ]
