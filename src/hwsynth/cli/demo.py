"""hwsynth demo"""

from __future__ import annotations

from pathlib import Path

import click

from hwsynth.cli.options import device_options
from hwsynth.plugins import load
from hwsynth.run_folder import RunFolder

MINUTES = 1.75


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    help="Folder for what comes out.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Repeats a demo."
)
@device_options
def command(out: Path, seed: int, device: str) -> None:
    """Learn from the embedded corpus for two minutes and write: loss plot and samples."""
    plugins = load()
    RunFolder(out / "run").check_is_new()
    from hwsynth import backend

    backend.prepare(device)
