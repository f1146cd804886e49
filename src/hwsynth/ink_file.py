"""Ink files: lines of writing as JSON, to keep, to exchange and to prime a model with.

    {"format": "hwsynth-ink", "version": 1, "unit": "corpus", "line_height": 410.5,
     "lines": [{"points": [[x, y, pen_up], ...], "id": ..., "text": ..., "writer": ...,
                "split": ..., "times": [seconds, ...], "char_end": [0 or 1, ...],
                "score": ...}]}

The fields of a line are those of `Ink`; all but its points may be missing. x runs rightwards and
y downwards in the unit of the corpus that the ink comes from; `line_height` is the median height
of that corpus's lines in the same unit, and so says how large the ink is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hwsynth.atomic import write_whole
from hwsynth.contracts import Page
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.page import check_page

MAX_BYTES = 64 * 2**20
"""Larger files are refused: they would take gigabytes to read."""

_FLOAT32_END = (2 - 2.0**-24) * 2.0**127
"""Numbers from here on round to infinity in float32."""

Bit = Literal[0, 1]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Coordinate = Annotated[float, Field(gt=-_FLOAT32_END, lt=_FLOAT32_END, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Line(_Model):
    points: list[tuple[Coordinate, Coordinate, Bit]]
    id: str | None = None
    text: str | None = None
    writer: str | None = None
    split: str | None = None
    times: list[Finite] | None = None
    char_end: list[Bit] | None = None
    score: Finite | None = None


class _InkFile(_Model):
    format: Literal["hwsynth-ink"]
    version: Literal[1]
    unit: Literal["corpus"]
    line_height: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    lines: Annotated[list[_Line], Field(min_length=1)]


def read_ink(path: Path) -> list[Ink]:
    """The lines of an ink file, in its unit. Raises as `read_page` does."""
    return list(read_page(path).lines)


def read_page(path: Path) -> Page:
    """The lines of an ink file and its line height, without captions.

    Raises DataError where the file cannot be read, is larger than `MAX_BYTES`, or is not an ink
    file of this version.
    """
    file = _parse(_read(path), path)
    return Page(lines=list(_inks(file, path)), line_height=file.line_height)


def write_ink(page: Page, path: Path) -> None:
    """Writes the lines and the line height of `page`, every number exactly.

    The file is written whole or not at all; captions are left out. Raises DataError where the
    page has no line, where its line height is not above 0, or where the file would be larger
    than can be read back.
    """
    check_page(page)
    text = json.dumps(_document(page), separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_BYTES:
        raise DataError(
            f"{path}: {len(page.lines)} lines would make an ink file of {len(text)} bytes, and at "
            f"most {MAX_BYTES} can be read back; write fewer lines to a file"
        )
    with write_whole(path) as temporary:
        temporary.write_text(text + "\n", encoding="ascii")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read the ink file {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} is larger than an ink file may be, {MAX_BYTES} bytes")
    return data


def _parse(data: bytes, path: Path) -> _InkFile:
    try:
        return _InkFile.model_validate_json(data)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        given = repr(problem["input"])[:60] if place else repr(data[:60])
        raise DataError(
            f"{path} is not an ink file of version 1: {f'{place}: ' if place else ''}"
            f"{problem['msg']} (given: {given}). Write one with `hwsynth sample --out line.json`"
        ) from error


def _inks(file: _InkFile, path: Path) -> Iterator[Ink]:
    for index, line in enumerate(file.lines):
        try:
            yield Ink(**dict(line))
        except DataError as error:
            raise DataError(f"{path}: lines.{index}: {error}") from error


def _document(page: Page) -> dict[str, object]:
    return {
        "format": "hwsynth-ink",
        "version": 1,
        "unit": "corpus",
        "line_height": float(page.line_height),
        "lines": [_line(ink) for ink in page.lines],
    }


def _line(ink: Ink) -> dict[str, object]:
    x, y = (_exact(ink.points[:, axis]) for axis in (0, 1))
    pen_up = ink.points[:, 2].astype(int).tolist()
    values = {
        "id": ink.id,
        "text": ink.text,
        "writer": ink.writer,
        "split": ink.split,
        "points": list(zip(x, y, pen_up, strict=True)),
        "times": None if ink.times is None else ink.times.tolist(),
        "char_end": None if ink.char_end is None else ink.char_end.astype(int).tolist(),
        "score": ink.score,
    }
    return {name: value for name, value in values.items() if value is not None}


def _exact(values: NDArray[np.float32]) -> list[float]:
    """The shortest numbers that become the same float32 again: 0.1, not 0.10000000149011612."""
    short = values.astype(str).astype(np.float64)
    exact: list[float] = np.where(short.astype(np.float32) == values, short, values).tolist()
    return exact
