"""Making a hand's folder of runs: what writing needs, and nothing that training alone does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsynth.atomic import make_whole
from hwsynth.errors import RunError, UsageError
from hwsynth.hands import CARD, NAME, READER, HandFile
from hwsynth.run_folder import HAND_FILE, RunFolder
from hwsynth.run_record import RunRecord
from hwsynth.styles import Style

MOST_BYTES = 15_000_000
"""Of a hand, so that it can be a package that anyone installs."""


def pack_hand(
    out: Path,
    *,
    name: str,
    generator: Path,
    reader: Path | None,
    styles: Mapping[str, Style],
    card: str | None = None,
) -> int:
    """Makes the folder `out`, whole or not at all, and returns its size in bytes.

    Weights are kept in half precision, and no paths of this machine. Raises UsageError where a
    style's name is not allowed, the runs are not what they must be, or the hand would be too
    large; RunError where they are damaged or not exported.
    """
    for each in (name, *styles):
        if not re.match(NAME, each):
            raise UsageError(f"'{each}' is no name; give small letters, digits, - and _")
    told = {key: style.numbers() for key, style in styles.items()}
    hand = HandFile(
        name=name,
        styles={key: vector for key, (vector, _) in told.items()},
        letters={key: letters for key, (_, letters) in told.items() if letters},
    )
    with make_whole(out) as folder:
        _copy(RunFolder(generator), RunFolder(folder), RunFolder(generator).step_file)
        if reader is not None:
            (folder / READER).mkdir()
            _copy(RunFolder(reader), RunFolder(folder / READER), RunFolder(reader).reader_file)
        (folder / HAND_FILE).write_text(hand.model_dump_json() + "\n", encoding="utf-8")
        if card is not None:
            (folder / CARD).write_text(card, encoding="utf-8")
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        if size > MOST_BYTES:
            raise UsageError(
                f"the hand would have {size / 1e6:.1f} MB, and at most {MOST_BYTES / 1e6:.0f} MB "
                "are packed; take smaller models"
            )
    return size


def _copy(run: RunFolder, folder: RunFolder, graph: Path) -> None:
    record = run.record()
    if not graph.is_file():
        raise RunError(
            f"{run.path} has no {graph.name}; make it with: hwsynth export-step --run {run.path}"
        )
    folder.write_record(_without_paths(record))
    folder.write_weights({name: _half(array) for name, array in run.weights().items()})
    shutil.copyfile(graph, folder.path / graph.name)


def _half(array: NDArray) -> NDArray:
    return array.astype(np.float16) if array.dtype == np.float32 else array


def _without_paths(record: RunRecord) -> RunRecord:
    """Where things lay is of no use elsewhere, and nobody's business."""
    ancestors = tuple(
        each.model_copy(update={"path": Path(each.path).name}) for each in record.ancestors
    )
    data = record.data.model_copy(update={"path": None})
    preparation = record.preparation.model_copy(update={"alignment": None})
    changed = {"data": data, "preparation": preparation, "ancestors": ancestors}
    return record.model_copy(update=changed)
