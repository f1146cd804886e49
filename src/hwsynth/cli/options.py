"""What several commands share: options, and where output goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from hwsynth.atomic import check_place, write_whole

if TYPE_CHECKING:
    from hwsynth.language import Language
    from hwsynth.plugins import Plugins
    from hwsynth.run_record import RunRecord

Command = Callable[..., Any]

STDOUT = Path("-")
"""What `--json -` gives."""

console = Console(highlight=False)
"""For what people read."""


def say(text: str) -> None:
    """Prints a line as it is: nothing in it is markup, and a path in it is not broken."""
    console.print(text, markup=False, soft_wrap=True)


def say_licences(record: RunRecord) -> None:
    """Prints the terms of all data that a run's weights were ever trained on."""
    say_terms(record.licences)


def say_terms(terms: Iterable[str]) -> None:
    """Prints the terms of data that something was trained on."""
    for each in terms:
        console.print(Text(f"Trained on: {each}", "dim"))


set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option of a part, such as core.units=200; may be given again. "
    "`hwsynth plugins` lists those of components.",
)


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """The command with these options, in their order."""
    for option in reversed(options):
        command = option(command)
    return command


def run_option_saying(text: str) -> Callable[[Command], Command]:
    """--run DIR, with what its help says."""
    return click.option("--run", "path", type=click.Path(path_type=Path), metavar="DIR", help=text)


run_option = run_option_saying("Folder of the run.  [default: the newest in runs/]")
reader_option = run_option_saying("Run that reads.  [default: the reader of the installed hand]")

device_options = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="Where to compute; auto: on a GPU if there is one.",
)

language_option = click.option(
    "--language",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A text like those to be read: letters that look alike are told by what stands together "
    "in it.",
)


def _place(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Before any work is done for what is to be written there."""
    if file not in (None, STDOUT):
        check_place(file)
    return file


json_option = click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    callback=_place,
    help="Write the figures as JSON; -: to standard output, and nothing else.",
)


def dataset_options(command: Command) -> Command:
    """--dataset and --data, as `dataset` and `data`."""
    data = click.option(
        "--data",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Where the dataset lies; the synthetic one needs none.",
    )
    dataset = click.option(
        "--dataset", default="synthetic", show_default=True, metavar="NAME", help="Dataset."
    )
    return dataset(data(command))


def language_of(file: Path | None, run: Path, plugins: Plugins) -> Language | None:
    """What --language says to a run. Raises as `read_language`, and UsageError for a run that
    writes."""
    if file is None:
        return None
    from hwsynth.language import read_language
    from hwsynth.reading import head_that_reads
    from hwsynth.run_folder import RunFolder

    record = RunFolder(run).record()
    head_that_reads(run, record, plugins)
    as_is = record.preparation.text == "as_is"
    return read_language(file, record.data.charset, tokenised=as_is)


def write_json(value: object, file: Path | None) -> None:
    """Writes to where --json says: a file, standard output, or nowhere."""
    if file is None:
        return
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if file == STDOUT:
        click.echo(text, nl=False)
        return
    with write_whole(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
