"""A real line to write in the manner of: options of the commands that write texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hwsynth.cli.options import Command, with_options
from hwsynth.cli.read import page_of
from hwsynth.contracts import Page
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.preparation import scaled

SHOWN = 3
"""Lines of a file that are listed at most."""


def priming_options(command: Command) -> Command:
    """--prime, --prime-line and --prime-text, for `prime_from`."""
    options = (
        click.option(
            "--prime",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write in the manner of a real line: an ink file (.json), or a drawing of single "
            "strokes (.svg).",
        ),
        click.option(
            "--prime-line",
            type=click.IntRange(1),
            metavar="N",
            help="Which line of it, counted from 1.  [default: the only one]",
        ),
        click.option(
            "--prime-text",
            metavar="TEXT",
            help="What is written in that line.  [default: what an ink file says]",
        ),
    )
    return with_options(command, options)


def check_priming(given: Mapping[str, Any]) -> None:
    """Raises UsageError where these options do not go together."""
    if given["prime"] is None:
        for name in ("line", "text"):
            if given[f"prime_{name}"] is not None:
                raise UsageError(f"--prime-{name} is of the line that --prime FILE gives; give it")
    elif given["sheet"] is not None:
        raise UsageError(
            f"--sheet {given['sheet']} shows one sentence in many ways, and --prime writes in one; "
            "give one of them"
        )


def prime_from(given: Mapping[str, Any], hand: Hand) -> Ink | None:
    """The line that these options choose, with its text, of the size of a hand's corpus; None where
    none is asked for.

    Raises UsageError where it is not said which line, or what is written in it, where it has no
    height, and as `page_of`.
    Says where it is longer than any that the hand learnt from.
    """
    path: Path | None = given["prime"]
    if path is None:
        return None
    page = page_of(path)
    line = _with_text(_chosen(page, given["prime_line"], path), given["prime_text"], path)
    _say_if_long(line, hand, path)
    if not page.line_height:
        raise UsageError(
            f"{path} has no height: its points lie on one line; give a line of writing"
        )
    return scaled(line, hand.record.data.line_height / page.line_height)


def _chosen(page: Page, number: int | None, path: Path) -> Ink:
    count = len(page.lines)
    if number is None and count > 1:
        listed = "; ".join(
            f"{place} is {line.text or line.id!r}"
            for place, line in enumerate(page.lines[:SHOWN], start=1)
        )
        more = "; …" if count > SHOWN else ""
        raise UsageError(f"{path} has {count} lines; choose one with --prime-line ({listed}{more})")
    if number is not None and number > count:
        raise UsageError(f"--prime-line is {number}, and {path} has {count}; they count from 1")
    return page.lines[(number or 1) - 1]


def _with_text(line: Ink, text: str | None, path: Path) -> Ink:
    text = (line.text if text is None else text) or ""
    if not text.strip():
        raise UsageError(
            f"it is not known what is written in the line of {path}; give it with --prime-text"
        )
    return dataclasses.replace(line, text=text.strip())


def _say_if_long(line: Ink, hand: Hand, path: Path) -> None:
    longest, own = hand.record.preparation.characters, len(line.text or "")
    if longest is not None and own > longest:
        click.echo(
            f"the line of {path} has {own} characters, and {hand.name} learnt from lines of at "
            f"most {longest}; a shorter one may serve it better",
            err=True,
        )
