"""Alignments on disk: Arrow IPC, a row a line.

Columns id, ends (list of int32), score (float64), and reason and detail for a line that was left
out, whose ends and score are null. What is said of all lines is JSON in the schema's metadata.
The same alignment gives the same file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pydantic

from hwsynth.alignment import FORMAT, About, AlignedLine, Alignment
from hwsynth.atomic import write_whole
from hwsynth.contracts import Dropped
from hwsynth.errors import DataError

_KEY = b"hwsynth-alignment"
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("ends", pa.list_(pa.int32())),
        ("score", pa.float64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
    ]
)


def write_alignment(alignment: Alignment, path: Path) -> None:
    """Whole or not at all. Raises HwsynthError where it cannot be written."""
    aligned = [
        {"id": id, "ends": line.ends, "score": line.score} for id, line in alignment.lines.items()
    ]
    left_out = [
        {"id": line.source, "reason": line.reason, "detail": line.detail}
        for line in alignment.left_out
    ]
    schema = _SCHEMA.with_metadata({_KEY: alignment.about.model_dump_json()})
    batch = pa.RecordBatch.from_pylist(aligned + left_out, schema)
    with write_whole(path) as temporary, pa.ipc.new_file(str(temporary), schema) as out:
        out.write_batch(batch)


def read_alignment(path: Path) -> tuple[Alignment, str]:
    """The alignment in a file, and the file's SHA-256. Raises DataError where it cannot be read,
    or is no alignment."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"the alignment {path} cannot be read: {error.strerror}. Make one with: hwsynth align"
        ) from error
    try:
        batch = pa.ipc.open_file(pa.py_buffer(data)).get_batch(0)
        batch.validate(full=True)
        if batch.schema.remove_metadata() != _SCHEMA:
            raise ValueError("its columns are others")
        about = _about(batch.schema.metadata[_KEY])
        return _alignment(about, batch), hashlib.sha256(data).hexdigest()
    except (pa.ArrowException, LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is no alignment, or a damaged one ({error}). Make one with: hwsynth align"
        ) from error


def _about(text: bytes) -> About:
    written = json.loads(text)
    if written.get("format") != FORMAT:
        raise ValueError(f"its format is {written.get('format')}, and this hwsynth reads {FORMAT}")
    try:
        return About.model_validate(written)
    except pydantic.ValidationError as error:
        raise ValueError("what it says of itself is incomplete") from error


def _alignment(about: About, batch: pa.RecordBatch) -> Alignment:
    lines, left_out = {}, []
    for row in batch.to_pylist():
        if row["reason"] is None:
            lines[row["id"]] = AlignedLine(np.array(row["ends"], np.int64), float(row["score"]))
        else:
            left_out.append(Dropped(row["id"], row["reason"], row["detail"] or ""))
    return Alignment(about, lines, tuple(left_out))
