"""Lines of writing from SVG: every path, polyline, polygon and line is a stroke, in document order.

Transforms and the viewBox are carried out; y runs downwards in SVG as it does in `Ink`. What has
an area in the drawing, filled letters say, is read as its outline: ink is the pen's way.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.errors import DataError
from hwsynth.ink import Ink

MAX_BYTES = 16 * 2**20
"""Larger files are refused."""
PIECES = 6
"""Straight pieces that stand for a curve."""
_PLACES = np.linspace(0, 1, PIECES + 1)[1:]
_LINE = re.compile(r"line-\d+$")
"""What hwsynth calls the lines of a sheet."""


def read_svg(path: Path) -> list[Ink]:
    """The lines of a drawing, in its pixels: each group that hwsynth drew as a line is one; in a
    drawing without such groups all strokes are one line.

    Raises DataError where the file cannot be read, is no SVG, is larger than `MAX_BYTES`, declares
    entities, or has no stroke.
    """
    from svgelements import SVG, Group

    data = _read(path)
    if b"<!ENTITY" in data:
        raise DataError(f"{path} declares XML entities, which are not read; save it without them")
    try:
        drawing = SVG.parse(io.BytesIO(data))
    except Exception as error:  # the parser's own errors have no other base
        raise DataError(f"{path} is not SVG that can be read: {error}") from error
    groups = [
        each for each in drawing.select() if isinstance(each, Group) and _LINE.match(each.id or "")
    ]
    lines = [list(_strokes(group)) for group in groups or [drawing]]
    if not any(lines):
        raise DataError(
            f"{path} has no strokes: no paths, polylines, polygons or lines. Text in an SVG is no "
            "ink; draw it as single strokes"
        )
    names = [group.id for group in groups] or [path.stem]
    return [_ink(line, name, path) for line, name in zip(lines, names, strict=True) if line]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} is larger than an SVG may be, {MAX_BYTES} bytes")
    return data


def _strokes(drawing: Any) -> Iterator[NDArray[np.float64]]:
    """(points, 2) of each subpath that is drawn."""
    from svgelements import Path as SvgPath
    from svgelements import Polygon, Polyline, SimpleLine

    for element in drawing.select():
        if isinstance(element, (SvgPath, Polyline, Polygon, SimpleLine)):
            for part in SvgPath(element).as_subpaths():
                pieces = [_points(segment) for segment in part]
                if pieces:
                    yield np.concatenate(pieces)


def _points(segment: Any) -> NDArray[np.float64]:
    """(points, 2) that a segment adds to those before it."""
    from svgelements import Arc, CubicBezier, QuadraticBezier

    if isinstance(segment, CubicBezier):
        return _curve([segment.start, segment.control1, segment.control2, segment.end])
    if isinstance(segment, QuadraticBezier):
        return _curve([segment.start, segment.control, segment.end])
    if isinstance(segment, Arc):
        return np.array([(p.x, p.y) for p in map(segment.point, _PLACES)])
    end = segment.end
    return np.array([] if end is None else [(end.x, end.y)], np.float64).reshape(-1, 2)


def _curve(corners: list[Any]) -> NDArray[np.float64]:
    """(PIECES, 2) along a Bézier curve of these control points, by de Casteljau's construction."""
    given = np.array([(corner.x, corner.y) for corner in corners], np.float64)
    points = np.repeat(given[:, None], len(_PLACES), axis=1)
    while len(points) > 1:
        points = points[:-1] + (points[1:] - points[:-1]) * _PLACES[:, None]
    curve: NDArray[np.float64] = points[0]
    return curve


def _ink(strokes: list[NDArray[np.float64]], name: str, path: Path) -> Ink:
    ends = np.cumsum([len(stroke) for stroke in strokes]) - 1
    points = np.column_stack([np.concatenate(strokes), np.zeros(ends[-1] + 1)])
    points[ends, 2] = 1
    try:
        return Ink(points=points.astype(np.float32), id=name)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
