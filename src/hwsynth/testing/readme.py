"""What a package's README says of the options of its components."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hwsynth.contracts import Component
from hwsynth.settings import OptionDescription, as_text, describe
from hwsynth.testing.comparing import fail

HEADER = "| Option |"
"""How a table of options begins."""


def check_readme(component: type[Component], readme: Path) -> None:
    """Holds a README to the options of a component: one of its tables, whose head begins with
    `| Option |`, has all of them and no other, each as `option_row` writes it.

    Raises AssertionError with the rows that the nearest table lacks or has too many.
    """
    wanted = [option_row(option) for option in describe(component)]
    tables = list(_tables(readme.read_text(encoding="utf-8")))
    if wanted in tables or not wanted:
        return
    nearest = max(tables, key=lambda rows: len(set(rows) & set(wanted)), default=[])
    lacking = [row for row in wanted if row not in nearest]
    strange = [row for row in nearest if row not in wanted]
    fail(
        f"the README lists the options of {component.name}",
        f"{readme}: a table '{HEADER} Allowed | Default | |' must have\n"
        + "\n".join(lacking or wanted)
        + ("\nand must not have\n" + "\n".join(strange) if strange else ""),
    )


def option_row(option: OptionDescription) -> str:
    """An option as a row of a table in Markdown: name, what is allowed, default, help."""
    cells = [
        f"`{option.name}`",
        option.type.replace("|", " or "),
        as_text(option.default),
        option.help.replace("|", r"\|"),
    ]
    return f"| {' | '.join(cells)} |"


def _tables(text: str) -> Iterator[list[str]]:
    """The rows of each table of options, without its head."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(HEADER):
            next(lines, "")
            yield list(_rows(lines))


def _rows(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield line
