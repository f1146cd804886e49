"""What was drawn of a line, and bookmarks in it from which drawing goes on.

A line that begins as another one did need not be run through from its first point: a bookmark
holds what the model remembered on the way.

Axis names: batch (lines side by side), points (of one line), features (of a row).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
State = Sequence[NDArray]
"""The parts of a model's state: numbers (batch, …), and perhaps a clock (1,) of whole steps."""


@dataclass(frozen=True)
class Bookmark:
    """A point of a line."""

    point: int
    """Rows before it."""
    state: State
    """Of this line alone, before the last of those rows goes in."""
    ended: int
    """Characters that have ended before it."""


@dataclass(frozen=True)
class Track:
    """What was drawn of a line."""

    rows: Rows
    """(points, features)."""
    bookmarks: tuple[Bookmark, ...] = ()
    """In the order of their points."""

    def __len__(self) -> int:
        return len(self.rows)

    def up_to(self, point: int) -> Track:
        """The rows before that point."""
        known = (each for each in self.bookmarks if each.point <= point)
        return Track(self.rows[:point], tuple(known))


def begun(fresh: State, held: Sequence[Track | None]) -> list[Bookmark]:
    """Where lines begin that are drawn side by side, each held to a track or to none: at its last
    bookmark, or at its first point. `fresh`: the state of them all before that."""
    known = [
        (Bookmark(0, state, 0), *(track.bookmarks if track else ()))
        for state, track in zip(apart(fresh, len(held)), held, strict=True)
    ]
    if any(map(_is_clock, fresh)):
        # One clock tells the time of all of them, and so they begin at the same point.
        shared = max(set.intersection(*({each.point for each in line} for line in known)))
        known = [tuple(each for each in line if each.point == shared) for line in known]
    return [line[-1] for line in known]


def apart(state: State, batch: int) -> list[State]:
    """The state of so many lines -> that of each alone."""
    return [
        [part if _is_clock(part) else part[place : place + 1] for part in state]
        for place in range(batch)
    ]


def together(states: Sequence[State]) -> State:
    """The states of lines alone -> that of all of them."""
    parts = zip(*states, strict=True)
    return [part[0] if _is_clock(part[0]) else np.concatenate(part) for part in parts]


def _is_clock(part: NDArray) -> bool:
    return part.ndim == 1 and np.issubdtype(part.dtype, np.integer)
