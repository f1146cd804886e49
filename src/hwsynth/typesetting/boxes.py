"""Written runs of words cut into what a line is set of.

Axis names: boxes (what cannot be broken: words, or parts of them at hyphens), points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwsynth.accents import with_accents
from hwsynth.ink import Ink
from hwsynth.letters import Baseline, Letters, spans, words_off
from hwsynth.text import Accent
from hwsynth.typesetting.layout import Layout
from hwsynth.typesetting.lines import Run
from hwsynth.typesetting.words import cut

BREAK = re.compile(r" |(?<=[^\W\d_]{2}[-/])(?=[^\W\d_]{2})")
"""Where a line may break: at a space, or within far-off after its hyphen."""


@dataclass(frozen=True)
class Box:
    """What cannot be broken, in millimetres: x from its left end, y from the baseline."""

    ink: Ink
    gap: float
    """To the next box, as it was written."""
    space: bool
    """Whether a space stands before the next box."""

    @property
    def width(self) -> float:
        """From end to end, in millimetres."""
        return self.ink.width


def boxes_of(
    inks: Sequence[Ink],
    runs: Sequence[Run],
    accents: Sequence[Accent],
    letters: Letters,
    layout: Layout,
    rng: np.random.Generator,
) -> list[list[Box]]:
    """The boxes of each run, of which `inks` are written."""
    scale = layout.x_height_mm / letters.x_height
    steadiness = max(0.0, 1 - _OWN_BOUNCE * layout.drift)
    level = [
        _levelled(ink, line, scale, steadiness)
        for ink, line in zip(inks, letters.baselines, strict=True)
    ]
    marked = [
        with_accents(ink, _accents_of(run, accents), layout.x_height_mm, rng)
        for run, ink in zip(runs, level, strict=True)
    ]
    return _with_even_gaps([_boxes(ink) for ink in marked], layout.x_height_mm)


_OWN_BOUNCE = 0.3
"""How much is left, at a drift of 1, of the way that words lie above and below their line."""


def _accents_of(run: Run, accents: Sequence[Accent]) -> list[Accent]:
    """Those on a run's letters, with their places in the run."""
    places = range(run.place, run.place + len(run.text))
    return [replace(each, place=each.place - run.place) for each in accents if each.place in places]


def _levelled(ink: Ink, line: Baseline, scale: float, steadiness: float) -> Ink:
    """`ink` in millimetres, its baseline at y = 0, and its words nearer to it."""
    points = ink.points.astype(np.float64)
    off, stops = words_off(ink, line)
    points[:, 1] -= line.at(points[:, 0])
    points[:, 1] -= steadiness * np.repeat(off, np.diff(stops, prepend=0))
    points[:, :2] *= scale
    return replace(ink, points=points.astype(np.float32), times=None)


def _boxes(ink: Ink) -> list[Box]:
    """A run cut where lines may break, and where the pen was lifted if that is inside a word."""
    text = ink.text or ""
    parts = _parts(text, ink)
    stops = spans(ink)[np.cumsum([len(part) for part, _ in parts]) - 1, 1]
    inks = cut(ink, stops, [part for part, _ in parts])
    lefts = [float(part.points[:, 0].min()) for part in inks]
    rights = [float(part.points[:, 0].max()) for part in inks]
    gaps = np.append(np.subtract(lefts[1:], rights[:-1]), np.nan)
    return [
        Box(_at_left(part), float(gap), space)
        for part, gap, (_, space) in zip(inks, gaps, parts, strict=True)
    ]


def _parts(text: str, ink: Ink) -> list[tuple[str, bool]]:
    """What may stand on a line of its own, and whether a space follows."""
    lifted = ink.points[spans(ink)[:, 1] - 1, 2]
    parts, start = [], 0
    for match in BREAK.finditer(text):
        space = match[0] == " "
        if space or lifted[len(text[: match.start()].replace(" ", "")) - 1]:
            parts.append((text[start : match.start()], space))
            start = match.end()
    return [*parts, (text[start:], True)]


def _at_left(ink: Ink) -> Ink:
    points = ink.points - np.array([ink.points[:, 0].min(), 0, 0], np.float32)
    return replace(ink, points=points)


def _with_even_gaps(runs: list[list[Box]], x_height: float) -> list[list[Box]]:
    """Boxes with spaces that are not far from the usual one, which also parts runs."""
    spaces = [box.gap for run in runs for box in run[:-1] if box.space]
    usual = float(np.clip(np.median(spaces), *(x_height * _SPACES))) if spaces else x_height
    least, most = _STRAY * usual
    return [
        [
            replace(box, gap=float(np.clip(np.nan_to_num(box.gap, nan=usual), least, most)))
            if box.space
            else box
            for box in run
        ]
        for run in runs
    ]


_SPACES = np.array([0.6, 1.6])
"""Between which the usual space of a hand is taken to be, in x-heights."""
_STRAY = np.array([0.7, 1.5])
"""Between which spaces may be, by the usual one: narrower words run together."""
