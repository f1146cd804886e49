"""Styles: named writer vectors, mixtures of them, and files of one.

A style file is what `hwsynth style fit` and `hwsynth style letters` write:

    {"format": "hwsynth-style", "version": 1, "model": checksum, "vector": [number, …],
     "letters": {"J": [number, …], …}}

`model` is the checksum of the generator's weights for which the vectors were found: they mean
nothing to another one. Axis names: written (characters of a text that own ink), width (numbers of a
vector).
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from hwsynth.atomic import write_whole
from hwsynth.errors import DataError, UsageError

Vector = NDArray[np.float32]

SUFFIX = ".style"
"""How a style file's name ends."""
SHOWN = 12
"""Names that a message lists at most: a run may have hundreds of writers."""
MAX_BYTES = 1_000_000
"""A file that is larger is no style file."""


@dataclass(frozen=True, eq=False)
class Style:
    """What a model is told of the manner in which it is to write."""

    vector: Vector
    """(width,) a point among the writers that it learnt from."""
    letters: Mapping[str, Vector] = field(default_factory=dict)
    """Character -> (width,) another point, in the manner of which that one is written."""

    @classmethod
    def of_numbers(
        cls, vector: Sequence[float], letters: Mapping[str, Sequence[float]] | None = None
    ) -> Style:
        """As files have it."""
        others = {key: np.array(other, np.float32) for key, other in (letters or {}).items()}
        return cls(np.array(vector, np.float32), others)

    def numbers(self) -> tuple[list[float], dict[str, list[float]]]:
        """For a file: the vector, and the letters'."""
        return _numbers(self.vector), {key: _numbers(each) for key, each in self.letters.items()}

    def of(self, character: str) -> Vector:
        """(width,) what a character is written in."""
        return self.letters.get(character, self.vector)

    def along(self, text: str) -> Vector:
        """(written, width) what each character of a text that owns ink is written in."""
        return np.stack([self.of(each) for each in text if not each.isspace()])


def _numbers(vector: Vector) -> list[float]:
    """The fewest digits that are this float32 vector again.

    >>> _numbers(np.array([0.1, -2], np.float32))
    [0.1, -2.0]
    """
    return [float(str(number)) for number in vector]


Letter = Annotated[str, Field(min_length=1, max_length=1)]


class _StyleFile(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Literal["hwsynth-style"] = "hwsynth-style"
    version: Literal[1] = 1
    model: str
    vector: list[FiniteFloat]
    letters: dict[Letter, list[FiniteFloat]] = Field(default_factory=dict)


def checksum(weights: Mapping[str, NDArray]) -> str:
    """SHA-256 of a model's weights in half precision: the same for a run and for a hand that was
    packed from it."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        array = weights[name]
        half = array.astype(np.float16) if np.issubdtype(array.dtype, np.floating) else array
        digest.update(np.ascontiguousarray(half).tobytes())
    return digest.hexdigest()


def style_of(given: str, styles: Mapping[str, Style], model: str) -> Style:
    """The style that is meant by a name or its number from 1, a mixture `ann:0.5,ben:0.5`, or a
    style file.

    Weights of a mixture are positive, and are taken by their sum; a name without one weighs 1.
    model: the checksum of the generator. Raises UsageError where a name or a weight is wrong,
    DataError where a file is no style file or is for another generator.
    """
    if given.endswith(SUFFIX):
        return read_style(Path(given), model, _width(styles))
    shares = [_share(part, given) for part in given.split(",")]
    return _mixture([(_named(name, styles), weight) for name, weight in shares])


def _mixture(shares: list[tuple[Style, float]]) -> Style:
    """Character by character: one that any of them borrows is mixed of what each writes it in."""
    total = sum(weight for _, weight in shares)

    def mixed(vectors: list[Vector]) -> Vector:
        weighted = zip(vectors, (weight for _, weight in shares), strict=True)
        return np.asarray(sum(w / total * v.astype(float) for v, w in weighted), np.float32)

    letters = sorted({letter for style, _ in shares for letter in style.letters})
    return Style(
        mixed([style.vector for style, _ in shares]),
        {letter: mixed([style.of(letter) for style, _ in shares]) for letter in letters},
    )


def _named(name: str, styles: Mapping[str, Style]) -> Style:
    if name in styles:
        return styles[name]
    if name.isdecimal() and 1 <= int(name) <= len(styles):
        return list(styles.values())[int(name) - 1]
    if not styles:
        raise UsageError(
            f"there is no style '{name}': this model learnt no styles; leave --style out"
        )
    raise UsageError(f"no style named '{name}'; there are: {_listed(name, list(styles))}")


def _listed(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    more = f" … ({len(names)} in all)" if len(names) > SHOWN else ""
    hint = f". Did you mean '{near[0]}'?" if near else ""
    return f"{', '.join(names[:SHOWN])}{more}{hint}"


def _share(part: str, given: str) -> tuple[str, float]:
    name, colon, weight = part.strip().rpartition(":")
    if not colon:
        return weight, 1.0
    try:
        share = float(weight)
    except ValueError:
        share = math.nan
    if not (math.isfinite(share) and share > 0):
        raise UsageError(
            f"'{weight}' in the style '{given}' is no weight; give numbers above 0, as in "
            f"{name}:0.5"
        )
    return name.strip(), share


def _width(styles: Mapping[str, Style]) -> int | None:
    return next((len(style.vector) for style in styles.values()), None)


def read_style(path: Path, model: str, width: int | None = None) -> Style:
    """The style of a file, with vectors (width,). Raises DataError where it cannot be read, is no
    style file, or is for another generator than `model`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read the style file {path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} is no style file: it is larger than {MAX_BYTES:,} bytes")
    try:
        found = _StyleFile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise DataError(
            f"{path} is no style file: {f'{where}: ' if where else ''}{first['msg']}. Make one "
            "with: hwsynth style fit"
        ) from error
    widths = {len(vector) for vector in (found.vector, *found.letters.values())}
    if found.model != model or widths != {width or len(found.vector)}:
        raise DataError(
            f"the style {path} was fitted for another hand; give the one that it was fitted for, "
            "or fit it anew with: hwsynth style fit"
        )
    return Style.of_numbers(found.vector, found.letters)


def write_style(path: Path, style: Style, model: str) -> None:
    """Writes a style file, whole or not at all."""
    vector, letters = style.numbers()
    file = _StyleFile(model=model, vector=vector, letters=letters)
    with write_whole(path) as temporary:
        temporary.write_text(json.dumps(file.model_dump()) + "\n", encoding="utf-8")
