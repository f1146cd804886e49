"""hwsynth align"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from rich.console import Group, RenderableType
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from hwsynth.alignment import Alignment
from hwsynth.alignment_file import write_alignment
from hwsynth.atomic import check_place
from hwsynth.cli.options import (
    STDOUT,
    console,
    dataset_options,
    device_options,
    json_option,
    reader_option,
    set_option,
    write_json,
)
from hwsynth.cli.reading import reading
from hwsynth.corpus import Corpus, open_corpus
from hwsynth.errors import DataError, UsageError
from hwsynth.hands import installed_reader
from hwsynth.known_ends import compare
from hwsynth.plugins import Plugins, load
from hwsynth.settings import build_options, parse_assignments

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILES = (0.0, 0.05, 0.1, 0.2, 0.5, 0.8, 1.0)
"""Of the scores that are shown."""


@click.command()
@dataset_options
@set_option
@reader_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The alignment, for --set preparation.alignment=FILE.",
)
@click.option(
    "--split",
    metavar="NAME",
    help="Only these lines: train, validation, test, or a split's own name.  [default: all]",
)
@click.option(
    "--min-score",
    type=float,
    metavar="X",
    help="Leave out lines with a lower score.  [default: keep all]",
)
@json_option
@device_options
def command(**given: Any) -> None:
    """Find where each character ends in a corpus's lines, with what reads: the installed
    hand's reader, or a run (--head ctc).

    A line's score is the log probability of the reader's likeliest way to its text, a character:
    at best 0. Nothing is changed in the corpus: the alignment is a file of its own, which
    `hwsynth train` and `hwsynth data` take by --set preparation.alignment=FILE.
    """
    plugins = load()
    check_place(given["out"])
    path = given["path"] or installed_reader(plugins)
    corpus = corpus_of(given, plugins)
    lines = np.arange(len(corpus)) if given["split"] is None else corpus.lines_in(given["split"])
    alignment = _align(corpus, lines, path, given, plugins)
    if not alignment.lines:
        raise DataError(
            f"none of the {len(lines)} lines could be aligned, and nothing is written: "
            + "; ".join(f"{count}: {reason}" for reason, count in alignment.reasons.items())
        )
    write_alignment(alignment, given["out"])
    figures = summary(alignment, corpus)
    write_json(figures, given["json_file"])
    if given["json_file"] != STDOUT:
        console.print(_shown(figures, given["out"]))


def corpus_of(given: Mapping[str, Any], plugins: Plugins) -> Corpus:
    """The corpus of --dataset, --data and --set dataset.KEY=VALUE, as it was recorded."""
    sections = parse_assignments(given["assignments"])
    if strange := sections.keys() - {"dataset"}:
        raise UsageError(
            f"--set {min(strange)}.…: here there is dataset.… alone; lines are brought to the form "
            "that the reader was trained on"
        )
    options = sections.get("dataset", {})
    dataset = build_options(
        plugins.component("dataset", given["dataset"]), options, section="dataset"
    )
    with reading() as progress:
        return open_corpus(dataset, given["data"], progress=progress)


def _align(
    corpus: Corpus, lines: NDArray[np.int64], run: Path, given: dict[str, Any], plugins: Plugins
) -> Alignment:
    from hwsynth.aligning import align
    from hwsynth.reading import reader_of, record_of_reader

    reader = reader_of(run, plugins, given["device"])
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("aligning", total=len(lines))
        return align(
            corpus,
            lines,
            reader,
            record_of_reader(run),
            min_score=given["min_score"],
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )


def summary(alignment: Alignment, corpus: Corpus) -> dict[str, Any]:
    """Figures of an alignment; `known_ends` are those of a corpus that knows its own."""
    known = compare(alignment, corpus)
    scores = [line.score for line in alignment.lines.values()]
    return {
        "aligned": len(alignment.lines),
        "characters": sum(len(line.ends) for line in alignment.lines.values()),
        "left_out": alignment.reasons,
        "scores": {
            f"{share:g}": float(value)
            for share, value in zip(QUANTILES, np.quantile(scores, QUANTILES), strict=True)
        },
        "known_ends": known and asdict(known),
        "reader": alignment.about.reader.model_dump(mode="json"),
        "licence": alignment.about.licence,
    }


def _shown(figures: dict[str, Any], out: Path) -> Group:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_row(f"{figures['aligned']:,}", f"lines aligned, {figures['characters']:,} characters")
    for reason, count in figures["left_out"].items():
        table.add_row(f"{count:,}", f"left out: {reason}", style="dim")
    scores = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), show_edge=False)
    scores.add_column("share of lines", style="dim")
    scores.add_column("score at most", justify="right")
    for share, value in figures["scores"].items():
        scores.add_row(f"{float(share):.0%}", f"{value:.2f}")
    parts: list[RenderableType] = [table, Text(), scores, Text()]
    if figures["known_ends"]:
        parts += [_known(figures["known_ends"]), Text()]
    licences = [figures["licence"], *figures["reader"]["licences"]]
    terms = [Text(licence, "dim") for licence in dict.fromkeys(licences)]
    return Group(*parts, Text(f"written: {out}"), *terms)


def _known(errors: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_row(f"{errors['exact']:.1%}", "of ends are at the very point known of the corpus")
    if errors["same_lift"] is not None:
        table.add_row(f"{errors['same_lift']:.1%}", "of those known at a pen lift, at that lift")
    for share, points in errors["points"].items():
        table.add_row(f"{points:g}", f"points off at most, {float(share):.0%} of ends")
    return table
