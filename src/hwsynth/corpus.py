"""A dataset read once: its lines side by side in memory-mapped arrays.

Axis names: lines (of the corpus), points (of all lines, one after the other).
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Dataset, Dropped, Role
from hwsynth.errors import DataError, UsageError
from hwsynth.ink import Ink

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str, int], None]
"""Called while a dataset is read with its name and how many lines and drops there are so far."""


class Corpus:
    """The lines of a dataset, each made an Ink when asked for.

    The arrays are views of the memory map: nothing is read from disk before it is looked at.
    """

    def __init__(self, batch: pa.RecordBatch) -> None:
        """`batch` is as `corpus_table.build` makes it."""
        self.about: str = batch.schema.metadata[b"hwsynth"].decode()
        """All that is said here of the lines together, as JSON."""
        about = json.loads(self.about)
        self._batch = batch
        self.name: str = about["name"]
        self.licence: str = about["licence"]
        self.splits: Mapping[str, Role] = about["splits"]
        """The dataset's own names of its splits -> what each is for."""
        self.line_height: float = about["line_height"]
        """Median height of a line, in corpus units."""
        self.pen_unit: float = about["pen_unit"]
        """The unit that pens were recorded in, in corpus units: 1, unless lines were prepared."""
        self.fingerprint: str = about["fingerprint"]
        """A checksum of everything in the lines: equal for equal corpora, wherever they are."""
        self.drops: tuple[Dropped, ...] = tuple(Dropped(*drop) for drop in about["drops"])
        """What the dataset's source offers and is no line, in full."""
        self.starts: NDArray[np.int64] = batch.column("points").offsets.to_numpy()
        """(lines + 1,) where in `points` each line begins, and the number of points."""
        self.points: NDArray[np.float32] = _values(batch, "points").values.to_numpy().reshape(-1, 3)
        """(points, 3): x, y, pen_up of all lines."""
        self.times: NDArray[np.float64] | None = _per_point(batch, "times")
        """(points,) seconds, NaN in lines without times; None where no line has them."""
        ends = _per_point(batch, "char_end")
        self.char_end: NDArray[np.bool_] | None = None if ends is None else ends.view(np.bool_)
        """(points,) ends of characters, False in lines without; None where no line has them."""

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> Ink:
        """The line at `index`; negative ones count from the end."""
        line = range(len(self))[index]
        start, stop = self.starts[line], self.starts[line + 1]
        return Ink(
            points=self.points[start:stop],
            times=self._array_of("times", self.times, line),
            char_end=self._array_of("char_end", self.char_end, line),
            text=self.texts[line],
            writer=self.writers[line],
            id=self.ids[line],
            split=self.line_splits[line],
            score=self.scores[line],
        )

    def __iter__(self) -> Iterator[Ink]:
        return (self[line] for line in range(len(self)))

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, lines={len(self)}, points={len(self.points)})"

    @cached_property
    def ids(self) -> list[str]:
        """(lines,) names of the lines."""
        return self._strings("id")

    @cached_property
    def texts(self) -> list[str | None]:
        """(lines,) what is written, None where unknown."""
        return self._strings("text")

    @cached_property
    def writers(self) -> list[str | None]:
        """(lines,) who wrote it, None where unknown."""
        return self._strings("writer")

    @cached_property
    def line_splits(self) -> list[str | None]:
        """(lines,) the dataset's own name of the line's split, None for a line in none."""
        return self._strings("split")

    @cached_property
    def scores(self) -> list[float | None]:
        """(lines,) how well the ends of characters fit, None where unknown."""
        return self._batch.column("score").to_pylist()  # type: ignore[no-any-return]

    @cached_property
    def charset(self) -> str:
        """The characters in the texts, sorted."""
        return "".join(sorted(set().union(*filter(None, self.texts))))

    @cached_property
    def dropped(self) -> dict[str, int]:
        """Reason -> how many were dropped for it."""
        return dict(Counter(drop.reason for drop in self.drops))

    @cached_property
    def split_sizes(self) -> dict[str, int]:
        """The dataset's own name of each split that has lines -> their number."""
        return dict(Counter(split for split in self.line_splits if split is not None))

    def lines_in(self, split: str) -> NDArray[np.int64]:
        """Indices of the lines of a role (train, validation, test) or of one own split.

        A role takes in all splits that are for it. Raises UsageError where there is no line.
        """
        wanted = {own for own, role in self.splits.items() if role == split} or {split}
        lines = np.flatnonzero([own in wanted for own in self.line_splits])
        if not len(lines):
            raise UsageError(f"no lines in split '{split}' of '{self.name}'; {self._offer()}")
        return lines

    def find(self, id: str) -> Ink:
        """The line of that name; UsageError with the nearest names where there is none."""
        if id in self._places:
            return self[self._places[id]]
        near = difflib.get_close_matches(id, self.ids, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"a line is {self.ids[0]}"
        raise UsageError(f"no line '{id}' among the {len(self)} of '{self.name}'; {hint}")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {id: line for line, id in enumerate(self.ids)}

    def _offer(self) -> str:
        sizes = ", ".join(
            f"{own} ({self.splits.get(own, 'no role')}, {size} lines)"
            for own, size in self.split_sizes.items()
        )
        return f"there are: {sizes}" if sizes else "its lines belong to no split"

    def _strings(self, column: str) -> list[Any]:
        return self._batch.column(column).to_pylist()  # type: ignore[no-any-return]

    def ends_of(self, line: int) -> NDArray[np.bool_] | None:
        """(points of the line,) ends of its characters, None where they are not known."""
        return self._array_of("char_end", self.char_end, line)

    def _array_of(self, column: str, values: NDArray | None, line: int) -> NDArray | None:
        if values is None or not self._batch.column(column)[line].is_valid:
            return None
        return values[self.starts[line] : self.starts[line + 1]]


def open_corpus(
    dataset: Dataset,
    path: Path | None,
    *,
    cache_folder: Path | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """The corpus of a dataset: from the cache, or read and then cached.

    `cache_folder`: by default what the environment's HWSYNTH_CACHE names, else the user's cache
    folder. Raises UsageError where the dataset needs a path and has none, or has one and needs
    none, DataError where it
    cannot be read or the cache not be written.
    """
    from hwsynth import corpus_cache, corpus_table

    if path is None and dataset.needs_path:
        raise UsageError(f"dataset '{dataset.name}' needs its folder; give it with --data")
    if path is not None and not dataset.needs_path:
        raise UsageError(
            f"dataset '{dataset.name}' reads no files, but --data {path} was given; leave it out, "
            "or name the dataset that lies there with --dataset"
        )
    key = corpus_cache.key_of(dataset, path)

    def read() -> pa.RecordBatch:
        batch = corpus_table.build(dataset, reported(dataset.read(path), dataset.name, progress))
        if corpus_cache.key_of(dataset, path) != key:
            raise DataError(f"{path}: changed while it was read; try again when it is complete")
        return batch

    file = corpus_cache.file_of(dataset.name, key, cache_folder)
    return Corpus(corpus_cache.kept(file, read))


def reported(
    lines: Iterable[Ink | Dropped], name: str, progress: Progress | None
) -> Iterator[Ink | Dropped]:
    """The same lines, `progress` being told of each."""
    for count, line in enumerate(lines, start=1):
        yield line
        if progress is not None:
            progress(name, count)


def _values(batch: pa.RecordBatch, column: str) -> pa.Array:
    return batch.column(column).values


def _per_point(batch: pa.RecordBatch, column: str) -> NDArray | None:
    if batch.schema.field(column).type == "null":
        return None
    return _values(batch, column).to_numpy()  # type: ignore[no-any-return]
