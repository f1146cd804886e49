"""hwsynth hand"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hwsynth.cli.options import say
from hwsynth.errors import UsageError
from hwsynth.hand_packing import pack_hand
from hwsynth.hands import Hand
from hwsynth.plugins import load
from hwsynth.reading import head_that_reads
from hwsynth.run_folder import RunFolder
from hwsynth.styles import Style, style_of
from hwsynth.text import read_text
from hwsynth.writing import check_learnt_text


@click.group()
def command() -> None:
    """Make a hand of trained runs."""


@command.command()
@click.option(
    "--run",
    "generator",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Run that writes.",
)
@click.option(
    "--reader", type=click.Path(path_type=Path), metavar="DIR", help="Run that reads back."
)
@click.option("--name", required=True, help="What the hand is called.")
@click.option(
    "--style",
    "styles",
    multiple=True,
    metavar="NAME=STYLE",
    help="A style's name, and what it is: a writer of the run, a mixture, a style file. May be "
    "given again; the first is what is written in where none is asked for.",
)
@click.option(
    "--card",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.md",
    help="What is to be known of the hand.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="To make."
)
def pack(**given: Any) -> None:
    """Pack a trained generator and reader as a hand, to be given away in a package."""
    plugins = load()
    hand = Hand(given["name"], RunFolder(given["generator"]), given["reader"])
    check_learnt_text(hand.conditions)
    if given["reader"] is not None:
        head_that_reads(given["reader"], RunFolder(given["reader"]).record(), plugins)
    size = pack_hand(
        given["out"],
        name=given["name"],
        generator=given["generator"],
        reader=given["reader"],
        styles=_styles(given["styles"], hand),
        card=read_text(given["card"]) if given["card"] else None,
    )
    say(f"{given['out']}: the hand '{given['name']}', {size / 1e6:.1f} MB")
    say(f'Try: hwsynth write "Dear reader," --run {given["out"]}')


def _styles(given: tuple[str, ...], hand: Hand) -> dict[str, Style]:
    found: dict[str, Style] = {}
    for each in given:
        name, equals, style = each.partition("=")
        if not (name and equals and style):
            raise UsageError(f"--style {each} must be NAME=STYLE, as in anna=3")
        if name in found:
            raise UsageError(f"the style '{name}' is given twice; give each name once")
        found[name] = style_of(style, hand.styles, hand.checksum)
    if hand.styles and not found:
        raise UsageError("a hand has a style at least; give it, as in --style anna=3")
    return found
