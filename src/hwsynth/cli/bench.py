"""hwsynth bench"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.table import Table

from hwsynth.cli.options import STDOUT, console, device_options, json_option, say, write_json
from hwsynth.errors import UsageError, unknown

if TYPE_CHECKING:
    from hwsynth.bench.measuring import Benchmark
    from hwsynth.bench.scaling import Axis

    Named = TypeVar("Named", Benchmark, Axis)


@click.command()
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="One benchmark, or one axis of --scaling; may be given again.  [default: all]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Folder with IAM-OnDB in `iamondb`.  [default: $HWSYNTH_TEST_DATA]",
)
@click.option(
    "--scaling",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Measure how cost grows instead, and put figures and a plot of each axis there.",
)
@json_option
@device_options
def command(
    only: Sequence[str],
    data: Path | None,
    scaling: Path | None,
    json_file: Path | None,
    device: Any,
) -> None:
    """Measure speed beside public references, by turns in one run.

    Takes about six minutes on two idle cores; what is missing here is said to be skipped.
    """
    if scaling is not None and json_file is not None:
        raise UsageError("--scaling puts its figures into its folder; leave --json out")
    from hwsynth import backend

    backend.prepare(device)
    if scaling is not None:
        _measure_scaling(only, scaling)
    else:
        _measure_rows(only, data, json_file)


def _measure_rows(only: Sequence[str], data: Path | None, json_file: Path | None) -> None:
    from hwsynth.bench.machine import machine
    from hwsynth.bench.measuring import Context
    from hwsynth.bench.rows import BENCHMARKS

    if data is None and (given := os.environ.get("HWSYNTH_TEST_DATA")):
        data = Path(given)
    started = time.monotonic()
    chosen = _chosen("benchmark", BENCHMARKS, only)
    rows = []
    for number, benchmark in enumerate(chosen, start=1):
        _tell(f"{number}/{len(chosen)} {benchmark.name} … ")
        rows.append(benchmark.row(Context(data)))
        _tell(f"{_outcome(rows[-1])}\n")
    write_json({"machine": machine(), "rows": rows}, json_file)
    if json_file != STDOUT:
        _show(rows, time.monotonic() - started)


def _chosen(kind: str, there: Sequence[Named], only: Sequence[str]) -> list[Named]:
    """Those named, or all. Raises UsageError where one does not exist."""
    names = [each.name for each in there]
    for name in only:
        if name not in names:
            raise UsageError(unknown(kind, name, names))
    return [each for each in there if not only or each.name in only]


def _tell(text: str) -> None:
    """Of work that goes on: apart from what comes of it. Nothing moves while it is measured."""
    click.echo(text, nl=False, err=True)


def _outcome(row: Mapping[str, Any]) -> str:
    from hwsynth.bench.measuring import short

    return "skipped" if row["skipped"] else f"{short(row['ours'])} {row['unit']}"


def _show(rows: Sequence[Mapping[str, Any]], seconds: float) -> None:
    console.print(_table(rows))
    for reason in dict.fromkeys(row["skipped"] for row in rows if row["skipped"]):
        names = [row["name"] for row in rows if row["skipped"] == reason]
        say(f"skipped: {', '.join(names)}: {reason}")
    met = [row["met"] for row in rows if row["met"] is not None]
    say(f"{sum(met)} of {len(met)} targets met; {seconds / 60:.1f} minutes")


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Within 80 columns."""
    from hwsynth.bench.measuring import short

    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("benchmark", no_wrap=True)
    for heading in ("ours", "reference"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    table.add_column("ratio", justify="right")
    table.add_column("target", no_wrap=True)
    table.add_column("met")
    for row in rows:
        ours, reference, ratio = (short(row[key]) for key in ("ours", "reference", "ratio"))
        met = {True: "yes", False: "no", None: "–"}[row["met"]]
        table.add_row(row["name"], ours, reference, row["unit"], ratio, row["target_text"], met)
    return table


def _measure_scaling(only: Sequence[str], folder: Path) -> None:
    from hwsynth.bench.machine import machine
    from hwsynth.bench.scaling import AXES
    from hwsynth.bench.scaling import plot as draw

    chosen = _chosen("axis", AXES, only)
    folder.mkdir(parents=True, exist_ok=True)
    for axis in chosen:
        report = axis.report(lambda text: _tell(f"{text}\n"))
        write_json({"machine": machine(), **report}, folder / f"scaling-{axis.name}.json")
        draw(report, folder / f"scaling-{axis.name}.svg")
        for curve in report["curves"]:
            say(f"{axis.name}: {curve['name']}: {_exponents(curve)}")


def _exponents(curve: Mapping[str, Any]) -> str:
    whole, largest = curve["exponent"], curve["exponent_of_largest"]
    return f"grows with exponent {whole:.2f}, of the largest sizes {largest:.2f}"
