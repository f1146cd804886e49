"""Hershey's single-line glyphs, on a grid where the baseline is 0 and the x-height 1.

Two faces: `print` (Hershey simplex, upright) and `script` (Hershey script simplex). The glyph
data comes with the package Hershey-Fonts; A. V. Hershey and J. Hurt are credited in NOTICE.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from hwsynth.datasets.synthetic.kinematics import Complexes
from hwsynth.errors import DataError

FACES = {"print": "futural", "script": "scripts"}
"""Our name of a face -> Hershey's."""

BASELINE = 9
TALL = 21
"""Height of capitals, figures and ascenders in both faces, Hershey units."""
BODY = {"print": 14, "script": 9}
"""x-height, Hershey units."""
DEPTH = {"print": 7, "script": 12}
"""Descenders, Hershey units."""
WIDTH = {"print": 14.5, "script": 12.0}
"""Hershey units that become one x-height of width in small letters."""
LEAN = {"print": 0.0, "script": 0.2}
"""Slant that is taken out of the face, so that slant is the writer's own."""


@cache
def _face(face: str) -> dict[str, list[list[tuple[int, int]]]]:
    from HersheyFonts import HersheyFonts

    font = HersheyFonts()
    font.load_default_font(FACES[face])
    return {character: glyph.strokes for character, glyph in font.all_glyphs.items()}


def strokes(face: str, character: str) -> list[Complexes]:
    """The glyph's strokes in Hershey units, x + iy with y downwards, each (vertices,).

    Raises DataError for a character that the face lacks.
    """
    glyph = _face(face).get(character)
    if not glyph:
        raise DataError(f"no Hershey glyph for {character!r} in face '{face}'")
    return [np.array([complex(*vertex) for vertex in stroke]) for stroke in glyph]


def to_grid(vertices: Complexes, face: str, *, tall: bool) -> Complexes:
    """Hershey units to the grid: baseline 0, x-height −1, ascenders −2, descenders 1.

    Small letters are stretched zone by zone, since the faces differ in their proportions;
    tall characters (capitals, figures, marks) as a whole, 2 high.
    """
    up = BASELINE - vertices.imag
    x = vertices.real - LEAN[face] * up
    if tall:
        return np.asarray((x * 0.95 - 1j * up) * 2 / TALL)
    body, depth = BODY[face], DEPTH[face]
    y = -np.interp(up, [-2.0 * depth, 0, body, TALL, 2 * TALL - body], [-2, 0, 1, 2, 3])
    return np.asarray(x / WIDTH[face] + 1j * y)
