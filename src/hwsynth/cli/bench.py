"""hwsynth bench"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from hwsynth.atomic import check_place
from hwsynth.cli.options import STDOUT, console, device_options, json_option, say, write_json
from hwsynth.errors import UsageError, unknown


@click.command()
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="One benchmark; may be given again.  [default: all]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Folder with IAM-OnDB in `iamondb`.  [default: $HWSYNTH_TEST_DATA]",
)
@json_option
@device_options
def command(only: Sequence[str], data: Path | None, json_file: Path | None, device: Any) -> None:
    """Measure speed beside public references, by turns in one run."""
    if data is None and (given := os.environ.get("HWSYNTH_TEST_DATA")):
        data = Path(given)
    if json_file not in (None, STDOUT):
        check_place(json_file)
    from hwsynth import backend

    backend.prepare(device)
    from hwsynth.bench.measuring import Context, machine
    from hwsynth.bench.rows import BENCHMARKS

    names = [benchmark.name for benchmark in BENCHMARKS]
    for name in only:
        if name not in names:
            raise UsageError(unknown("benchmark", name, names))
    rows = []
    for benchmark in BENCHMARKS:
        if only and benchmark.name not in only:
            continue
        rows.append(benchmark.row(Context(data)))
        if json_file != STDOUT:
            say(_line(rows[-1]))
    report = {"machine": {**machine(), "backend": backend.name()}, "rows": rows}
    write_json(report, json_file)
    if json_file != STDOUT:
        console.print(_table(rows))


def _line(row: Mapping[str, Any]) -> str:
    if row["skipped"]:
        return f"{row['name']}: skipped, {row['skipped']}"
    return f"{row['name']}: {_figure(row['ours'])} {row['unit']}"


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table()
    table.add_column("benchmark")
    for column in ("ours", "reference", "ratio"):
        table.add_column(column, justify="right")
    for column in ("unit", "target", "met"):
        table.add_column(column)
    for row in rows:
        met = {True: "yes", False: "no", None: "skipped"}[row["met"]]
        figures = (_figure(row[key]) for key in ("ours", "reference", "ratio"))
        table.add_row(row["name"], *figures, row["unit"], row["target_text"], met)
    return table


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
