"""hwsynth presets"""

from __future__ import annotations

import click

from hwsynth.cli.options import console
from hwsynth.presets import find, of_record, preset_file, read_text, shipped
from hwsynth.run_folder import RunFolder


@click.command()
@click.argument("name", required=False, metavar="[NAME|RUN]")
def command(name: str | None) -> None:
    """List presets, or print one as TOML.

    With the folder of a run, print its options: hwsynth presets runs/mine > mine.toml
    """
    click.echo(_toml(name), nl=False) if name is not None else _list()


def _list() -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold cyan", no_wrap=True)
    for name, about in shipped().items():
        table.add_row(name, about)
    console.print(table)


def _toml(name: str) -> str:
    from hwsynth.presets.writing import toml_text

    file = preset_file(name)
    if file.suffix == ".toml":
        find(name)
        return read_text(file)
    record = RunFolder(file.parent).record()
    about = f"Options of {file.parent.resolve().name}, begun {record.created}"
    return toml_text(of_record(name, record), about)
