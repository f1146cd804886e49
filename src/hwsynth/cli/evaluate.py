"""hwsynth evaluate"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from hwsynth.atomic import check_place
from hwsynth.cli.options import (
    STDOUT,
    console,
    device_options,
    json_option,
    run_option,
    say_licences,
    write_json,
)
from hwsynth.cli.reading import reading
from hwsynth.corpus import Corpus, open_corpus
from hwsynth.errors import UsageError
from hwsynth.normalisation import Normalisation
from hwsynth.plugins import Plugins, load
from hwsynth.recorded import corpus_of
from hwsynth.run_folder import RunFolder, RunRecord, newest_run
from hwsynth.settings import build_options

LABELS = {
    "nats_per_sequence": "nats per sequence, in the run's units",
    "nats_per_point": "nats per point, in the run's units",
    "dequantised_nats_per_sequence": "… per sequence, dequantised",
    "graves_nats_per_sequence": "nats per sequence, in Graves's units",
    "graves_dequantised_nats_per_sequence": "… dequantised",
    "sse_per_point": "squared error per point, mixture's mean",
    "sse_per_point_best": "squared error per point, likeliest component",
    "sequences": "sequences",
    "points": "points",
}


@click.command()
@run_option
@click.option("--dataset", metavar="NAME", help="Dataset.  [default: the run's]")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where it lies.  [default: where the run's lay]",
)
@click.option(
    "--split",
    default="validation",
    show_default=True,
    metavar="NAME",
    help="train, validation, test, or a split's own name.",
)
@json_option
@device_options
def command(**given: Any) -> None:
    """Score a trained run: nats per sequence and point, squared errors."""
    plugins = load()
    path = given["path"] or newest_run()
    record = RunFolder(path).record()
    corpus = _corpus(record, given, plugins)
    lines = corpus.lines_in(given["split"])
    if given["json_file"] not in (None, STDOUT):
        check_place(given["json_file"])
    from hwsynth import backend

    backend.prepare(given["device"])
    from hwsynth.evaluation import Evaluator, report
    from hwsynth.experiment import load as load_run

    record, model = load_run(path, plugins)
    evaluator = Evaluator(model, record.normalisation)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("evaluating", total=len(lines))
        scores = evaluator(
            corpus, lines, lambda done, of: progress.update(task, completed=done, total=of)
        )
    figures = report(scores, record.normalisation, _graves_normalisation(record, corpus))
    write_json(figures, given["json_file"])
    if given["json_file"] != STDOUT:
        console.print(_table(path, corpus, given["split"], figures))
        say_licences(record)


def _corpus(record: RunRecord, given: Mapping[str, Any], plugins: Plugins) -> Corpus:
    with reading() as progress:
        name = given["dataset"]
        if name in (None, record.dataset.name):
            return corpus_of(record, plugins, data=given["data"], progress=progress)
        dataset = build_options(plugins.component("dataset", name), {}, section="dataset")
        return open_corpus(dataset, given["data"], progress=progress)


def _graves_normalisation(record: RunRecord, corpus: Corpus) -> Normalisation | None:
    """Of the evaluated dataset's own training lines; None where the run's offsets are others."""
    if record.normalisation.clip is not None:
        return None
    try:
        return Normalisation.of(corpus, corpus.lines_in("train"))
    except UsageError:
        return None


def _table(path: Path, corpus: Corpus, split: str, figures: Mapping[str, Any]) -> Table:
    title = Text(f"{path} on {corpus.name}, {split}")
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for key, label in LABELS.items():
        value = figures[key]
        if value is None:
            shown = "none: offsets are clipped, or no training split"
        else:
            shown = f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
        table.add_row(label, shown)
    return table
