"""Accents drawn as pen strokes on letters that are written already.

Axis names: points (of a line, or of one stroke). Shapes are in x-heights, y downwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import written
from hwsynth.ink import Ink
from hwsynth.letters import spans
from hwsynth.text import Accent

Floats = NDArray[np.float64]
Point = tuple[float, float]
Where = Literal["above", "below", "hung", "beside", "over", "stem", "through", "across"]
"""above, below: clear of the letter; hung: at its foot; beside: at its upper right; over: on what
rises from its body; stem: half-way up its left; through: its middle; across: its middle too, and
as long as it needs to be."""


@dataclass(frozen=True)
class Shape:
    """A mark as it is written, before it has a place."""

    where: Where
    """Which part of the letter (0, 0) is."""
    strokes: Sequence[Sequence[Point]]
    """Points of each. (0, 0) is the foot of a mark above, the head of one below."""


def _arc(width: float, height: float, start: float, stop: float, steps: int = 9) -> list[Point]:
    """Part of an ellipse about its middle, from turn to turn; 0 is right, 0.25 below."""
    turns = 2 * np.pi * np.linspace(start, stop, steps)
    return [(width / 2 * np.cos(turn), height / 2 * np.sin(turn)) for turn in turns]


def _shifted(points: Sequence[Point], x: float, y: float = 0.0) -> list[Point]:
    return [(px + x, py + y) for px, py in points]


_DOT = [(-0.02, -0.07), (0.02, -0.02)]
_ACUTE = [(0.15, -0.36), (0.02, -0.17), (-0.11, 0.0)]
_WAVE = [(0.62 * (t - 0.5), -0.13 - 0.1 * np.sin(2 * np.pi * t)) for t in np.linspace(0, 1, 9)]

STROKES: Mapping[str, Shape] = {
    "\u0300": Shape("above", [[(-0.17, -0.36), (-0.05, -0.17), (0.1, 0.0)]]),
    "\u0301": Shape("above", [_ACUTE]),
    "\u0302": Shape(
        "above", [[(-0.24, 0.0), (-0.1, -0.19), (0.01, -0.32), (0.11, -0.18), (0.24, 0)]]
    ),
    "\u0303": Shape("above", [_WAVE]),
    "\u0304": Shape("above", [[(-0.28, -0.1), (0.0, -0.12), (0.28, -0.11)]]),
    "\u0306": Shape("above", [_shifted(_arc(0.5, 0.5, 0.47, 0.03), 0, -0.27)]),
    "\u0307": Shape("above", [_DOT]),
    "\u0308": Shape("above", [_shifted(_DOT, -0.17), _shifted(_DOT, 0.17)]),
    "\u0309": Shape(
        "above", [[*_shifted(_arc(0.26, 0.24, 0.5, 1.2), 0, -0.28), (0.0, -0.1), (0, 0)]]
    ),
    "\u030a": Shape("above", [_shifted(_arc(0.32, 0.32, -0.25, 0.8, 13), 0, -0.16)]),
    "\u030b": Shape("above", [_shifted(_ACUTE, -0.12), _shifted(_ACUTE, 0.16)]),
    "\u030c": Shape(
        "above", [[(-0.24, -0.32), (-0.11, -0.15), (0.0, 0.0), (0.1, -0.16), (0.24, -0.32)]]
    ),
    "\u031b": Shape("beside", [[(-0.06, 0.12), (0.1, 0.1), (0.17, -0.02), (0.12, -0.14)]]),
    "\u0323": Shape("below", [_shifted(_DOT, 0, 0.07)]),
    "\u0326": Shape("below", [[(0.05, 0.0), (0.05, 0.13), (-0.06, 0.28)]]),
    "\u0327": Shape(
        "hung",
        [[(0.0, -0.16), (-0.03, 0.02), (0.1, 0.06), (0.12, 0.18), (0.0, 0.27), (-0.13, 0.23)]],
    ),
    "\u0328": Shape(
        "hung", [[(0.14, -0.16), (0.02, 0.0), (0.0, 0.16), (0.11, 0.23), (0.22, 0.17)]]
    ),
    "\u0331": Shape("below", [[(-0.28, 0.1), (0.0, 0.12), (0.28, 0.11)]]),
    "\u0335": Shape("over", [[(-0.3, 0.02), (0.0, 0.0), (0.3, -0.03)]]),
    "\u0336": Shape("stem", [[(-0.22, 0.02), (0.0, 0.0), (0.32, -0.03)]]),
    "\u0337": Shape("through", [[(-0.22, 0.16), (0.0, 0.0), (0.24, -0.18)]]),
    "\u0338": Shape("across", [[(-0.6, 0.6), (0.0, 0.0), (0.6, -0.6)]]),
}
"""Combining character -> its shape; the characters are those of `characters.MARKS`."""

_CLEAR = 0.17
"""Between a letter and a mark above or below it, in x-heights."""


def with_accents(
    ink: Ink, accents: Sequence[Accent], x_height: float, rng: np.random.Generator
) -> Ink:
    """`ink` with marks drawn on its letters, in its own unit.

    The places of `accents` count the characters of `ink.text`, and `x_height` is the height of
    its letters. A mark is drawn when the pen is next lifted after its letter, and belongs to
    the character that was written last. The dot of an i or j makes room for a mark. Times are
    not kept, since no one wrote the marks.

    Raises DataError where the ink does not say where its characters end.
    """
    text = ink.text or ""
    for place, group in groupby(accents, key=lambda accent: accent.place):
        shapes = [STROKES[accent.mark] for accent in group]
        letter = written(text[:place])
        if text[place] in "ij" and any(shape.where == "above" for shape in shapes):
            ink = _without_dot(ink, letter, x_height)
        start, stop = spans(ink)[letter]
        strokes = _placed(shapes, ink.points[start:stop, :2].astype(np.float64), x_height, rng)
        ink = _with_strokes(ink, int(stop), strokes)
    return ink


def _placed(
    shapes: Sequence[Shape], letter: Floats, x_height: float, rng: np.random.Generator
) -> list[Floats]:
    """The strokes, (points, 2) each, of marks on a letter whose points are (points, 2)."""
    strokes: list[Floats] = []
    for shape in shapes:
        drawn = [_varied(np.array(stroke), rng) * x_height for stroke in shape.strokes]
        if shape.where == "across":
            drawn = [stroke * _reach(letter, x_height) for stroke in drawn]
        at = _anchor(shape.where, letter, x_height)
        strokes += [stroke + at for stroke in drawn]
        if shape.where in ("above", "below"):
            # The next mark stands clear of this one.
            letter = np.concatenate([letter, *strokes[-len(drawn) :]])
    return strokes


def _anchor(where: Where, letter: Floats, x_height: float) -> Floats:
    """(2,) where a mark has its (0, 0)."""
    (left, top), (right, bottom) = letter.min(axis=0), letter.max(axis=0)
    clear = _CLEAR * x_height
    upper, lower = _middle(letter, top, x_height), _middle(letter, bottom, x_height)
    places: Mapping[Where, Point] = {
        "above": (upper, top - clear),
        "below": (lower, bottom + clear),
        "hung": (lower, bottom),
        "beside": (right, top),
        "over": (upper, top + max((bottom - top - x_height) * 0.45, 0.3 * x_height)),
        "stem": (_near(letter, (top + bottom) / 2, x_height).min(), (top + bottom) / 2),
        "through": ((left + right) / 2, (top + bottom) / 2),
        "across": ((left + right) / 2, (top + bottom) / 2),
    }
    return np.array(places[where])


def _middle(letter: Floats, y: float, x_height: float) -> float:
    """x of the middle of what the letter has near a height."""
    near = _near(letter, y, x_height)
    return float((near.min() + near.max()) / 2)


def _near(letter: Floats, y: float, x_height: float) -> Floats:
    """(points,) x of what the letter has near a height, or of all that it has."""
    near = np.abs(letter[:, 1] - y) <= 0.4 * x_height
    return np.asarray(letter[near, 0] if near.any() else letter[:, 0])


def _reach(letter: Floats, x_height: float) -> Floats:
    """(2,) what makes a stroke of 1.2 by 1.2 x-heights cross a whole letter."""
    return np.asarray((np.ptp(letter, axis=0) + 0.3 * x_height) / (1.2 * x_height))


def _varied(stroke: Floats, rng: np.random.Generator) -> Floats:
    """A stroke a little larger or smaller, turned and moved, as no hand draws it twice alike."""
    turn, size = 0.07 * rng.normal(), np.exp(0.08 * rng.normal())
    rotation = size * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(stroke @ rotation + 0.02 * rng.normal(size=2))


def _with_strokes(ink: Ink, after: int, strokes: Sequence[Floats]) -> Ink:
    """`ink` with strokes put in where the pen is first lifted at or after the point before."""
    place = after + int(np.argmax(ink.points[after - 1 :, 2]))
    rows = np.concatenate([np.insert(stroke, 2, 0, axis=1) for stroke in strokes])
    rows[np.cumsum([len(stroke) for stroke in strokes]) - 1, 2] = 1
    ends = np.zeros(len(rows), bool)
    kept = np.array(ink.char_end, bool)
    # The character that was being written, or had just been, ends with its marks.
    ends[-1], kept[place - 1] = kept[place - 1], False
    return replace(
        ink,
        points=np.insert(ink.points, place, rows, axis=0),
        char_end=np.insert(kept, place, ends),
        times=None,
    )


def _without_dot(ink: Ink, letter: int, x_height: float) -> Ink:
    """`ink` without the dot of a letter: the nearest small stroke over it, if there is one.

    The dot may be part of a later letter, where the hand left dots for the end of the word. A
    stroke that is all that a character has is no dot.
    """
    strokes = _stroke_bounds(ink)
    boxes = np.array([_box(ink, bounds) for bounds in strokes])
    small = np.ptp(boxes, axis=1).max(axis=1) <= 0.5 * x_height
    whole = {tuple(span) for span in spans(ink).tolist()}
    mine = slice(*spans(ink)[letter])
    stem = _points_of(ink, strokes[~small], mine)
    if not len(stem):
        return ink
    top = stem[np.argmin(stem[:, 1])]
    beside = np.abs(boxes[:, :, 0].mean(axis=1) - top[0])
    over = boxes[:, 1, 1] < top[1] + 0.1 * x_height
    single = np.array([tuple(bounds) in whole for bounds in strokes.tolist()])
    dots = np.flatnonzero(small & over & ~single & (beside < 0.9 * x_height))
    if not len(dots):
        return ink
    start, stop = strokes[dots[np.argmin(beside[dots])]]
    return _without(ink, int(start), int(stop))


def _stroke_bounds(ink: Ink) -> NDArray[np.int64]:
    """(strokes, 2) where each begins and stops."""
    stops = np.flatnonzero(ink.points[:, 2]) + 1
    return np.stack([np.append(0, stops[:-1]), stops], axis=1)


def _box(ink: Ink, bounds: NDArray[np.int64]) -> Floats:
    """(2, 2) least and greatest x and y of the points between two."""
    points = ink.points[slice(*bounds), :2].astype(np.float64)
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _points_of(ink: Ink, strokes: NDArray[np.int64], part: slice) -> Floats:
    """(points, 2) what some strokes have in a part of the ink."""
    inside = np.zeros(len(ink), bool)
    for start, stop in strokes:
        inside[start:stop] = True
    return ink.points[part, :2].astype(np.float64)[inside[part]]


def _without(ink: Ink, start: int, stop: int) -> Ink:
    """`ink` without points that are not all of a character, which ends before them then."""
    ends = np.array(ink.char_end, bool)
    ends[start - 1] |= ends[start:stop].any()
    gone = np.arange(start, stop)
    return replace(
        ink, points=np.delete(ink.points, gone, axis=0), char_end=np.delete(ends, gone), times=None
    )
