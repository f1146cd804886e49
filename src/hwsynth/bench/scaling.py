"""How cost grows with units, steps, batch, modules and the size of a corpus.

A cost that grows like a power of the size, s = a·n^k, is a straight line of slope k in logarithms
of both: the exponents here are slopes of least squares.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwsynth.bench.loading import read_cold
from hwsynth.bench.measuring import side_by_side
from hwsynth.bench.references import notebook_reader
from hwsynth.bench.training import our_pass
from hwsynth.bench.written_archive import ARCHIVE, write_archive
from hwsynth.corpus import open_corpus
from hwsynth.datasets.iam import Iam
from hwsynth.plots import growth_plot

ROUNDS = 3
LARGE = 3
"""How many of the largest sizes the second exponent is of."""


@dataclass(frozen=True)
class Axis:
    """Something that may grow."""

    name: str
    what: str
    """In words, with what stays as it is."""
    sizes: Sequence[int]
    measure: Callable[[int], Mapping[str, float]]
    """Seconds at a size, by curve; a curve may end before the largest."""

    def report(self, progress: Callable[[str], object]) -> dict[str, Any]:
        """Sizes and milliseconds of every curve, and its exponents. `progress` is told of each
        size."""
        curves: dict[str, dict[str, list]] = {}
        for size in self.sizes:
            progress(f"{self.name} {size:,}")
            for name, seconds in self.measure(size).items():
                curve = curves.setdefault(name, {"sizes": [], "ms": []})
                curve["sizes"].append(size)
                curve["ms"].append(1000 * seconds)
        told = [{"name": name, **curve, **_exponents(**curve)} for name, curve in curves.items()]
        return {"axis": self.name, "what": self.what, "curves": told}


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """k of costs = a·sizes^k, by least squares over the logarithms; two sizes at least."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def _exponents(sizes: Sequence[float], ms: Sequence[float]) -> dict[str, float]:
    return {
        "exponent": exponent(sizes, ms),
        "exponent_of_largest": exponent(sizes[-LARGE:], ms[-LARGE:]),
    }


def plot(report: Mapping[str, Any], path: Path) -> None:
    """Draws a report of an axis as SVG."""
    curves = {
        f"{curve['name']}, exponent {curve['exponent']:.2f}": (curve["sizes"], curve["ms"])
        for curve in report["curves"]
    }
    growth_plot(curves, path, size=report["what"], cost="ms")


def _training(*cores: tuple[str, str, Mapping[str, Any]]) -> dict[str, float]:
    """Seconds of a pass, by curve, of (curve, core, options)."""
    passes = {curve: our_pass(core, **options) for curve, core, options in cores}
    return dict(zip(passes, side_by_side(*passes.values(), rounds=ROUNDS), strict=True))


LARGEST_LSTM = 1024
"""Units; with twice as many a pass takes seconds."""


def _units(units: int) -> dict[str, float]:
    lstm = [("lstm", "lstm", {"units": units})] if units <= LARGEST_LSTM else []
    return _training(("cwrnn", "cwrnn", {"units": units}), *lstm)


def _both(**shape: int) -> dict[str, float]:
    return _training(("cwrnn", "cwrnn", shape), ("lstm", "lstm", shape))


def _modules(modules: int) -> dict[str, float]:
    sizes = {"1024 units in all": 1024, "128 units a module": 128 * modules}
    return _training(
        *((name, "cwrnn", {"modules": modules, "units": units}) for name, units in sizes.items())
    )


def _corpus(lines: int) -> dict[str, float]:
    """An archive in IAM-OnDB's form of so many synthetic lines, so that anyone may repeat it."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as kept:
        place = Path(folder)
        write_archive(place / ARCHIVE, lines)
        actions = {
            "xml.etree": lambda: notebook_reader(place / ARCHIVE),
            "cold": lambda: read_cold(place),
            "warm": lambda: open_corpus(Iam(), place, cache_folder=Path(kept)),
        }
        # Nothing is compiled here: once is enough for the files to be in memory.
        seconds = side_by_side(*actions.values(), rounds=ROUNDS, warm_up=1)
        return dict(zip(actions, seconds, strict=True))


AXES = (
    Axis(
        "units",
        "units, at 50 lines of 300 steps; cwrnn of 8 modules",
        (32, 64, 128, 256, 512, 1024, 2048),
        _units,
    ),
    Axis(
        "steps",
        "steps, at 50 lines; cwrnn of 8 modules of 128, lstm of 400 units",
        (40, 75, 150, 300, 600, 1200),
        lambda steps: _both(steps=steps),
    ),
    Axis(
        "batch",
        "lines in a batch, of 300 steps; cwrnn of 8 modules of 128, lstm of 400 units",
        (1, 4, 16, 32, 64, 128, 256),
        lambda batch: _both(batch=batch),
    ),
    Axis(
        "modules",
        "modules of a cwrnn, of periods 1, 2, 4, …, at 50 lines of 300 steps",
        (1, 2, 3, 4, 6, 8),
        _modules,
    ),
    Axis(
        "corpus",
        "lines in an archive of IAM-OnDB's form, read whole",
        (125, 250, 500, 1000, 2000, 4000),
        _corpus,
    ),
)
