"""hwsynth read"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from hwsynth.cli.options import (
    STDOUT,
    console,
    device_options,
    json_option,
    language_of,
    language_option,
    reader_option,
    say,
    say_licences,
    write_json,
)
from hwsynth.cli.reading import reading
from hwsynth.contracts import Options, Page
from hwsynth.errors import UsageError
from hwsynth.hands import installed_reader
from hwsynth.ink import Ink
from hwsynth.plugins import Plugins, load
from hwsynth.reading import Reading, reader_of
from hwsynth.run_folder import RunFolder
from hwsynth.settings import build_options

Source = tuple[str, Ink]
"""What a line is called, and the line."""


class _Line(Options):
    """What --json says of a line."""

    source: str
    """File and place in it, or the line's name."""
    read: str
    """What the reader makes of it."""
    score: float
    """How sure it is: 0 is sure, less is less."""
    text: str | None
    """What is written, where that is known."""


@click.command()
@click.argument("ink", nargs=-1, type=click.Path(path_type=Path), metavar="[INK]...")
@reader_option
@click.option("--dataset", metavar="NAME", help="Read lines of this dataset instead of files.")
@click.option(
    "--data", type=click.Path(path_type=Path), metavar="PATH", help="Where the dataset lies."
)
@click.option(
    "--split",
    default="validation",
    show_default=True,
    metavar="NAME",
    help="Of the dataset: train, validation, test, or a split's own name.",
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="Only its first N lines.")
@language_option
@json_option
@device_options
def command(ink: tuple[Path, ...], **given: Any) -> None:
    """Read ink with the reader of the installed hand, or with a run.

    INK: ink files (.json), or drawings of single strokes (.svg), in which every path is a stroke.
    """
    if bool(ink) == (given["dataset"] is not None):
        raise UsageError("give files with ink to read, or a dataset with --dataset")
    plugins = load()
    path = given["path"] or installed_reader(plugins)
    sources = _of_files(ink) if ink else _of_dataset(given, plugins)
    language = language_of(given["language"], path, plugins)
    reader = dataclasses.replace(reader_of(path, plugins, given["device"]), language=language)
    readings = reader.read([line for _, line in sources])
    write_json([_said(*each) for each in zip(sources, readings, strict=True)], given["json_file"])
    if given["json_file"] == STDOUT:
        return
    for (name, _), found in zip(sources, readings, strict=True):
        if found.prepared is None:
            say(f"{name}: nothing that has a height, a dot or a rule")
        elif len(sources) > 1 and console.is_terminal:
            say(f"{name}: {found.text}")
        else:
            say(found.text)
    if console.is_terminal:
        say_licences(RunFolder(path).record())


def _of_files(paths: Sequence[Path]) -> list[Source]:
    return [
        (f"{path}" if len(lines) == 1 else f"{path}, {line.id or place + 1}", line)
        for path in paths
        for lines in [lines_of(path)]
        for place, line in enumerate(lines)
    ]


def lines_of(path: Path) -> list[Ink]:
    """The lines of a file. Raises as `page_of`."""
    return list(page_of(path).lines)


def page_of(path: Path) -> Page:
    """The lines of a file and their height: what an ink file says, the median of a drawing's.
    Raises UsageError where its name is no ink file's."""
    suffix = path.suffix.lower()
    if suffix == ".svg":
        from hwsynth.svg_ink import read_svg

        lines = read_svg(path)
        return Page(lines, statistics.median(line.height for line in lines))
    if suffix == ".json":
        from hwsynth.ink_file import read_page

        return read_page(path)
    raise UsageError(
        f"{path} is no file with ink by its name: that ends in .json (ink files) or .svg. "
        "A folder or archive is read as a dataset: hwsynth read --dataset NAME --data PATH"
    )


def _of_dataset(given: Mapping[str, Any], plugins: Plugins) -> list[Source]:
    from hwsynth.corpus import open_corpus

    dataset = build_options(plugins.component("dataset", given["dataset"]), {}, section="dataset")
    with reading() as progress:
        corpus = open_corpus(dataset, given["data"], progress=progress)
    lines = corpus.lines_in(given["split"])[: given["count"]]
    return [(corpus.ids[line], corpus[line]) for line in lines]


def _said(source: Source, found: Reading) -> dict[str, Any]:
    name, line = source
    return _Line(source=name, read=found.text, score=found.score, text=line.text).model_dump()
