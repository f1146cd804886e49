"""hwsynth hands"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from hwsynth.cli.options import STDOUT, console, json_option, say, write_json
from hwsynth.hands import InstalledHand, installed_hands
from hwsynth.plugins import load


@click.command()
@json_option
def command(json_file: Path | None) -> None:
    """List the hands that write, with their styles, terms and cards."""
    hands = installed_hands(load())
    if json_file != STDOUT:
        if hands:
            console.print(Group(*(part for hand in hands for part in _shown(hand))))
        else:
            say("No hand is installed. Write with a run of your own: hwsynth write --run DIR")
    write_json([_as_json(each) for each in hands], json_file)


def _as_json(found: InstalledHand) -> dict[str, Any]:
    hand = found.hand
    return {
        "name": hand.name,
        "package": found.package,
        "version": found.version,
        "styles": list(hand.styles),
        "characters": hand.conditions.charset,
        "reads_back": hand.reader is not None,
        "terms": hand.terms,
        "folder": str(hand.generator.path),
        "card": hand.card,
    }


def _shown(found: InstalledHand) -> Iterator[RenderableType]:
    hand = found.hand
    yield Text.assemble((hand.name, "bold cyan"), (f"  {found.package} {found.version}", "dim"))
    yield _indented("styles: " + ", ".join(hand.styles))
    yield _indented("characters: " + hand.conditions.charset.strip())
    yield from (_indented(f"trained on: {terms}") for terms in hand.terms)
    if hand.card is not None:
        yield ""
        yield Padding.indent(Markdown(hand.card), 4)
    yield ""


def _indented(text: str) -> RenderableType:
    return Padding.indent(Text(text), 4)
