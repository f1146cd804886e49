"""Timing side by side, and what a row of the report says."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

ROUNDS = 7
"""Of which the median counts."""
WARM_UP = 2
"""Rounds before that, with compiling."""
TURN_S = 0.3
"""Seconds that a turn lasts at least: what is quick runs again, as it does in its own work, where
no other program has just filled the caches."""
LEAST_ROUNDS = 3
"""Of what takes long."""
LONG_S = 30.0
"""Seconds of timed rounds after which no more than LEAST_ROUNDS are asked for."""


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
        sign = "≤" if self.bound == "at most" else "≥"
        return f"{self.of} {sign} {short(self.value)}"


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
        """The row of the report; a benchmark that cannot run here says why, as `skipped`."""
        started = time.perf_counter()
        try:
            figures, reason = self.run(context), None
        except SkippedError as error:
            figures, reason = None, str(error)
        return {
            "name": self.name,
            **self._measured(figures),
            "unit": self.unit,
            "target": self.target.value,
            "target_text": str(self.target),
            "what": self.what,
            "against": self.against,
            "skipped": reason,
            "took_s": time.perf_counter() - started,
            **(figures.more if figures else {}),
        }

    def _measured(self, figures: Figures | None) -> dict[str, Any]:
        if figures is None:
            return dict.fromkeys(("ours", "reference", "ratio", "met"))
        ratio = self._ratio(figures)
        return {
            "ours": figures.ours,
            "reference": figures.reference,
            "ratio": ratio,
            "met": self.target.met_by(figures.ours, ratio),
        }

    def _ratio(self, figures: Figures) -> float | None:
        """Our time over the reference's, whatever the unit."""
        if figures.reference is None:
            return None
        per_second = self.unit == "points/s"
        pair = (
            (figures.reference, figures.ours) if per_second else (figures.ours, figures.reference)
        )
        return pair[0] / pair[1]


def side_by_side(
    *actions: Callable[[], object], rounds: int = ROUNDS, warm_up: int = WARM_UP
) -> list[float]:
    """Median seconds of each action; they take turns, so that what else the machine does falls
    on all of them alike. What takes long gets fewer rounds."""
    for _ in range(warm_up):
        for action in actions:
            action()
    seconds: list[list[float]] = [[] for _ in actions]
    began = time.perf_counter()
    for round_ in range(1, rounds + 1):
        for action, taken in zip(actions, seconds, strict=True):
            taken += _turn(action)
        if round_ >= LEAST_ROUNDS and time.perf_counter() - began > LONG_S:
            break
    return [statistics.median(taken) for taken in seconds]


def _turn(action: Callable[[], object]) -> list[float]:
    """Seconds of each run in a turn."""
    taken: list[float] = []
    while sum(taken) < TURN_S:
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return taken


def short(figure: float | None) -> str:
    """As people read it: whole from 1,000 on, three digits from 1 on, else two; – for none."""
    if figure is None:
        return "–"
    if figure >= 1000:
        return f"{figure:,.0f}"
    return f"{figure:.3g}" if figure >= 1 else f"{figure:.2g}"
