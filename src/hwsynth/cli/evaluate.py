"""hwsynth evaluate"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from hwsynth.cli.options import (
    STDOUT,
    console,
    device_options,
    json_option,
    language_of,
    language_option,
    run_option_saying,
    say_licences,
    write_json,
)
from hwsynth.cli.reading import reading
from hwsynth.cli.writing_options import writing_options
from hwsynth.contracts import Head
from hwsynth.corpus import Corpus, open_corpus
from hwsynth.errors import HwsynthError, UsageError
from hwsynth.normalisation import Normalisation
from hwsynth.plugins import Plugins, load
from hwsynth.preparation import prepare
from hwsynth.recorded import component_of, corpus_of
from hwsynth.run_evaluation import LABELS, Evaluation, evaluation_now
from hwsynth.run_folder import RunFolder, newest_run
from hwsynth.run_record import RunRecord
from hwsynth.settings import build_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hwsynth.experiment import AnyModel
    from hwsynth.language import Language

log = logging.getLogger(__name__)


@click.command()
@run_option_saying(
    "Folder of the run.  [default: the newest in runs/; with --text, the installed hand]"
)
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
@click.option(
    "--text",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Sentences, one a line: have them written, in all styles in turn, and read back.",
)
@click.option("--hand", metavar="NAME", help="With --text: what writes, in place of a run.")
@click.option(
    "--reader",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="With --text: run that reads back.  [default: the hand's own]",
)
@click.option(
    "--judge",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="With --text: run that reads what came of it.  [default: the reader]",
)
@writing_options
@language_option
@json_option
@device_options
def command(**given: Any) -> None:
    """Score a trained run: nats per sequence and point, squared errors; error rates of one that
    reads, or of what one that writes texts writes.

    The figures are kept in the run's folder, and shown on its page, page.html; those of --text
    and --language are not, nor those of a part of a packed hand.
    """
    if given["text"] is not None:
        from hwsynth.cli.evaluate_text import evaluate_text

        evaluate_text(given)
        return
    for name in ("hand", "reader", "judge"):
        if given[name] is not None:
            raise UsageError(f"--{name} is for what is written of a text: give --text FILE too")
    plugins = load()
    path = given["path"] or newest_run()
    folder = RunFolder(path)
    record = folder.record()
    language = language_of(given["language"], path, plugins)
    corpus = _corpus(record, given, plugins)
    lines = corpus.lines_in(given["split"])
    from hwsynth import backend

    backend.prepare(given["device"])
    from hwsynth.experiment import load as load_run

    # Before they are read: figures of newer weights may look old, but never old ones new.
    mark = folder.weights_mark()
    record, model = load_run(path, plugins)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("evaluating", total=len(lines))
        figures = _figures(
            record,
            model,
            corpus,
            lines,
            component_of(record.head, "head", plugins),
            language,
            lambda done, of: progress.update(task, completed=done, total=of),
        )
    found = {key: value for key, value in figures.items() if not isinstance(value, dict)}
    if language is None and not folder.is_packed:
        _keep(folder, evaluation_now(corpus.name, given["split"], corpus.fingerprint, found, mark))
    write_json(figures, given["json_file"])
    if given["json_file"] != STDOUT:
        console.print(_table(path, corpus, given["split"], found, _missing(record)))
        say_licences(record)


def _figures(
    record: RunRecord,
    model: AnyModel,
    corpus: Corpus,
    lines: NDArray[np.int64],
    head: Head,
    language: Language | None,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    from hwsynth.batches import Sequences
    from hwsynth.evaluation import Evaluator, report
    from hwsynth.experiment import conditions_of
    from hwsynth.reading_evaluation import ReadingEvaluator, reading_report
    from hwsynth.reading_model import ReadingModel

    conditions = conditions_of(record, model)
    if isinstance(model, ReadingModel):
        sequences = Sequences(corpus, record.normalisation, conditions)
        read = ReadingEvaluator(model, sequences, head, language)(lines, progress)
        return reading_report(read, sequences)
    scores = Evaluator(model, record.normalisation, conditions)(corpus, lines, progress)
    figures = report(scores, record.normalisation, _graves_normalisation(record, corpus))
    if record.preparation.given:
        # Prepared offsets are no whole numbers that noise could spread.
        figures["dequantised_nats_per_sequence"] = None
    return figures


def _keep(folder: RunFolder, evaluation: Evaluation) -> None:
    """In the run's folder, where that can be written; the figures are shown either way."""
    from hwsynth.run_page import write_page

    try:
        folder.keep_evaluation(evaluation)
    except HwsynthError as error:
        log.warning("the figures are not kept: %s", error)
        return
    try:
        write_page(folder)
    except HwsynthError as error:
        log.warning("the run's page is as it was: %s", error)


def _corpus(record: RunRecord, given: Mapping[str, Any], plugins: Plugins) -> Corpus:
    with reading() as progress:
        name = given["dataset"]
        if name in (None, record.dataset.name):
            return corpus_of(record, plugins, data=given["data"], progress=progress)
        dataset = build_options(plugins.component("dataset", name), {}, section="dataset")
        corpus = open_corpus(dataset, given["data"], progress=progress)
        return prepare(corpus, record.preparation, progress=progress)


def _graves_normalisation(record: RunRecord, corpus: Corpus) -> Normalisation | None:
    """Of the evaluated dataset's own training lines; None where the run's offsets are others."""
    if record.normalisation.clip is not None or record.preparation.given:
        return None
    try:
        return Normalisation.of(corpus, corpus.lines_in("train"))
    except UsageError:
        return None


def _missing(record: RunRecord) -> str:
    """Why a figure is none."""
    if record.preparation.given:
        return "none: lines are prepared"
    return "none: offsets are clipped, or no training split"


def _table(
    path: Path, corpus: Corpus, split: str, figures: Mapping[str, Any], missing: str
) -> Table:
    title = Text(f"{path} on {corpus.name}, {split}")
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for key, label in LABELS.items():
        if key not in figures:
            continue
        value = figures[key]
        if value is None:
            shown = missing
        else:
            shown = f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
        table.add_row(label, shown)
    return table
