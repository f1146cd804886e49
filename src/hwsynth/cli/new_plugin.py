"""hwsynth new-plugin"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hwsynth.cli.options import say
from hwsynth.plugins import Kind, load
from hwsynth.skeletons import KINDS, Names, write_package

TRY: Mapping[Kind, str] = {
    "core": "hwsynth train --core {names.component}",
    "dataset": "hwsynth data --dataset {names.component} --data FOLDER --out lines.svg",
    "exporter": "hwsynth sample --out lines.{names.suffix}",
}
"""Kind of component -> how to use the one that was made."""


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="New folder to write to.  [default: hwsynth-NAME]",
)
def command(kind: Any, name: str, folder: Path | None) -> None:
    """Write a package to begin a plugin from.

    It works, and has its tests: a core of tanh units, a dataset of CSV files, or an exporter of
    a table of points.
    """
    names = Names(name)
    folder = folder or Path(names.package)
    write_package(kind, name, folder, load())
    # With a dot before it: pip takes a bare word for a package's name.
    place = shlex.quote(str(folder) if folder.is_absolute() else os.path.join(".", folder))
    say(f"{folder}: a package that gives the {kind} '{name}'. Go on with:")
    for line in (
        f"pip install -e {place} pytest",
        f"pytest {place}",
        TRY[kind].format(names=names),
    ):
        say(f"  {line}")
