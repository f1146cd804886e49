"""A corpus as one Arrow record batch, a row a line; its buffers are the corpus's arrays."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hwsynth.contracts import Dropped, Role
from hwsynth.errors import DataError
from hwsynth.ink import Ink

FORMAT_VERSION = 2
"""Raise it when the columns or what is said of the corpus change."""


class Source(Protocol):
    """What lines come from: a dataset, or another corpus."""

    @property
    def name(self) -> str:
        """Of the dataset."""

    @property
    def licence(self) -> str:
        """Terms of the lines."""

    @property
    def splits(self) -> Mapping[str, Role]:
        """Its own names of splits -> what each is for."""


def build(
    dataset: Source, lines: Iterable[Ink | Dropped], *, pen_unit: float = 1.0
) -> pa.RecordBatch:
    """What a dataset reads, as columns id, text, writer, split, score, points, times, char_end.

    score: float64; points: list of (x, y, pen_up) float32; times: list of float64; char_end: list
    of uint8 (0 or 1; Arrow's booleans are bits, which NumPy cannot map). The schema's metadata
    says the rest in JSON. `pen_unit`: see `Corpus.pen_unit`. Raises DataError where there is no
    line, an id is missing or used twice, or a split is not among the dataset's.
    """
    columns = _Columns()
    drops = []
    for line in lines:
        if isinstance(line, Dropped):
            drops.append((line.source, line.reason, line.detail))
        else:
            columns.append(line)
    _check_ids(dataset, columns.ids)
    _check_splits(dataset, columns.splits)
    about = {
        "format": FORMAT_VERSION,
        "name": dataset.name,
        "licence": dataset.licence,
        "splits": dict(dataset.splits),
        "drops": drops,
        "line_height": columns.median_height(),
        "pen_unit": pen_unit,
        "fingerprint": columns.fingerprint(),
    }
    written = json.dumps(about)
    return columns.batch({"hwsynth": written, "crc32": str(zlib.crc32(written.encode()))})


class _Columns:
    """Grows line by line; a bytearray grows in place, so memory stays near the corpus's size."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.points = bytearray()
        self.times = bytearray()
        self.char_end = bytearray()
        self.ids: list[str | None] = []
        self.texts: list[str | None] = []
        self.writers: list[str | None] = []
        self.splits: list[str | None] = []
        self.scores: list[float | None] = []
        self.without_times: list[bool] = []
        self.without_char_end: list[bool] = []

    def append(self, ink: Ink) -> None:
        points = len(ink)
        times = np.full(points, np.nan) if ink.times is None else ink.times
        ends = np.zeros(points, np.bool_) if ink.char_end is None else ink.char_end
        self.lengths.append(points)
        self.points += ink.points.tobytes()
        self.times += times.tobytes()
        self.char_end += ends.tobytes()
        self.ids.append(ink.id)
        self.texts.append(ink.text)
        self.writers.append(ink.writer)
        self.splits.append(ink.split)
        self.scores.append(ink.score)
        self.without_times.append(ink.times is None)
        self.without_char_end.append(ink.char_end is None)

    def starts(self) -> NDArray[np.int64]:
        return np.cumsum([0, *self.lengths], dtype=np.int64)

    def median_height(self) -> float:
        y = np.frombuffer(self.points, np.float32)[1::3]
        firsts = self.starts()[:-1]
        return float(np.median(np.maximum.reduceat(y, firsts) - np.minimum.reduceat(y, firsts)))

    def fingerprint(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        names = [self.ids, self.texts, self.writers, self.splits]
        scores = [self.scores] if any(score is not None for score in self.scores) else []
        digest.update(json.dumps([self.lengths, *names, *scores]).encode())
        for values in (self.points, self.times, self.char_end):
            digest.update(values)
        return digest.hexdigest()

    def batch(self, metadata: dict[str, str]) -> pa.RecordBatch:
        xyp = pa.FixedSizeListArray.from_arrays(_array(pa.float32(), self.points), 3)
        columns = {
            "id": pa.array(self.ids, pa.string()),
            "text": pa.array(self.texts, pa.string()),
            "writer": pa.array(self.writers, pa.string()),
            "split": pa.array(self.splits, pa.string()),
            "score": pa.array(self.scores, pa.float64()),
            "points": pa.LargeListArray.from_arrays(pa.array(self.starts()), xyp),
            "times": self._lists(pa.float64(), self.times, self.without_times),
            "char_end": self._lists(pa.uint8(), self.char_end, self.without_char_end),
        }
        batch = pa.RecordBatch.from_pydict(columns)
        return batch.replace_schema_metadata(metadata)

    def _lists(self, kind: Any, values: bytearray, without: Sequence[bool]) -> pa.Array:
        if all(without):
            return pa.nulls(len(without))
        # A line without values keeps its place among them, so that all columns share `starts`.
        return pa.LargeListArray.from_arrays(
            pa.array(self.starts()), _array(kind, values), mask=pa.array(without)
        )


def _array(kind: Any, values: bytearray) -> pa.Array:
    length = len(values) * 8 // kind.bit_width
    return pa.Array.from_buffers(kind, length, [None, pa.py_buffer(values)])


def _check_ids(dataset: Source, ids: Sequence[str | None]) -> None:
    if not ids:
        raise DataError(f"dataset '{dataset.name}' gives no line; look at its options and path")
    seen: set[str | None] = {None}
    for id in ids:
        if id in seen:
            raise DataError(f"dataset '{dataset.name}' has a line without an id, or two '{id}'")
        seen.add(id)


def _check_splits(dataset: Source, splits: Sequence[str | None]) -> None:
    strange = {split for split in splits if split is not None} - dataset.splits.keys()
    if strange:
        raise DataError(
            f"dataset '{dataset.name}' has a line in split '{min(strange)}', and names only the "
            f"splits {', '.join(dataset.splits)}"
        )
