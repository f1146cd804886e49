"""history.csv: a row a step, appended while a run is trained."""

from __future__ import annotations

import csv
import math
import os
import statistics
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hwsynth.atomic import write_whole
from hwsynth.errors import RunError

FIELDS = (
    "step",
    "epoch",
    "train_nats_per_point",
    "validation_nats_per_point",
    "learning_rate",
    "points_per_second",
    "minutes",
    "character_error_rate",
)
_FORMS = FIELDS, FIELDS[:-1]
"""That of today, and that of runs that were begun before readers' rates were kept."""
_STRETCHES, _STRETCH = 16, 2048
"""What is read of a long history: so many stretches of so many bytes."""


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows, by field; what was not measured at a step is NaN. No rows where there is no file.

    Raises RunError where the file is damaged.
    """
    return list(_rows(path)) if path.is_file() else []


def read_history_until(path: Path, steps: int) -> list[dict[str, float]]:
    """The rows of the first `steps` steps. Raises RunError where one is missing."""
    rows = read_history(path)[:steps]
    for step, row in enumerate(rows, start=1):
        if row["step"] != step:
            raise RunError(
                f"{path} has step {row['step']} in the place of step {step}; copy the run again"
            )
    if len(rows) < steps:
        raise RunError(
            f"{path} ends at step {len(rows)}, the checkpoint is of step {steps}; if the run was "
            "copied, copy it whole"
        )
    return rows


def typical_speed(path: Path) -> float | None:
    """Median points/s of the steps after the first, which compiles; None where there are none.
    Of a long history some hundred rows are read, evenly taken.

    Raises RunError where what is read of the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        rows = list(_some_rows(path))
    except ValueError as error:
        raise RunError(f"{path} is damaged; copy the run again") from error
    speeds = [row["points_per_second"] for row in rows if row["step"] > 1]
    return statistics.median(speeds) if speeds else None


class History:
    """history.csv, being written. Raises RunError where it cannot be."""

    def __init__(self, path: Path, rows: Iterable[Mapping[str, float]]) -> None:
        """Replaces what is there by `rows`, and opens it for appending."""
        with write_whole(path) as file, file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(FIELDS)
            writer.writerows(map(_cells, rows))
        self._path = path
        with self._writing():
            self._file = path.open("a", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)

    def append(self, row: Mapping[str, float]) -> None:
        """One step's figures."""
        with self._writing():
            self._writer.writerow(_cells(row))

    def flush(self) -> None:
        """Before a checkpoint, so that no step of it lacks its row."""
        with self._writing():
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Once, at the end; what was not flushed may be lost."""
        with suppress(OSError):
            self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(
                f"{self._path} cannot be written: {error.strerror}; the last checkpoint is kept. "
                "Make room, then go on with --resume"
            ) from error


def _cells(row: Mapping[str, float]) -> list[str]:
    values = (row.get(field, float("nan")) for field in FIELDS)
    return ["" if value != value else repr(value) for value in values]


def _rows(path: Path) -> Iterator[dict[str, float]]:
    # A process killed while appending may leave half a row at the end, and nowhere else.
    data = path.read_bytes()
    lines = data[: data.rfind(b"\n") + 1].splitlines()
    number = 1
    try:
        fields = _fields(lines[0] if lines else b"")
        for number, line in enumerate(lines[1:], start=2):  # noqa: B007
            yield _figures(line, fields)
    except ValueError as error:
        raise RunError(f"{path} is damaged in line {number}; copy the run again") from error


def _some_rows(path: Path) -> Iterator[dict[str, float]]:
    """All of a short history, those in evenly placed stretches of a long one."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        short = size <= _STRETCHES * _STRETCH
        places, length = (1, size) if short else (_STRETCHES, _STRETCH)
        fields = _fields(file.readline())
        for place in range(places):
            file.seek(size * place // places)
            # The first is the header, or what is left of a row; the last is cut off, or empty.
            lines = file.read(length).split(b"\n")[1:-1]
            yield from (_figures(line, fields) for line in lines)


def _fields(header: bytes) -> tuple[str, ...]:
    for fields in _FORMS:
        if header.rstrip() == ",".join(fields).encode():
            return fields
    raise ValueError("no header")


def _figures(line: bytes, fields: tuple[str, ...]) -> dict[str, float]:
    cells = zip(fields, line.rstrip().split(b","), strict=True)
    figures = dict.fromkeys(FIELDS, math.nan)
    figures |= {field: float(cell or b"nan") for field, cell in cells}
    return {**figures, "step": int(figures["step"]), "epoch": int(figures["epoch"])}
