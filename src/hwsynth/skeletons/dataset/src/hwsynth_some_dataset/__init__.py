"""Dataset some-dataset for hwsynth."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from hwsynth import DataError, Dataset, Dropped, Ink, hookimpl


class SomeDataset(Dataset):
    """A folder of CSV files: a file a line of writing, a row a point: x, y, pen_up."""

    name: ClassVar[str] = "some-dataset"
    splits: ClassVar[Mapping[str, Literal["train", "validation", "test"]]] = {
        "train": "train",
        "validation": "validation",
    }
    licence: ClassVar[str] = "say here on what terms the data may be used"

    y_up: bool = False
    """Whether y runs upwards in the files."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The CSV files of the folder, by name. Raises DataError where there are none."""
        files = sorted(path.glob("*.csv")) if path else []
        if not files:
            raise DataError(f"{path} holds no CSV files; give their folder as --data")
        return files

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """A line a file. Raises DataError where there are none."""
        for number, file in enumerate(self.sources(path)):
            yield self._line(file, "train" if number % 10 else "validation")

    def _line(self, file: Path, split: str) -> Ink | Dropped:
        try:
            with file.open(encoding="utf-8", newline="") as rows:
                points = np.array(list(csv.reader(rows)), np.float64)
            if self.y_up:
                # Ink has y downwards; a dataset turns it here, once.
                points[:, 1] *= -1
            return Ink(points.astype(np.float32), id=file.stem, split=split)
        except (OSError, ValueError, IndexError, DataError) as error:
            # What is dropped is counted by its reason, and shown by `hwsynth data`.
            return Dropped(file.name, "not rows of x, y, pen_up", str(error))


@hookimpl
def hwsynth_datasets() -> Sequence[type[Dataset]]:
    """The datasets that this package gives."""
    return [SomeDataset]
