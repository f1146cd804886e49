"""A hand that writes letters as zigzags of known sizes, for tests of what is done with ink."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hwsynth.ink import Ink

X_HEIGHT = 100.0
ADVANCE = 120.0
SPACE = 130.0
TALL = frozenset("bdfhklt") | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
DEEP = frozenset("gjpqy")


def plain_hand(
    runs: Sequence[str], *, climb: float = 0.0, below: float = 40.0, joins: bool = False
) -> list[Ink]:
    """Ink of each run. `climb` is Δy by Δx, `below` the baseline's y; where it `joins`, the pen
    is lifted after words alone."""
    return [_written(run, climb, below, joins) for run in runs]


def _written(run: str, climb: float, below: float, joins: bool) -> Ink:
    rows: list[tuple[float, float, bool]] = []
    ends: list[bool] = []
    x = 0.0
    for place, character in enumerate(run):
        if character == " ":
            x += SPACE - (ADVANCE - 80)
            continue
        lifts = not joins or run[place + 1 : place + 2] in ("", " ")
        rows += [(x + dx, y, False) for dx, y in _letter(character)]
        rows[-1] = (*rows[-1][:2], lifts)
        ends += [False] * (len(_letter(character)) - 1) + [True]
        x += ADVANCE
    points = np.array(rows, np.float64)
    points[:, 1] += below + climb * points[:, 0]
    return Ink(points.astype(np.float32), char_end=np.array(ends), text=run)


def _letter(character: str) -> list[tuple[float, float]]:
    top = -2 * X_HEIGHT if character in TALL else -X_HEIGHT
    bottom = X_HEIGHT if character in DEEP else 0.0
    if character in ".,":
        return [(0.0, -10.0), (5.0, 0.0)]
    if character == "-":
        return [(0.0, -50.0), (80.0, -50.0)]
    return [(0.0, top), (40.0, bottom), (80.0, top / 2)]
