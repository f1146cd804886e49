"""Timing side by side, and what a row of the report says."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

ROUNDS = 7
"""Of which the median counts."""
WARM_UP = 2
"""Rounds before that, with compiling."""


class SkippedError(Exception):
    """A benchmark whose reference or data is not there; the message says what is missing."""


@dataclass(frozen=True)
class Context:
    """What a benchmark may use."""

    data: Path | None
    """The folder with real handwriting, IAM-OnDB in its folder `iamondb`."""
    rounds: int = ROUNDS
    """Timed rounds."""


@dataclass(frozen=True)
class Figures:
    """What a benchmark found."""

    ours: float
    reference: float | None = None
    """In the same unit."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else is worth telling, a breakdown for instance."""


@dataclass(frozen=True)
class Target:
    """What is to be reached."""

    bound: Literal["at most", "at least"]
    value: float
    of: Literal["ratio", "ours"] = "ratio"
    """Whether it is the ratio or our own figure that is held to it."""

    def met_by(self, ours: float, ratio: float | None) -> bool:
        """Whether it is reached."""
        figure = ours if self.of == "ours" else ratio
        if figure is None:
            return False
        return figure <= self.value if self.bound == "at most" else figure >= self.value

    def __str__(self) -> str:
        what = "ratio" if self.of == "ratio" else "ours"
        return f"{what} {self.bound} {self.value:,.3g}"


@dataclass(frozen=True)
class Benchmark:
    """Something that is measured."""

    name: str
    what: str
    """In words."""
    against: str
    """What the reference is."""
    unit: Literal["ms", "s", "points/s", "MiB"]
    target: Target
    run: Callable[[Context], Figures]

    def row(self, context: Context) -> dict[str, Any]:
        """The row of the report; a benchmark that cannot run here says why."""
        told = {
            "name": self.name,
            "what": self.what,
            "against": self.against,
            "unit": self.unit,
            "target": self.target.value,
            "target_text": str(self.target),
        }
        try:
            figures = self.run(context)
        except SkippedError as reason:
            empty = dict.fromkeys(("ours", "reference", "ratio", "met"))
            return {**told, **empty, "skipped": str(reason)}
        ratio = self._ratio(figures)
        met = self.target.met_by(figures.ours, ratio)
        measured = {"ours": figures.ours, "reference": figures.reference, "ratio": ratio}
        return {**told, **measured, "met": met, "skipped": None, **figures.more}

    def _ratio(self, figures: Figures) -> float | None:
        """Our time over the reference's, whatever the unit."""
        if figures.reference is None:
            return None
        per_second = self.unit == "points/s"
        pair = (
            (figures.reference, figures.ours) if per_second else (figures.ours, figures.reference)
        )
        return pair[0] / pair[1]


def side_by_side(*actions: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median seconds of each action; they take turns, so that what else the machine does falls
    on all of them alike."""
    seconds: list[list[float]] = [[] for _ in actions]
    for round_ in range(WARM_UP + rounds):
        for action, taken in zip(actions, seconds, strict=True):
            started = time.perf_counter()
            action()
            if round_ >= WARM_UP:
                taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in seconds]


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    packages = ("hwsynth", "numpy", "keras", "tensorflow", "jax", "torch", "onnxruntime")
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version for name in packages if (version := _version(name))},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
