"""What a file's coordinates and samples are in millimetres and seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hwsynth_unipen.recording import Setting

MM_PER_INCH = 25.4

PEN_WINDOWS = b"1000"
"""Points per inch of Windows for Pen Computing. They are taken where a file states no resolution:
those of contributor `phi`, which say 'PenWindows coordinates' in a comment."""

COLUMNS = {"X", "Y", "T", "P", "Z", "B", "BUTTON", "RHO", "THETA", "PHI"}

MILLISECONDS, MICROSECONDS = 1e3, 1e6

_OF_PEN_WINDOWS = {"x_points_per_inch": PEN_WINDOWS, "y_points_per_inch": PEN_WINDOWS}

CORRECTIONS: dict[str, dict[str, bytes]] = {
    # Said to be of another tablet than apc, apd and ape: letters would be 18 mm tall, not 4.
    "apb": {
        "x_points_per_inch": b"680",
        "y_points_per_inch": b"680",
        "points_per_second": b"80",
    },
    # 3 points a letter are said, 28 are there.
    "art": {"points_per_second": b"100"},
    # The pen would turn 16 times a second, twice as often as anyone else's.
    "sta": {"points_per_second": b"100"},
    # What is said is the sensor's; letters would be 10, 8 and 16 mm tall, not 4, 4 and 4.
    **dict.fromkeys(("bba", "bbb", "bbc", "bbd", "lex", "scr"), _OF_PEN_WINDOWS),
}
"""Contributor -> what its files must mean."""

_TICKS = {"atu": MICROSECONDS}
"""Contributor -> units of its column T in a second, where they are not milliseconds: at the 200
samples a second that it states, T grows by 5000."""


@dataclass(frozen=True)
class Units:
    """How to read a component's numbers."""

    columns: tuple[str, ...]
    per_mm: tuple[float, float]
    """Coordinates in x and y."""
    period: float | None
    """Seconds from sample to sample; None: not said."""
    ticks: float = MILLISECONDS
    """Of column T in a second."""


def units_of(setting: Setting, contributor: str, *, corrected: bool) -> Units:
    """Raises ValueError where something that is needed is missing or no number."""
    ticks = MILLISECONDS
    if corrected:
        setting = _corrected(setting, contributor)
        ticks = _TICKS.get(contributor, ticks)
    columns = tuple(setting.coord.decode("iso-8859-1").upper().split())
    if not {"X", "Y"} <= set(columns) <= COLUMNS or len(set(columns)) < len(columns):
        raise ValueError(f"columns {' '.join(columns)[:40] or 'not stated'}; X and Y are needed")
    rate = _number(setting, "points_per_second")
    if rate is None and "T" not in columns:
        raise ValueError("neither points per second nor a column T")
    return Units(columns, (_per_mm(setting, "x"), _per_mm(setting, "y")), rate and 1 / rate, ticks)


def _corrected(setting: Setting, contributor: str) -> Setting:
    correction = CORRECTIONS.get(contributor, {})
    if "x_points_per_inch" in correction:
        setting = replace(setting, x_points_per_mm=None, y_points_per_mm=None)
    return replace(setting, **correction)


def _per_mm(setting: Setting, axis: str) -> float:
    per_mm = _number(setting, f"{axis}_points_per_mm")
    per_inch = _number(setting, f"{axis}_points_per_inch")
    return per_mm or (per_inch or float(PEN_WINDOWS)) / MM_PER_INCH


def _number(setting: Setting, name: str) -> float | None:
    value = getattr(setting, name)
    if value is None:
        return None
    number = float(value.split()[0]) if value.split() else math.nan
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} {value[:40].decode('iso-8859-1')!r}")
    return number
