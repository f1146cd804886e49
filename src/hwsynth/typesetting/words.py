"""Ink cut into its words, and put together again.

Axis names: points, written (characters that own ink), words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwsynth.ink import Ink
from hwsynth.letters import letters_of, stops_of_words


def words_of(ink: Ink) -> list[Ink]:
    """The ink of each word, where it stands.

    A word is what stands between spaces. A stroke that runs on into the next word is cut.
    Raises DataError where the ink does not say where its characters end.
    """
    return cut(ink, stops_of_words(ink), (ink.text or "").split())


def cut(ink: Ink, stops: NDArray[np.int64], texts: Sequence[str]) -> list[Ink]:
    """The parts of `ink` that stop at (parts,) `stops`, in points, with their texts."""
    starts = np.append(0, stops[:-1])
    return [
        _part(ink, slice(*ends), text) for *ends, text in zip(starts, stops, texts, strict=True)
    ]


def _part(ink: Ink, where: slice, text: str) -> Ink:
    points = ink.points[where].copy()
    points[-1, 2] = 1
    ends = None if ink.char_end is None else ink.char_end[where]
    times = None if ink.times is None else ink.times[where]
    return replace(ink, points=points, char_end=ends, times=times, text=text)


def joined(inks: Sequence[Ink], separators: Sequence[str], **fields: str) -> Ink:
    """Inks as one, each where it stands; a separator stands before each text but the first.

    Ends of characters are kept where all have them; times are not.
    """
    ends = [ink.char_end for ink in inks if ink.char_end is not None]
    first, *further = (ink.text or "" for ink in inks)
    return Ink(
        np.concatenate([ink.points for ink in inks]),
        char_end=np.concatenate(ends) if len(ends) == len(inks) else None,
        text=first + "".join(map("".join, zip(separators, further, strict=True))),
        **fields,  # type: ignore[arg-type]
    )


def with_word_of(ink: Ink, other: Ink, index: int) -> Ink:
    """`ink` with its word `index` as `other`, ink of the same text, has it.

    The word stands where the old one stood, on the same baseline; what comes after moves by the
    difference of their widths. Raises DataError as `words_of`.
    """
    words, others = words_of(ink), words_of(other)
    here, there = letters_of([ink]).baselines[0], letters_of([other]).baselines[0]
    old, new = words[index].points[:, :2], others[index].points[:, :2]
    left = np.array([old[:, 0].min(), new[:, 0].min()], np.float64)
    across = left[0] - left[1]
    down = float(here.at(left[:1])[0] - there.at(left[1:])[0])
    words[index] = moved(others[index], across, down)
    after = float(np.ptp(new[:, 0]) - np.ptp(old[:, 0]))
    words[index + 1 :] = [moved(word, after, 0) for word in words[index + 1 :]]
    parts = joined(words, [" "] * (len(words) - 1))
    return replace(parts, text=ink.text, writer=ink.writer, id=ink.id, split=ink.split)


def moved(ink: Ink, across: float, down: float) -> Ink:
    """The ink moved by (across, down), in its own unit."""
    points = ink.points.astype(np.float64) + np.array([across, down, 0])
    return replace(ink, points=points.astype(np.float32))
