"""Where the letters of a line stand: which points are whose, the baseline, the x-height.

Axis names: points, written (characters that own ink), letters (some of them).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import written
from hwsynth.errors import DataError
from hwsynth.ink import Ink

_LOW = frozenset("acemnorsuvwxz")
"""Letters that fill the height of an x, and nothing else."""
_TALL = frozenset("bdhklABCDEFGHIKLMNOPRSTUVWXZ0123456789")
"""Characters that rise from the baseline to the top."""
_ON_THE_LINE = _LOW | _TALL | frozenset("it")
"""Characters that stand on the baseline."""

_X_BY_TALL = 0.55
"""Height of an x by that of a tall letter, in common hands."""

_ENOUGH = 3
"""Fewer letters than these say nothing of where the line runs."""
_LONG = 8
"""Fewer letters than these say nothing of how it climbs."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """A straight line under a run of letters, in the ink's own unit."""

    start: float
    """y where x is 0."""
    climb: float = 0.0
    """Δy by Δx; y points down."""

    def at(self, x: NDArray[np.floating]) -> Floats:
        """y at each x, same shape."""
        return np.asarray(self.start + self.climb * x.astype(np.float64))


@dataclass(frozen=True)
class Letters:
    """The letters of lines that one hand wrote at one size."""

    baselines: Sequence[Baseline]
    """One a line."""
    x_height: float
    """In the inks' unit."""


def spans(ink: Ink) -> NDArray[np.int64]:
    """(written, 2): where each written character's points begin and stop.

    Raises DataError where the ink does not say where its characters end, or says it of more or
    fewer than its text has.
    """
    if ink.char_end is None or ink.text is None:
        raise DataError(f"{ink!r} does not say where its characters end; a page is set by them")
    stops = np.flatnonzero(ink.char_end) + 1
    if len(stops) != written(ink.text) or stops[-1] != len(ink):
        raise DataError(
            f"{ink!r} has {len(stops)} ends of characters in {len(ink)} points, the last at "
            f"{stops[-1] if len(stops) else 0}; its text has {written(ink.text)}, and the last "
            "ends with the ink"
        )
    return np.stack([np.append(0, stops[:-1]), stops], axis=1)


def stops_of_words(ink: Ink) -> NDArray[np.int64]:
    """(words,) where the points of each word stop. Raises DataError as `spans`."""
    last = np.cumsum([written(word) for word in (ink.text or "").split()])
    stops: NDArray[np.int64] = spans(ink)[last - 1, 1]
    return stops


def letters_of(inks: Sequence[Ink], x_height: float | None = None) -> Letters:
    """The baseline of each of some inks of one hand, and its x-height.

    Medians over letters of which is known where they stand. An ink with hardly any such letter
    takes the others' baseline; where there is none at all, all characters count as such. Where
    hardly any letter is as high as an x, that height is `x_height` if given, else is guessed
    from what there is. It is no more than `_ASTRAY` times that `x_height`, and no less than a part
    of it as small: of what is not legible, letters say nothing.
    """
    boxes = [_boxes(ink) for ink in inks]
    known = [_those(ink, _ON_THE_LINE) for ink in inks]
    if sum(map(np.sum, known)) < _ENOUGH:
        known = [np.ones_like(each) for each in known]
    fits = [_fit(box[which]) for box, which in zip(boxes, known, strict=True)]
    usual = float(np.median([fit.start for fit in fits if fit] or _bottoms(boxes, known)))
    baselines = [fit or Baseline(usual) for fit in fits]

    def heights(letters: frozenset[str]) -> Floats:
        return np.concatenate(
            [
                (line.at(_middles(box)) - box[:, 1])[_those(ink, letters)]
                for ink, line, box in zip(inks, baselines, boxes, strict=True)
            ]
        )

    low = heights(_LOW)
    if len(low) < _ENOUGH and x_height is not None:
        low = np.array([x_height])
    elif len(low) < _ENOUGH:
        low = np.append(low, _X_BY_TALL * heights(_TALL))
    if not len(low):
        # Marks alone: the largest is taken to be as large as an x.
        low = np.array([max(max(ink.width, ink.height) for ink in inks)])
    found = float(np.median(low))
    if x_height is not None:
        found = float(np.clip(found, x_height / _ASTRAY, x_height * _ASTRAY))
    return Letters(baselines, max(found, _LEAST))


_ASTRAY = 3.0

_LEAST = 1e-6
"""Of dots alone there is no height; a scale is needed all the same."""


def words_off(ink: Ink, line: Baseline) -> tuple[Floats, NDArray[np.int64]]:
    """(words,) how far each word lies below the baseline, and where it stops in points.

    The median of its letters, drawn towards 0 as they are few: one letter alone may be anywhere.
    """
    boxes, known = _boxes(ink), _those(ink, _ON_THE_LINE)
    below = boxes[:, 3] - line.at(_middles(boxes))
    last = np.cumsum([len(word) for word in (ink.text or "").split()])
    letters = [
        below[first:stop][known[first:stop]]
        for first, stop in zip([0, *last[:-1]], last, strict=True)
    ]
    off = [np.median(each) * len(each) / (len(each) + 1) if len(each) else 0.0 for each in letters]
    return np.array(off), stops_of_words(ink)


def _boxes(ink: Ink) -> Floats:
    """(written, 4): left, top, right, bottom of each character."""
    points = ink.points[:, :2].astype(np.float64)
    starts = spans(ink)[:, 0]
    least = np.minimum.reduceat(points, starts)
    return np.concatenate([least, np.maximum.reduceat(points, starts)], axis=1)


def _middles(boxes: Floats) -> Floats:
    """(letters,) x of the middle of each."""
    return np.asarray(boxes[:, [0, 2]].mean(axis=1))


def _those(ink: Ink, letters: frozenset[str]) -> NDArray[np.bool_]:
    """(written,) which characters are of `letters`, marks on them aside."""
    plain = [unicodedata.normalize("NFD", each)[0] for each in ink.text or "" if each.strip()]
    return np.array([each in letters for each in plain], bool)


def _bottoms(boxes: Sequence[Floats], known: Sequence[NDArray[np.bool_]]) -> Floats:
    return np.concatenate([box[which, 3] for box, which in zip(boxes, known, strict=True)])


def _fit(boxes: Floats) -> Baseline | None:
    """The line under letters (letters, 4) by Theil and Sen: medians, which a stray letter does
    not move. None for too few."""
    if len(boxes) < _ENOUGH:
        return None
    x, y = _middles(boxes), boxes[:, 3]
    climb = 0.0
    if len(boxes) >= _LONG:
        one, other = np.triu_indices(len(x), k=1)
        apart = x[other] - x[one]
        far = apart > np.ptp(x) / 4
        climb = float(np.median(((y[other] - y[one])[far]) / apart[far])) if far.any() else 0.0
    return Baseline(float(np.median(y - climb * x)), climb)
