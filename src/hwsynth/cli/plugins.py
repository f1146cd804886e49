"""hwsynth plugins"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

import hwsynth
from hwsynth.cli.options import STDOUT, console, json_option, write_json
from hwsynth.plugins import KINDS, Found, Kind, Plugins, find
from hwsynth.settings import as_text, describe


@click.command()
@json_option
def command(json_file: Path | None) -> None:
    """List what is installed, with its options, and which plugins are broken."""
    plugins = find()
    if json_file != STDOUT:
        console.print(Group(*_listing(plugins)))
    write_json(_as_json(plugins), json_file)


def _as_json(plugins: Plugins) -> dict[str, Any]:
    return {
        "hwsynth": hwsynth.__version__,
        "components": [
            {
                "kind": found.kind,
                "name": found.component.name,
                "section": found.section,
                "package": found.source.package,
                "version": found.source.version,
                "options": [vars(option) for option in describe(found.component)],
            }
            for found in plugins.found
        ],
        "problems": [vars(problem) for problem in plugins.problems],
    }


def _listing(plugins: Plugins) -> Iterator[RenderableType]:
    for kind in KINDS:
        yield Text(f"{kind.capitalize()}s", "bold underline")
        yield from _kind(plugins, kind)
        yield ""
    if plugins.problems:
        yield Text("Problems", "bold underline red")
        for problem in plugins.problems:
            yield _indented(2, (problem.plugin, "red"), f": {problem.message}")


def _kind(plugins: Plugins, kind: Kind) -> Iterator[RenderableType]:
    found = list(plugins.of_kind(kind))
    for component in found:
        yield from _component(component)
    if not found:
        yield _indented(2, "none")


def _component(found: Found) -> Iterator[RenderableType]:
    source = f"  {found.source.package} {found.source.version}"
    yield _indented(2, (found.component.name, "bold cyan"), (source, "dim"))
    for option in describe(found.component):
        key = f"{found.section}.{option.name}="
        value = (as_text(option.default), "green")
        yield _indented(4, key, value, (f"  {option.type}", "yellow"))
        yield _indented(8, option.help)


def _indented(spaces: int, *parts: str | tuple[str, str]) -> RenderableType:
    return Padding.indent(Text.assemble(*parts), spaces)
