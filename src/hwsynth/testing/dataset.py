"""What a dataset is held to."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from hwsynth.contracts import Dataset, Dropped, Role
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.testing.comparing import equal, fail
from hwsynth.testing.component import check_component

REASONS, LONGEST_REASON = 20, 60
"""Drops are counted by their reason: how many there may be, and of how many characters."""

FIELDS = [field.name for field in dataclasses.fields(Ink)]


def check_dataset(dataset: Dataset, path: Path | None = None) -> None:
    """Holds a dataset to the contract of `hwsynth.Dataset`, by what it reads from `path`.

    It is read three times: give it a small copy of the files, or options for few lines.
    Raises AssertionError that says which clause is broken, with the values.
    """
    check_component(dataset, "dataset")
    _says_what_it_is(dataset)
    _sources_are_files(dataset, path)
    if dataset.needs_path:
        _other_places_are_refused(dataset)
    read = list(map(_Read.of, dataset.read(path)))
    lines = [line for line in read if isinstance(line.item, Ink)]
    _lines_are_named(dataset, lines)
    for line in lines:
        _line_is_whole(line)
    _drops_have_reasons([line.item for line in read if isinstance(line.item, Dropped)])
    _reads_the_same_again(dataset, path, read)
    _survives_the_cache(dataset, path, lines)


@dataclasses.dataclass(frozen=True)
class _Read:
    """What a dataset gave, and how it was at that moment."""

    item: Any
    was: dict[str, Any]

    @classmethod
    def of(cls, item: Any) -> _Read:
        if not isinstance(item, Ink | Dropped):
            fail("read gives Ink or Dropped", f"it gave {item!r:.100}")
        return cls(item, _values(item))

    @property
    def name(self) -> str:
        return f"line '{self.item.id}'" if isinstance(self.item, Ink) else repr(self.item)


def _values(item: Ink | Dropped) -> dict[str, Any]:
    """Field -> its value, of arrays a checksum."""
    found = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    return {
        name: hashlib.blake2b(value.tobytes()).hexdigest()
        if isinstance(value, np.ndarray)
        else value
        for name, value in found.items()
    }


def _says_what_it_is(dataset: Dataset) -> None:
    """Its licence, and of each split what it is for."""
    if not (isinstance(dataset.licence, str) and dataset.licence.strip()):
        fail("the licence is said", f"it is {dataset.licence!r}; runs keep it beside the weights")
    strange = {own: role for own, role in dataset.splits.items() if role not in get_args(Role)}
    if strange:
        fail("splits have roles", f"{strange} must be among {', '.join(get_args(Role))}")


def _sources_are_files(dataset: Dataset, path: Path | None) -> None:
    """Those that are there, the same ones each time: the cache is as new as they are."""
    sources = list(dataset.sources(path))
    for source in sources:
        if not source.is_file():
            fail("sources are files", f"{source} is none")
    equal("sources are the same each time", list(dataset.sources(path)), sources)


def _other_places_are_refused(dataset: Dataset) -> None:
    """A path where nothing is, and a folder without the dataset: DataError that names it."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder)
        for path, clause in (
            (empty / "nothing-here", "a missing path is refused"),
            (empty, "a folder without the dataset is refused"),
        ):
            _refused(clause, "sources", path, dataset.sources)
            _refused(clause, "read", path, dataset.read)


def _refused(clause: str, method: str, path: Path, call: Callable[[Path], Iterable[Any]]) -> None:
    try:
        found = list(call(path))
    except DataError as error:
        if str(path) not in str(error):
            fail(clause, f"{method}: the error does not name {path}: {error}")
    except Exception as error:
        fail(clause, f"{method} raised {type(error).__name__}, not DataError: {error}")
    else:
        fail(clause, f"{method} gave {found[:3]} for {path}")


def _lines_are_named(dataset: Dataset, lines: Sequence[_Read]) -> None:
    """There are lines; each has an id of its own, and is in a split of the dataset or in none."""
    if not lines:
        fail("there are lines", "read gave none")
    seen: set[str] = set()
    for place, line in enumerate(lines):
        if not (isinstance(line.item.id, str) and line.item.id):
            fail("every line has an id", f"number {place} has {line.item.id!r}")
        if line.item.id in seen:
            fail("ids are unique", f"there are two lines '{line.item.id}'")
        seen.add(line.item.id)
        if line.item.split is not None and line.item.split not in dataset.splits:
            fail(
                "lines are in splits of the dataset",
                f"{line.name} is in '{line.item.split}'; there are: {', '.join(dataset.splits)}",
            )


def _line_is_whole(line: _Read) -> None:
    """As `Ink` has it; times finite; a written character ends for each that the text has."""
    ink = line.item
    try:
        Ink(**{field: getattr(ink, field) for field in FIELDS})
    except DataError as error:
        fail("every line is whole", str(error))
    if ink.times is not None and not np.isfinite(ink.times).all():
        point = int(np.argmin(np.isfinite(ink.times)))
        fail("times are finite", f"{line.name} has {ink.times[point]} at point {point}")
    if ink.text is not None and ink.char_end is not None:
        ends, written = int(ink.char_end.sum()), len("".join(ink.text.split()))
        if ends != written:
            fail(
                "every written character ends",
                f"{line.name} has {ends} ends of characters, its text {written} besides spaces",
            )


def _drops_have_reasons(drops: Sequence[Dropped]) -> None:
    """A few short ones, and a source: what is special about one goes into `detail`."""
    for drop in drops:
        if not drop.source:
            fail("what is dropped has a source", f"{drop} has none")
        if not 0 < len(drop.reason) <= LONGEST_REASON or "\n" in drop.reason:
            fail(
                "reasons are short",
                f"'{drop.reason}' has {len(drop.reason)} characters, allowed are {LONGEST_REASON} "
                "on a line; put what is special about one into detail",
            )
    reasons = sorted({drop.reason for drop in drops})
    if len(reasons) > REASONS:
        fail(
            "reasons are few",
            f"there are {len(reasons)}, allowed are {REASONS}; two of them: {reasons[:2]}",
        )


def _reads_the_same_again(dataset: Dataset, path: Path | None, read: Sequence[_Read]) -> None:
    """Equal and in the same order; and what was read first is still as it was read."""
    for line in read:
        _same("lines stay as they were read", line.name, _values(line.item), line.was)
    again = list(map(_Read.of, dataset.read(path)))
    equal("read twice, there are as many", len(again), len(read))
    for second, first in zip(again, read, strict=True):
        _same("read twice, it is the same", first.name, second.was, first.was)


def _survives_the_cache(dataset: Dataset, path: Path | None, lines: Sequence[_Read]) -> None:
    from hwsynth.corpus import open_corpus

    clause = "lines come back from the cache"
    with tempfile.TemporaryDirectory() as folder:
        for _ in ("read and stored", "from the cache"):
            corpus = open_corpus(dataset, path, cache_folder=Path(folder))
            equal(f"{clause}: how many", len(corpus), len(lines))
            for ink, line in zip(corpus, lines, strict=True):
                _same(clause, line.name, _values(ink), line.was)


def _same(clause: str, name: str, got: dict[str, Any], wanted: dict[str, Any]) -> None:
    if got == wanted:
        return
    fields = [field for field in wanted if got.get(field) != wanted[field]]
    values = "; ".join(f"{field}: {got.get(field)} and {wanted[field]}" for field in fields)
    fail(clause, f"{name} differs in {values}")
