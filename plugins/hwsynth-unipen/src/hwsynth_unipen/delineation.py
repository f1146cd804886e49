"""Which samples a segment is made of: `3-5`, `3:10-5:2`, `7`, and lists of these with commas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_PIECE = re.compile(
    r"(?P<first>\d{1,9})(?::(?P<start>\d{1,9}))?(?:-(?P<last>\d{1,9})(?::(?P<end>\d{1,9}))?)?"
)


@dataclass(frozen=True, order=True)
class Piece:
    """Components `first` to `last`, from sample `start` of the first to sample `end` of the last,
    all of them included and counted from 0; an `end` of None is the last sample."""

    first: int
    start: int
    last: int
    end: int | None


def pieces(delineation: str) -> Sequence[Piece]:
    """The pieces in the order of time. Raises ValueError for what is not a delineation, or names
    a component in two pieces that do not meet in it."""
    found = sorted(
        map(_piece, delineation.split(",")), key=lambda piece: (piece.first, piece.start)
    )
    for before, after in pairwise(found):
        met = before.last == after.first and before.end is not None and before.end < after.start
        if not (before.last < after.first or met):
            raise ValueError(f"{delineation!r} names samples twice")
    return found


def _piece(text: str) -> Piece:
    match = _PIECE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form A[:M]-B[:N]")
    first, start = int(match["first"]), int(match["start"] or 0)
    last = int(match["last"] or first)
    if match["last"] is None and match["start"] is not None:
        raise ValueError(f"{text!r} begins within a component and has no end")
    end = None if match["end"] is None else int(match["end"])
    if last < first or (last == first and end is not None and end < start):
        raise ValueError(f"{text!r} ends before it begins")
    return Piece(first, start, last, end)
