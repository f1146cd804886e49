"""Corpora on disk, as uncompressed Arrow IPC files that are mapped, not read."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
import pyarrow as pa
from platformdirs import user_cache_path

from hwsynth.atomic import write_whole
from hwsynth.contracts import Dataset
from hwsynth.corpus_table import FORMAT_VERSION
from hwsynth.errors import DataError, HwsynthError

log = logging.getLogger(__name__)

VARIABLE = "HWSYNTH_CACHE"
"""The environment variable that names another cache folder."""


class UnreadableError(Exception):
    """A cache file is not what was stored."""


def key_of(dataset: Dataset, path: Path | None) -> str:
    """A checksum of all that the corpus depends on.

    That is the dataset with its options, reader and package version, the format of the cache,
    and of each source the absolute path, size and time of change.
    """
    parts = [
        FORMAT_VERSION,
        dataset.name,
        dataset.model_dump_json(),
        dataset.reader_version,
        _version(dataset),
        [_state(source) for source in dataset.sources(path)],
    ]
    return checksum(parts)


def checksum(parts: Sequence[object]) -> str:
    """Of values that JSON can hold."""
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def kept(file: Path, make: Callable[[], pa.RecordBatch]) -> pa.RecordBatch:
    """The memory-mapped batch of a file, made and stored there where it is missing or damaged."""
    try:
        return load(file)
    except FileNotFoundError:
        pass
    except UnreadableError as error:
        log.warning("%s: cache unreadable, made anew (%s)", file, error)
    store(make(), file)
    return load(file)


def file_of(name: str, key: str, folder: Path | None) -> Path:
    """Where the corpus of that key is cached."""
    given = os.environ.get(VARIABLE)
    folder = folder or (Path(given) if given else user_cache_path("hwsynth"))
    return folder / f"{name}-{key}.arrow"


def load(file: Path) -> pa.RecordBatch:
    """The memory-mapped batch. Raises FileNotFoundError, or UnreadableError if damaged."""
    if not file.is_file():
        raise FileNotFoundError(file)
    try:
        batch = pa.ipc.open_file(pa.memory_map(str(file))).get_batch(0)
        batch.validate(full=True)
        _check(batch)
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise UnreadableError(str(error)) from error
    return batch


def _check(batch: pa.RecordBatch) -> None:
    about = batch.schema.metadata
    if zlib.crc32(about[b"hwsynth"]) != int(about[b"crc32"]):
        raise ValueError("what it says of the corpus is damaged")
    starts = batch.column("points").offsets.to_numpy()
    points = len(batch.column("points").values)
    if starts[0] != 0 or starts[-1] != points or (np.diff(starts) < 1).any():
        raise ValueError("its lines do not lie one after the other")
    for name in ("times", "char_end"):
        column = batch.column(name)
        if column.type != pa.null() and len(column.values) != points:
            raise ValueError(f"{name} are not one a point")


def store(batch: pa.RecordBatch, file: Path) -> None:
    """Writes the batch whole or not at all; of several writers at once the last stays."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with write_whole(file) as temporary, pa.ipc.new_file(str(temporary), batch.schema) as out:
            out.write_batch(batch)
    except (OSError, HwsynthError) as error:
        raise DataError(
            f"the corpus cache: {error}. Set {VARIABLE} to a folder that can be written and has "
            f"{batch.nbytes / 2**20:.1f} MiB free"
        ) from error


def _version(dataset: Dataset) -> str:
    package = type(dataset).__module__.partition(".")[0]
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _state(source: Path) -> tuple[str, int, int]:
    try:
        state = os.stat(source)
    except OSError as error:
        raise DataError(f"{source}: cannot be read ({error.strerror})") from error
    path = str(source) if source.is_absolute() else os.path.abspath(source)
    return path, state.st_size, state.st_mtime_ns
