"""Writes the figures of docs/speed.md anew, from what was measured into docs/speed:

    hwsynth bench --data DATA --json docs/speed/bench.json
    hwsynth bench --scaling docs/speed
    python docs/speed.py

What stands between `<!-- figures: NAME -->` and `<!-- end -->` is written here; a test says when
it is stale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hwsynth.bench.measuring import short

DOCS = Path(__file__).parent
PAGE = DOCS / "speed.md"
FOLDER = DOCS / "speed"
AXES = ("units", "steps", "batch", "modules", "corpus")

Report = Mapping[str, Any]


def main() -> None:
    """Replaces the figures in the page."""
    PAGE.write_text(page(PAGE.read_text("utf-8")), encoding="utf-8")


def page(text: str) -> str:
    """The page with the figures that the reports hold."""
    for name, lines in blocks().items():
        opening = f"<!-- figures: {name} -->"
        between = re.compile(f"{opening}.*?<!-- end -->", re.DOTALL)
        written = f"{opening}\n\n" + "\n".join(lines) + "\n\n<!-- end -->"
        text = between.sub(lambda _, written=written: written, text)
    return text


def blocks() -> dict[str, list[str]]:
    """Name of a place in the page -> its lines."""
    bench = _report("bench")
    return {
        "machine": [_machine(bench["machine"], bench["rows"])],
        "table": _table(
            ("", "ours", "reference", "unit", "ratio", "target", "met"),
            (_row(row) for row in bench["rows"]),
            right=(1, 2, 4),
        ),
        "words": _table(
            ("", "what", "beside"),
            ((f"`{row['name']}`", row["what"], row["against"]) for row in bench["rows"]),
        ),
        "step": _table(
            ("", "core", "head and loss", "optimiser", "input"),
            (_parts(row) for row in bench["rows"] if "core_ms" in row),
            right=(1, 2, 3, 4),
        ),
        "exponents": _table(
            ("axis", "curve", "sizes", "ms", "exponent", "of the largest three"),
            (_curve(axis, curve) for axis in AXES for curve in _report(axis)["curves"]),
            right=(4, 5),
        ),
    }


def _report(name: str) -> Report:
    file = FOLDER / f"{name if name == 'bench' else f'scaling-{name}'}.json"
    report: Report = json.loads(file.read_text("utf-8"))
    return report


def _machine(machine: Report, rows: Sequence[Report]) -> str:
    packages = ("tensorflow", "jax", "torch", "keras", "numpy")
    versions = [f"{name} {machine[name]}" for name in packages if name in machine]
    minutes = sum(row["took_s"] for row in rows) / 60
    return (
        f"Measured on {machine['cores']} cores of: {machine['processor']} "
        f"({', '.join(machine['extensions']) or 'no extensions'}), {machine['gpus'] or 'no'} GPU, "
        f"{machine['system']}, Python {machine['python']}, backend {machine['backend']}; "
        f"{', '.join(versions)}. It took {minutes:.0f} minutes."
    )


def _row(row: Report) -> list[str]:
    figures = [short(row[key]) for key in ("ours", "reference", "ratio")]
    met = {True: "yes", False: "no", None: "skipped"}[row["met"]]
    return [f"`{row['name']}`", *figures[:2], row["unit"], figures[2], row["target_text"], met]


def _parts(row: Report) -> list[str]:
    parts = ("core", "head_and_loss", "optimiser", "input")
    return [f"`{row['name']}`", *(f"{short(row[f'{part}_ms'])} ms" for part in parts)]


def _curve(axis: str, curve: Report) -> list[str]:
    sizes, ms = curve["sizes"], curve["ms"]
    exponents = [f"{curve[key]:.2f}" for key in ("exponent", "exponent_of_largest")]
    return [axis, curve["name"], _ends(sizes), _ends(ms), *exponents]


def _ends(figures: Sequence[float]) -> str:
    return f"{short(figures[0])} … {short(figures[-1])}"


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()
) -> list[str]:
    rule = ["--:" if column in right else "---" for column in range(len(headings))]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows)]


if __name__ == "__main__":
    main()
