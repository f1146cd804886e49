"""hwsynth style rank"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from hwsynth.cli.hand_options import hand_given, hand_options
from hwsynth.cli.options import (
    STDOUT,
    console,
    device_options,
    json_option,
    say_terms,
    write_json,
)
from hwsynth.cli.writing_options import (
    drawing_options,
    manner_of,
    reader_given,
    reporting,
    sentences_of,
)
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.opened_hands import open_hand
from hwsynth.plugins import load
from hwsynth.proofreading import Proofreader
from hwsynth.reading import reader_of
from hwsynth.style_ranking import Legibility, ranking
from hwsynth.styles import Style, style_of


@click.command()
@click.option(
    "--text",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Sentences to write in each style, one a line.",
)
@click.option(
    "--style",
    "styles",
    multiple=True,
    metavar="STYLE",
    help="A style's name, a mixture or a style file; may be given again.  [default: all that the "
    "hand or run has]",
)
@drawing_options
@hand_options
@json_option
@device_options
def rank(**given: Any) -> None:
    """See how legible styles are, the most legible first.

    The sentences are written once in each style, and read by the hand's reader; nothing is written
    anew. What is doubted tells styles apart sooner than what is misread.
    """
    manner = manner_of(given)
    json_file: Path | None = given["json_file"]
    plugins = load()
    hand = hand_given(given, plugins)
    styles = _styles(given["styles"], hand)
    reader = reader_given(hand.reader)
    sentences = sentences_of(given["text"], hand)
    write = open_hand(hand, plugins, device=given["device"], check=False)
    proofreader = Proofreader(reader_of(reader, plugins, given["device"]))
    with reporting() as report:
        found = ranking(write, proofreader, sentences, styles, manner, report)
    figures = {
        name: {key: value if math.isfinite(value) else None for key, value in vars(each).items()}
        for name, each in found.items()
    }
    write_json({"styles": figures, "seed": manner.seed, "bias": manner.bias}, json_file)
    if json_file != STDOUT:
        console.print(_table(hand, found))
        say_terms(hand.terms)


def _styles(given: tuple[str, ...], hand: Hand) -> dict[str, Style]:
    if not hand.styles:
        raise UsageError(f"{hand.name} learnt no styles, and so there are none to compare")
    return {name: style_of(name, hand.styles, hand.checksum) for name in given or hand.styles}


def _table(hand: Hand, found: Mapping[str, Legibility]) -> Table:
    title = Text(f"styles of {hand.name}, as its reader finds them")
    table = Table(title=title, title_justify="left")
    table.add_column("style")
    table.add_column("nats doubted a character", justify="right")
    table.add_column("characters misread", justify="right")
    for name, each in found.items():
        table.add_row(Text(name), f"{each.doubt:.3f}", f"{each.character_error_rate:.3f}")
    return table
