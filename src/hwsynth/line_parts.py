"""Long lines cut between words, into lines of their own."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator

import numpy as np

from hwsynth.alphabet import written
from hwsynth.ink import Ink


def parts(ink: Ink, most: int) -> list[Ink]:
    """The line in as few parts as have at most `most` characters each, all about as long.

    It is cut at spaces where the pen is lifted, and only where it is known which points are whose;
    what cannot be cut so stays longer. The parts are called by the line's id, a slash and a number.
    """
    if ink.text is None or ink.char_end is None or len(ink.text) <= most:
        return [ink]
    ends = np.flatnonzero(ink.char_end)
    if len(ends) != written(ink.text):
        return [ink]
    cuts = list(_cuts(ink, ends, most))
    if not cuts:
        return [ink]
    places = [0, *cuts, len(ink.text)]
    return [
        _part(ink, ends, start, stop, number)
        for number, (start, stop) in enumerate(itertools.pairwise(places), start=1)
    ]


def _cuts(ink: Ink, ends: np.ndarray, most: int) -> Iterator[int]:
    """Places of spaces in the text at which the line is cut."""
    text = ink.text or ""
    aim = len(text) / -(-len(text) // most)
    lifted = [
        space.start()
        for space in re.finditer(r"\s+", text)
        if ink.points[ends[written(text[: space.start()]) - 1], 2] == 1
    ]
    start = 0
    while len(text) - start > most:
        ahead = [place for place in lifted if place > start]
        within = [place for place in ahead if place - start <= most]
        if not ahead or (not within and ahead[0] >= len(text)):
            return
        # The nearest to an equal share, of those within reach; else the first beyond.
        start = min(within, key=lambda place: abs(place - start - aim)) if within else ahead[0]
        yield start


def _part(ink: Ink, ends: np.ndarray, start: int, stop: int, number: int) -> Ink:
    text = ink.text or ""
    before, after = written(text[:start]), written(text[:stop])
    first = ends[before - 1] + 1 if before else 0
    last = ends[after - 1] + 1 if after < len(ends) else len(ink)
    here = slice(int(first), int(last))
    return dataclasses.replace(
        ink,
        points=ink.points[here],
        times=None if ink.times is None else ink.times[here],
        char_end=None if ink.char_end is None else ink.char_end[here],
        text=text[start:stop].strip(),
        id=f"{ink.id}/{number}",
    )
