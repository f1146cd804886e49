"""hwsynth style gain"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import Progress, TaskID
from rich.table import Table

from hwsynth.cli.align import corpus_of
from hwsynth.cli.hand_options import hand_given, hand_options, known_styles
from hwsynth.cli.options import (
    STDOUT,
    console,
    dataset_options,
    device_options,
    json_option,
    say_terms,
    set_option,
    write_json,
)
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.plugins import Plugins, load

if TYPE_CHECKING:
    from hwsynth.style_gain import Gain


@click.command()
@dataset_options
@set_option
@click.option(
    "--split",
    default="test",
    show_default=True,
    metavar="NAME",
    help="Its lines: of writers whom the hand did not learn from.",
)
@click.option(
    "--lines",
    "counts",
    type=click.IntRange(1),
    multiple=True,
    default=(5, 10, 20),
    show_default=True,
    metavar="N",
    help="Fit a style to so many of a writer's; may be given again.",
)
@click.option(
    "--writers",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    metavar="N",
    help="At most; those with the most lines.",
)
@hand_options
@json_option
@device_options
def gain(**given: Any) -> None:
    """See what fitting a style gains, with lines of a corpus whose writers are known.

    For each writer styles are fitted to some of the lines, and are judged by nats per point of
    the others: less is better.
    """
    plugins = load()
    json_file: Path | None = given["json_file"]
    hand = hand_given(given, plugins)
    corpus = corpus_of(given, plugins)
    from hwsynth.style_gain import HELD, lines_by_writer

    own = lines_by_writer(corpus, corpus.lines_in(given["split"]), max(given["counts"]) + HELD)
    writers = {
        writer: [corpus[int(line)] for line in own[writer]]
        for writer in list(own)[: given["writers"]]
    }
    found = _gains(writers, hand, given, plugins)
    write_json({writer: dataclasses.asdict(each) for writer, each in found.items()}, json_file)
    if json_file != STDOUT:
        console.print(_table(found))
        say_terms(hand.terms)


def _gains(
    writers: Mapping[str, Sequence[Ink]], hand: Hand, given: Mapping[str, Any], plugins: Plugins
) -> dict[str, Gain]:
    from hwsynth import backend
    from hwsynth.own_lines import corpus_for

    own = {}
    for writer, lines in writers.items():
        own[writer], left_out = corpus_for(hand, lines, plugins, given["device"])
        for line in left_out:
            click.echo(f"left out: {line}", err=True)
    backend.prepare(given["device"])
    from hwsynth.batches import Sequences
    from hwsynth.experiment import load as load_run
    from hwsynth.style_gain import gain_of

    _, model = load_run(hand.generator.path, plugins)
    found = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for writer, corpus in own.items():
            task = progress.add_task(f"fitting to {writer}", total=None)
            found[writer] = gain_of(
                model,
                Sequences(corpus, hand.record.normalisation, hand.conditions),
                known_styles(hand),
                given["counts"],
                progress=partial(_show, progress, task),
            )
    return found


def _show(progress: Progress, task: TaskID, done: int, of: int) -> None:
    progress.update(task, completed=done, total=of)


def _table(found: Mapping[str, Gain]) -> Table:
    """Nats per point of lines that no style was fitted to."""
    table = Table(title="nats per point of lines that were kept apart", title_justify="left")
    table.add_column("style")
    for writer in found:
        table.add_column(writer, justify="right")
    gains = list(found.values())
    table.add_row("of nobody", *(f"{each.nobody:.3f}" for each in gains))
    table.add_row("the nearest known one", *(f"{each.nearest:.3f}" for each in gains))
    for place, fit in enumerate(gains[0].fits):
        row = (f"{each.fits[place].nats:.3f}" for each in gains)
        table.add_row(f"fitted to {fit.lines} lines", *row)
    for place, fit in enumerate(gains[0].fits):
        row = (f"{each.fits[place].seconds:.0f}" for each in gains)
        table.add_row(f"seconds, {fit.lines} lines", *row)
    table.add_row("lines kept apart", *(str(each.held) for each in gains))
    return table
