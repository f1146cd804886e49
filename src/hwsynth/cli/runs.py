"""hwsynth runs"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from hwsynth.cli.options import STDOUT, console, json_option, say, write_json
from hwsynth.errors import UsageError, unknown
from hwsynth.run_figures import BrokenRun, RunFigures, figures_in

NOTHING = "–"
"""Shown for what is not known, or not measured."""


@dataclass(frozen=True)
class Shown:
    """A run as it is listed."""

    name: str
    """Its folder, seen from the folder that was asked for."""
    run: RunFigures
    split: str | None
    """Whose evaluation is shown; None: the newest."""

    def figure(self, key: str) -> Any:
        """Of the evaluation; None where there is none."""
        found = self.run.evaluation(self.split)
        return found.figures.get(key) if found else None


@dataclass(frozen=True)
class Column:
    """What is told of every run."""

    heading: str
    value: Callable[[Shown], Any]
    """What is sorted by; None where it is not known."""
    text: Callable[[Any], str] = str
    """The value for people."""
    right: bool = True
    """Whether it is aligned there."""


def _count(value: int) -> str:
    return f"{value:,}"


def _nats(places: int) -> Callable[[float], str]:
    return lambda value: f"{value:,.{places}f}"


def _share(value: float) -> str:
    return "finished" if value >= 1 else f"{100 * value:.0f} %"


COLUMNS: Mapping[str, Column] = {
    "run": Column("run", lambda shown: shown.name, right=False),
    "dataset": Column("dataset", lambda shown: shown.run.record.dataset.name, right=False),
    "core": Column("core", lambda shown: shown.run.core, right=False),
    "parameters": Column("parameters", lambda shown: shown.run.record.parameters, _count),
    "steps": Column("steps", lambda shown: _progress(shown, "step"), _count),
    "minutes": Column("minutes", lambda shown: _progress(shown, "minutes"), _nats(1)),
    "used": Column("budget", lambda shown: shown.run.used, _share),
    "speed": Column("points/s", lambda shown: shown.run.points_per_second, lambda v: f"{v:,.0f}"),
    "best": Column("nats/point", lambda shown: _progress(shown, "best"), _nats(3)),
    "graves": Column(
        "Graves nats/sequence", lambda shown: shown.figure("graves_nats_per_sequence"), _nats(1)
    ),
    "split": Column("split", lambda shown: _split(shown), right=False),
    "begun": Column(
        "begun", lambda shown: shown.run.record.created, lambda v: v[:16].replace("T", " ")
    ),
}
"""By the names that --sort and --columns take, in the order of the table."""

DEFAULT = tuple(name for name in COLUMNS if name != "begun")
DISPENSABLE = ("dataset", "minutes", "parameters", "steps", "split", "speed", "best", "used")
"""What is left out of the table first where the terminal is narrow."""


def _progress(shown: Shown, field: str) -> Any:
    return getattr(shown.run.progress, field) if shown.run.progress else None


def _split(shown: Shown) -> str | None:
    found = shown.run.evaluation(shown.split)
    return found.split if found else None


def _chosen(context: click.Context, parameter: click.Parameter, given: str | None) -> list[str]:
    """--columns as a list. Raises UsageError where one does not exist."""
    names = [name.strip() for name in given.split(",")] if given is not None else list(DEFAULT)
    for name in names:
        if name not in COLUMNS:
            raise UsageError(unknown("column", name, COLUMNS))
    return names


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("runs"), metavar="[FOLDER]")
@click.option(
    "--sort",
    type=click.Choice(list(COLUMNS)),
    default="begun",
    show_default=True,
    metavar="COLUMN",
    help="Ascending by this one; what is not known comes last.",
)
@click.option(
    "--columns",
    callback=_chosen,
    metavar="NAME,…",
    help=f"Which ones, of: {', '.join(COLUMNS)}.  [default: all but begun]",
)
@click.option(
    "--split", metavar="NAME", help="Whose evaluation is shown.  [default: the newest one]"
)
@click.option("--markdown", is_flag=True, help="Print the table as Markdown, for pasting.")
@json_option
def command(**given: Any) -> None:
    """List runs with their figures.

    Looks for runs in FOLDER, runs/ by default, and in all folders there.
    """
    found, broken = figures_in(given["folder"])
    runs = [Shown(_name(path, given["folder"]), run, given["split"]) for path, run in found.items()]
    runs.sort(key=_order(COLUMNS[given["sort"]]))
    write_json(_as_json(runs, broken), given["json_file"])
    if given["json_file"] == STDOUT:
        return
    if given["markdown"]:
        click.echo(_markdown(runs, given["columns"]))
    else:
        _print(runs, given["columns"], given["folder"], bool(broken))
    for each in broken:
        click.echo(f"left out: {each.reason}", err=True)


def _name(path: Path, folder: Path) -> str:
    relative = path.relative_to(folder)
    return str(relative) if relative.parts else path.resolve().name


def _order(column: Column) -> Callable[[Shown], tuple[bool, Any]]:
    def key(shown: Shown) -> tuple[bool, Any]:
        value = column.value(shown)
        return value is None, 0 if value is None else value

    return key


def _cells(shown: Shown, columns: Iterable[str]) -> list[str]:
    values = [(COLUMNS[name], COLUMNS[name].value(shown)) for name in columns]
    return [NOTHING if value is None else column.text(value) for column, value in values]


def _print(runs: Sequence[Shown], columns: Sequence[str], folder: Path, broken: bool) -> None:
    if not runs:
        other = "other " if broken else ""
        say(f"there are no {other}runs in {folder}; make one with: hwsynth train")
        return
    kept = _fitting(runs, columns)
    table = _table(runs, kept)
    _printer(table).print(table)
    if missing := [name for name in columns if name not in kept]:
        say(f"too narrow for: {', '.join(missing)}; see --columns, or --json")
    if any(shown.run.stale for shown in runs):
        say("some evaluations are of older weights and not shown; again with: hwsynth evaluate")


def _printer(table: Table) -> Console:
    # Where there is no terminal, its width is a guess that nothing is to be cut to.
    if console.is_terminal:
        return console
    return Console(file=console.file, width=max(1, _width(table)), highlight=False)


def _fitting(runs: Sequence[Shown], columns: Sequence[str]) -> list[str]:
    """The columns that the terminal has room for."""
    kept = list(columns)
    for name in DISPENSABLE:
        if not console.is_terminal or _width(_table(runs, kept)) <= console.width:
            break
        kept = [each for each in kept if each != name]
    return kept


def _width(table: Table) -> int:
    return console.measure(table, options=console.options.update(max_width=10_000)).maximum


def _table(runs: Sequence[Shown], columns: Sequence[str]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in columns:
        column = COLUMNS[name]
        justify: JustifyMethod = "right" if column.right else "left"
        heading = column.heading.replace(" ", "\n")
        table.add_column(heading, justify=justify, vertical="bottom", overflow="fold")
    for shown in runs:
        table.add_row(*map(Text, _cells(shown, columns)))
    return table


def _markdown(runs: Sequence[Shown], columns: Sequence[str]) -> str:
    rows = [
        [COLUMNS[name].heading for name in columns],
        ["--:" if COLUMNS[name].right else "---" for name in columns],
        *([_escaped(cell) for cell in _cells(shown, columns)] for shown in runs),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _escaped(cell: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{letter}" if letter in r"\|`*_<[" else letter for letter in cell)


def _as_json(runs: Iterable[Shown], broken: Iterable[BrokenRun]) -> dict[str, Any]:
    return {
        "runs": [
            {
                **{name: column.value(shown) for name, column in COLUMNS.items()},
                "evaluations": [each.model_dump(mode="json") for each in shown.run.evaluations],
                "stale": [each.model_dump(mode="json") for each in shown.run.stale],
            }
            for shown in runs
        ],
        "problems": [{"run": str(each.path), "reason": each.reason} for each in broken],
    }
