"""How lines are written: options of the commands that write texts."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn

from hwsynth.alphabet import Alphabet
from hwsynth.cli.options import Command, console, with_options
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.legible_writing import Manner
from hwsynth.text import read_text, writable

SEEDS = 1_000_000
"""One of so many is drawn where none is given."""


def drawing_options(command: Command) -> Command:
    """--bias and --seed, for `manner_of`."""
    options = (
        click.option(
            "--bias",
            type=float,
            default=Manner.bias,
            show_default=True,
            help="0: as varied as what was learnt; higher: neater and more alike.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0),
            help="Repeats what was written.  [default: another one each time]",
        ),
    )
    return with_options(command, options)


def writing_options(command: Command) -> Command:
    """--bias, --seed, --tries, --no-check and --best-of, for `manner_of`."""
    options = (
        click.option(
            "--tries",
            type=click.IntRange(0, 100),
            default=Manner.tries,
            show_default=True,
            help="Versions of a word that was misread or doubted, of which the best is taken.",
        ),
        click.option("--no-check", is_flag=True, help="Do not read back what was written."),
        click.option(
            "--best-of",
            type=click.IntRange(1, 100),
            default=1,
            show_default=True,
            metavar="N",
            help="Versions of every line, of which the one that is read best is taken.",
        ),
    )
    return drawing_options(with_options(command, options))


def manner_of(given: Mapping[str, Any]) -> Manner:
    """What these options say; with a seed by chance where none is given. A command without those
    of reading back takes one version of everything. Raises UsageError where the bias is no number
    from 0 on."""
    if not (math.isfinite(given["bias"]) and given["bias"] >= 0):
        raise UsageError(f"--bias is {given['bias']}; it must be a number, 0 or more")
    return Manner(
        bias=given["bias"],
        seed=secrets.randbelow(SEEDS) if given["seed"] is None else given["seed"],
        tries=given.get("tries", 0),
        versions=given.get("best_of", 1),
    )


def reader_given(path: Path | None) -> Path:
    """A run that reads. Raises UsageError where there is none."""
    if path is None:
        raise UsageError("there is nothing to read with: name a run that reads with --reader DIR")
    return path


def sentences_of(file: Path, hand: Hand) -> list[str]:
    """The lines of a file as the hand can write them. Raises UsageError where it cannot."""
    alphabet = Alphabet(hand.conditions.charset)
    given = [line for line in read_text(file).splitlines() if line.strip()]
    if not given:
        raise UsageError(f"{file} has no sentence; give one a line")
    return [writable(line, alphabet, strict=True).text for line in given]


@contextmanager
def reporting() -> Iterator[Callable[[str, int, int], None]]:
    """Yields what is told how far the work is, and shows it on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"))
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("…")

        def report(what: str, done: int, of: int) -> None:
            progress.update(task, description=what, completed=done, total=of)

        yield report
