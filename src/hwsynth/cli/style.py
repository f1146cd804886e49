"""hwsynth style"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from hwsynth.cli.hand_options import as_given, hand_given, hand_options, known_styles
from hwsynth.cli.options import console, device_options, say
from hwsynth.cli.read import lines_of
from hwsynth.cli.style_file import style_out_option, style_path
from hwsynth.cli.style_gain import gain
from hwsynth.cli.style_letters import letters
from hwsynth.cli.style_rank import rank
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.plugins import Plugins, load
from hwsynth.styles import Style, write_style
from hwsynth.text import read_text


@click.group()
def command() -> None:
    """Fit styles to lines of your own, rank and mend them."""


command.add_command(gain)
command.add_command(letters)
command.add_command(rank)


@command.command()
@click.argument("lines", nargs=-1, type=click.Path(path_type=Path), metavar="LINES...")
@click.option(
    "--text",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What is written, a line each, in the order of the ink.  [default: what ink files say]",
)
@hand_options
@style_out_option("The style, for `hwsynth write --style FILE`.")
@device_options
def fit(**given: Any) -> None:
    """Fit a style to lines of your own: five of them will do.

    LINES: ink files (.json) or drawings of single strokes (.svg), all by one writer.
    """
    plugins = load()
    out = style_path(given["out"])
    lines = _with_texts(given["lines"], given["text"])
    hand = hand_given(given, plugins)
    found = _fitted(lines, hand, plugins, given["device"])
    write_style(out, Style(found.vector), hand.checksum)
    say(
        f"{out}: nats per point of these lines {found.nats:.3f}; of nobody's style "
        f"{found.nats_of_nobody:.3f}, of the nearest known one {found.nats_of_nearest:.3f}"
    )
    say(f'Try: hwsynth write "In my own hand"{as_given(given)} --style {out}')


def _with_texts(paths: tuple[Path, ...], texts: Path | None) -> list[Ink]:
    """The lines, each with its text. Raises UsageError where one has none."""
    if not paths:
        raise UsageError("give ink files with lines of your own; --help says which")
    lines = [line for path in paths for line in lines_of(path)]
    if texts is not None:
        given = [text.strip() for text in read_text(texts).splitlines() if text.strip()]
        if len(given) != len(lines):
            raise UsageError(
                f"{texts} has {len(given)} lines of text, and there are {len(lines)} of ink; give "
                "one for each"
            )
        return [
            dataclasses.replace(line, text=text) for line, text in zip(lines, given, strict=True)
        ]
    if missing := sum(not line.text for line in lines):
        raise UsageError(
            f"{missing} of {len(lines)} lines do not say what is written; give it with --text FILE"
        )
    return lines


def _fitted(lines: list[Ink], hand: Hand, plugins: Plugins, device: Any) -> Any:
    from hwsynth.own_lines import corpus_for

    corpus, left_out = corpus_for(hand, lines, plugins, device)
    for line in left_out:
        say(f"left out: {line}")
    from hwsynth import backend

    backend.prepare(device)
    from hwsynth.batches import Sequences
    from hwsynth.experiment import load as load_run
    from hwsynth.style_fitting import fit_style

    _, model = load_run(hand.generator.path, plugins)
    sequences = Sequences(corpus, hand.record.normalisation, hand.conditions)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("fitting", total=None)
        return fit_style(
            model,
            sequences,
            list(range(len(corpus))),
            known_styles(hand),
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
