"""hwsynth data"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hwsynth.atomic import write_whole
from hwsynth.cli.options import (
    STDOUT,
    console,
    dataset_options,
    json_option,
    set_option,
    write_json,
)
from hwsynth.cli.reading import reading
from hwsynth.contracts import Dataset, Exporter, Page
from hwsynth.errors import UsageError
from hwsynth.ink import Ink
from hwsynth.plugins import Plugins, load
from hwsynth.run_options import PreparationOptions
from hwsynth.settings import build_options, parse_assignments

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hwsynth.corpus import Corpus
    from hwsynth.corpus_summary import Summary


@click.command()
@dataset_options
@set_option
@click.option(
    "--split",
    metavar="NAME",
    help="Only these lines: train, validation, test, or a split's own name.  [default: all]",
)
@click.option(
    "--count", type=click.IntRange(1), default=20, show_default=True, help="Lines to draw."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Chooses the lines."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw some lines here; the ending chooses the exporter.  [default: not drawn]",
)
@click.option(
    "--color",
    type=click.Choice(["pen", "character"]),
    help="character: draw each character in a colour; short for --set exporter.color_by=character.",
)
@click.option(
    "--alignment",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where characters end; short for --set preparation.alignment=FILE.",
)
@click.option(
    "--texts",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what the lines say here, one a line: a --language for readers.",
)
@json_option
def command(**given: Any) -> None:
    """Show what a dataset holds, and draw a sheet of its lines."""
    plugins = load()
    dataset, preparation, exporter = _chosen(given, plugins)
    from hwsynth.corpus import open_corpus
    from hwsynth.corpus_summary import summarise
    from hwsynth.preparation import prepare

    with reading() as progress:
        read = open_corpus(dataset, given["data"], progress=progress)
        corpus = prepare(read, preparation, progress=progress)
    lines = _lines(corpus, given["split"])
    summary = summarise(corpus, lines)
    if given["color"] == "character" and corpus.char_end is None:
        raise UsageError(
            f"no line of '{corpus.name}' has ends of characters to colour it by; give --alignment "
            "FILE, or make one with: hwsynth align"
        )
    if exporter is not None:
        sheet = _sheet(corpus, lines, given, origin=preparation.origin)
        exporter.write(sheet, given["out"])
    if given["texts"] is not None:
        texts = _texts(corpus, lines)
        with write_whole(given["texts"]) as temporary:
            temporary.write_text(texts, encoding="utf-8")
    write_json(asdict(summary), given["json_file"])
    if given["json_file"] != STDOUT:
        console.print(_shown(summary, given["split"]))


_SHORT = {"color": ("exporter", "color_by"), "alignment": ("preparation", "alignment")}
"""An option -> what it is short for."""


def _sections(given: dict[str, Any]) -> dict[str, dict[str, str]]:
    sections = parse_assignments(given["assignments"])
    for name, (section, option) in _SHORT.items():
        if given[name] is None:
            continue
        if option in sections.setdefault(section, {}):
            raise UsageError(f"--{name} and --set {section}.{option} say the same; give one")
        sections[section][option] = str(given[name])
    return sections


def _chosen(
    given: dict[str, Any], plugins: Plugins
) -> tuple[Dataset, PreparationOptions, Exporter | None]:
    sections = _sections(given)
    if strange := sections.keys() - {"dataset", "preparation", "exporter"}:
        raise UsageError(
            f"--set {min(strange)}.…: here there are dataset.…, preparation.…, exporter.…"
        )
    if given["out"] is None and "exporter" in sections:
        raise UsageError("--set exporter.…, --color need a drawing: give --out FILE")
    dataset: Dataset = build_options(
        plugins.component("dataset", given["dataset"]),
        sections.get("dataset", {}),
        section="dataset",
    )
    preparation = build_options(
        PreparationOptions, sections.get("preparation", {}), section="preparation"
    )
    if given["out"] is None:
        return dataset, preparation, None
    exporter = build_options(
        plugins.exporter_for(given["out"]), sections.get("exporter", {}), section="exporter"
    )
    return dataset, preparation, exporter


def _lines(corpus: Corpus, split: str | None) -> NDArray[np.int64]:
    import numpy as np

    return np.arange(len(corpus)) if split is None else corpus.lines_in(split)


def _texts(corpus: Corpus, lines: NDArray[np.int64]) -> str:
    """Each text on a line of its own."""
    texts = [text for line in lines.tolist() if (text := corpus.texts[line])]
    if not texts:
        raise UsageError(f"none of these {len(lines)} lines of '{corpus.name}' has a text to write")
    return "".join(f"{text}\n" for text in texts)


def _sheet(
    corpus: Corpus, lines: NDArray[np.int64], given: dict[str, Any], *, origin: bool
) -> Page:
    import numpy as np

    from hwsynth.preparation import without_origin

    chosen = np.random.default_rng(given["seed"]).permutation(lines)[: given["count"]]
    inks = [corpus[line] for line in sorted(chosen)]
    captions = [_caption(ink) for ink in inks]
    return Page(
        [without_origin(ink) if origin else ink for ink in inks], corpus.line_height, captions
    )


def _caption(ink: Ink) -> str:
    writer = f"writer {ink.writer}" if ink.writer else ""
    return " · ".join(part for part in (ink.id, writer, ink.text) if part)


def _shown(summary: Summary, split: str | None) -> Group:
    title = summary.dataset + (f", {split}" if split else "")
    parts = [Padding(part, (0, 0, 1, 0)) for part in _parts(summary)]
    return Group(Text(title, "bold"), *parts, Text(summary.licence, "dim"))


def _parts(summary: Summary) -> Iterator[RenderableType]:
    yield _figures(summary)
    yield _splits(summary)
    if summary.dropped:
        yield _drops(summary)


def _figures(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in _rows(summary):
        table.add_row(name, Text(value))
    return table


def _rows(summary: Summary) -> Iterator[tuple[str, str]]:
    yield "lines", f"{summary.lines:,}, {summary.with_text:,} of them with text"
    yield "strokes", f"{summary.strokes:,}, median {summary.median_strokes:g} a line"
    yield "points", f"{summary.points:,}, median {summary.median_points:g} a line"
    yield "writers", f"{summary.writers:,}" if summary.writers else "not known"
    yield "height", f"median {summary.median_height:g} units"
    characters = "".join(sorted(summary.characters)).replace(" ", "␣")
    yield "characters", f"{len(characters)}\n{characters}" if characters else "none"


def _splits(summary: Summary) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("split")
    table.add_column("role")
    table.add_column("lines", justify="right")
    for name, split in summary.splits.items():
        table.add_row(name, str(split["role"] or "none"), f"{split['lines']:,}")
    return table


def _drops(summary: Summary) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("dropped", justify="right")
    table.add_column("for, and the first of them", overflow="fold")
    for reason, count in summary.dropped.items():
        example = Text.assemble(reason, "\n", (summary.drop_examples[reason], "dim"))
        table.add_row(f"{count:,}", example)
    return table
