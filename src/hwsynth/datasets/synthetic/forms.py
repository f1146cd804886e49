"""Letter forms: in which order and direction the strokes of a glyph are written, and joined.

Hershey's strokes are a draughtsman's; a hand writes the bowl of an *a* before its stem and
does not lift in between. A recipe says how, in pieces of glyph strokes:

    1+0       stroke 1, then on to stroke 0 with the pen down
    0 1       stroke 0, lift, stroke 1
    0~        stroke 0 backwards;  0[2:] its vertices from the third on
    0_        stroke 0, a stem, with a curl to the right at its foot
    .0        a dot in the middle of stroke 0;  *1 a cross. Both are marks, which some
              writers add when the word is done
    <x,y;…>   a piece of our own in the face's grid, rounded through its points
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hwsynth.datasets.synthetic import glyphs
from hwsynth.datasets.synthetic.arcs import cut
from hwsynth.datasets.synthetic.kinematics import Complexes
from hwsynth.datasets.synthetic.recipes import RECIPES, Recipe, Style
from hwsynth.errors import DataError

DOT = np.array([-0.04 - 0.08j, 0.04 + 0.08j])
"""The little movement that makes a dot, x-heights about its middle."""
CURL = np.array([-3j, 0.4 - 1j, 2.0, 4 - 1.5j])
"""The foot of a stem, Hershey units from its end."""
TOLERANCE = 0.06
"""How far an arc may lie from the glyph's line, x-heights."""


@dataclass(frozen=True)
class Trace:
    """Movements one after the other, on the glyph grid."""

    nodes: Complexes
    """(2·strokes + 1,): start, middle of the first movement, its end, middle, end, …"""
    down: NDArray[np.bool_]
    """(strokes,) whether the pen is on the paper."""


@dataclass(frozen=True)
class Form:
    """One way to write a character."""

    character: str
    key: str
    """Face and recipe: tells the forms of a character apart."""
    body: Trace
    marks: tuple[Trace, ...]
    """Dots and crosses."""
    joins: bool
    """Whether a following letter can be written without lifting the pen."""
    joined: bool
    """Whether the letter before can lead into it without lifting the pen."""
    leads: bool
    """Whether it has strokes of its own that lead in and out."""


@cache
def forms(character: str) -> tuple[tuple[Style, float, Form], ...]:
    """Every form of a character: its style, its weight, and itself.

    Raises DataError for a character that no glyph exists for.
    """
    recipes = RECIPES.get(character) or (_as_drawn(character),)
    return tuple((recipe.style, recipe.weight, _form(character, recipe)) for recipe in recipes)


def writable(character: str) -> bool:
    """Whether the character can be written."""
    try:
        return character == " " or bool(forms(character))
    except DataError:
        return False


def _as_drawn(character: str) -> Recipe:
    return Recipe("print", " ".join(map(str, range(len(glyphs.strokes("print", character))))))


def _form(character: str, recipe: Recipe) -> Form:
    small = character in string.ascii_lowercase
    body: list[Complexes] = []
    marks: list[Complexes] = []
    for part in recipe.pen.split():
        written_late = small and part[0] in ".*"
        (marks if written_late else body).append(_line(character, recipe.face, part))
    return Form(
        character,
        f"{recipe.style} {recipe.pen}",
        _trace(body),
        tuple(_trace([mark]) for mark in marks),
        joins=small and recipe.joins,
        joined=small and recipe.joined,
        leads=small and recipe.style != "print",
    )


def _trace(lines: list[Complexes]) -> Trace:
    nodes: list[complex] = []
    down: list[bool] = []
    for line in lines:
        arcs = cut(line, TOLERANCE)
        if nodes:
            nodes += [(nodes[-1] + arcs[0]) / 2]
            down += [False]
        nodes += list(arcs)
        down += [True] * (len(arcs) // 2)
    return Trace(np.array(nodes), np.array(down))


_PIECE = re.compile(r"(?:(?P<stroke>\d)(?P<slice>\[-?\d*:-?\d*\])?|<(?P<own>[^>]+)>)(?P<back>~?)")


def _line(character: str, face: str, part: str) -> Complexes:
    if part[0] == ".":
        vertices = glyphs.strokes(face, character)[int(part[1:])]
        middle = (vertices[:-1].mean()) if len(vertices) > 1 else vertices[0]
        dot: Complexes = _on_grid(np.array([middle]), face, character) + DOT
        return dot
    pieces = [_piece(character, face, match) for match in _PIECE.finditer(part)]
    if part.endswith("_"):
        pieces[-1] = np.append(pieces[-1][:-1], pieces[-1][-1] + CURL)
    return _on_grid(_without_repeats(np.concatenate(pieces)), face, character)


def _piece(character: str, face: str, match: re.Match[str]) -> Complexes:
    if match["own"]:
        vertices = _rounded(
            np.array([complex(*map(float, at.split(","))) for at in match["own"].split(";")])
        )
    else:
        vertices = glyphs.strokes(face, character)[int(match["stroke"])]
    if match["slice"]:
        first, last = match["slice"][1:-1].split(":")
        vertices = vertices[int(first or 0) : int(last) if last else None]
    return vertices[::-1] if match["back"] else vertices


def _rounded(via: Complexes) -> Complexes:
    """A Catmull-Rom spline through the points, four vertices a span."""
    if len(via) < 3:
        return via
    ends = np.concatenate([[2 * via[0] - via[1]], via, [2 * via[-1] - via[-2]]])
    t = np.arange(4)[:, None] / 4
    p0, p1, p2, p3 = ends[:-3], ends[1:-2], ends[2:-1], ends[3:]
    spans = p1 + 0.5 * t * (
        p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))
    )
    return np.append(spans.T.ravel(), via[-1])


def _without_repeats(line: Complexes) -> Complexes:
    return np.compress(np.concatenate([[True], np.abs(np.diff(line)) > 1e-9]), line)


def _on_grid(vertices: Complexes, face: str, character: str) -> Complexes:
    small = character in string.ascii_lowercase
    return glyphs.to_grid(vertices, face, tall=not small)
