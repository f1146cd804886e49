"""Words of a text, the ink that they own, and one of them put in another's place.

A space belongs to the word after it, which is written so far from the one before.

Axis names: points (of one line).
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np
from numpy.typing import NDArray

from hwsynth.ink import Ink
from hwsynth.letters import stops_of_words


def spans(text: str) -> list[tuple[int, int]]:
    """Where in a text each word begins and ends."""
    return [match.span() for match in re.finditer(r"\S+", text)]


def points_of_words(ink: Ink) -> list[slice]:
    """The points of each word of a line, by the ends of its characters.

    Raises DataError where its text and ends are not known, or do not agree.
    """
    stops = stops_of_words(ink).tolist()
    return [slice(start, stop) for start, stop in zip([0, *stops[:-1]], stops, strict=True)]


def with_word(ink: Ink, word: int, other: Ink) -> Ink:
    """`ink` with its word at that place as `other` has it, a line that begins as `ink` does and
    ends with the word. What follows is moved so that it is as far from the word as it was."""
    old = points_of_words(ink)[word]
    new = slice(old.start, len(other))
    moved = ink.points[old.stop :].copy()
    moved[:, 0] += _right(other.points[new]) - _right(ink.points[old])
    parts = (ink.points[: old.start], other.points[new], moved)
    ends = (_ends(ink)[: old.start], _ends(other)[new], _ends(ink)[old.stop :])
    return dataclasses.replace(
        ink, points=np.concatenate(parts), char_end=np.concatenate(ends), times=None
    )


def _right(points: NDArray[np.float32]) -> np.float32:
    return points[:, 0].max()  # type: ignore[no-any-return]


def _ends(ink: Ink) -> NDArray[np.bool_]:
    return np.asarray(ink.char_end, np.bool_)
