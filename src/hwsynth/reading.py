"""Ink to text, with a trained reader: many lines at once, with or without a training framework.

Axis names: batch, steps (rows of prepared points), frames (of the head's parameters), classes (the
blank, then the charset's characters).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.alignment import ReaderRecord
from hwsynth.contracts import Head
from hwsynth.errors import DataError, UsageError
from hwsynth.ink import Ink
from hwsynth.normalisation import Normalisation
from hwsynth.plugins import Plugins
from hwsynth.preparation import prepare_line
from hwsynth.reading_rows import reading_rows
from hwsynth.recorded import component_of
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import PreparationOptions
from hwsynth.run_record import RunRecord

if TYPE_CHECKING:
    from hwsynth.backend import Device
    from hwsynth.language import Language

SIDE_BY_SIDE = 32
"""Lines that are read together; those of like length, so that little of it is padding."""

Network = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.float32]]
"""Rows (batch, steps, 5) and their mask (batch, steps) -> parameters (batch, frames, params)."""


@dataclass(frozen=True)
class Reading:
    """What a reader makes of a line."""

    text: str
    """Empty for a line in which nothing is read."""
    score: float
    """Logarithm of the probability of the likeliest classes of all frames, for each of them: 0 is
    sure. Compare it between readings of one reader."""
    log_probabilities: NDArray[np.float32]
    """(frames, classes)."""
    places: NDArray[np.int64]
    """(frames,) the point of `prepared` that each frame is about."""
    prepared: Ink | None
    """The line as the reader saw it; None for one that could not be prepared, a dot or a rule,
    which has no frames and no text."""


@dataclass(frozen=True)
class Reader:
    """A run's model that reads, with all that it takes from ink to text."""

    network: Network
    head: Head
    charset: str
    preparation: PreparationOptions
    normalisation: Normalisation
    points_a_frame: int
    language: Language | None = None
    """How likely characters are after others, where that is to be weighed."""

    def read(self, lines: Sequence[Ink]) -> list[Reading]:
        """What each line says, whatever its size, slope, speed and place."""
        prepared = [self._prepared(ink) for ink in lines]
        seen = [None if ink is None else self._rows(ink) for ink in prepared]
        params = self._params([rows for rows in seen if rows is not None])
        found = iter(params)
        return [
            self._nothing() if ink is None else self._reading(ink, next(found)) for ink in prepared
        ]

    def texts(self, lines: Sequence[Ink]) -> list[str]:
        """The texts alone."""
        return [reading.text for reading in self.read(lines)]

    def _prepared(self, ink: Ink) -> Ink | None:
        # Known ends of characters would be points that stay: a reader is to find them by itself.
        bare = dataclasses.replace(ink, times=None, char_end=None)
        try:
            prepared = prepare_line(bare, self.preparation)
        except DataError:
            return None
        return prepared if len(prepared) > 1 else None

    def _rows(self, ink: Ink) -> NDArray[np.float32]:
        """(points − 1, 5)."""
        rows = self.normalisation.rows(ink.offsets()[1:])
        every = np.ones((1, len(rows)), np.bool_)
        seen: NDArray[np.float32] = reading_rows(rows[None], every, self.normalisation)[0]
        return seen

    def _params(self, rows: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Of each line, (frames, params)."""
        found: dict[int, NDArray[np.float32]] = {}
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        for start in range(0, len(order), SIDE_BY_SIDE):
            places = order[start : start + SIDE_BY_SIDE]
            params = self.network(*_side_by_side([rows[place] for place in places]))
            for line, place in zip(params, places, strict=True):
                found[place] = line[: -(-len(rows[place]) // self.points_a_frame)]
        return [found[place] for place in range(len(rows))]

    def _reading(self, ink: Ink, params: NDArray[np.float32]) -> Reading:
        shown = params - np.logaddexp.reduce(params, axis=1, keepdims=True)
        return Reading(
            text=self.head.decode(params, self.charset, self.language),
            score=float(shown.max(axis=1).mean()),
            log_probabilities=shown,
            places=1 + self.points_a_frame * np.arange(len(params)),
            prepared=ink,
        )

    def _nothing(self) -> Reading:
        none = np.zeros((0, 1 + len(self.charset)), np.float32)
        return Reading("", 0.0, none, np.zeros(0, np.int64), None)


def _side_by_side(
    rows: Sequence[NDArray[np.float32]],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Rows (n, 5) of lines -> (batch, steps, 5), and their mask (batch, steps)."""
    longest = max(map(len, rows))
    inputs = np.zeros((len(rows), longest, rows[0].shape[1]), np.float32)
    mask = np.zeros((len(rows), longest), np.bool_)
    for place, line in enumerate(rows):
        inputs[place, : len(line)], mask[place, : len(line)] = line, True
    return inputs, mask


def reader_of(path: Path, plugins: Plugins, device: Device = "auto") -> Reader:
    """The reader of the run in the folder `path`: its exported network where it has one, which
    needs no training framework; else its model.

    Raises UsageError where the run writes and does not read, RunError where it cannot be read.
    """
    folder = RunFolder(path)
    record = folder.record()
    head = head_that_reads(path, record, plugins)
    return Reader(
        network=_network(folder, record, plugins, device),
        head=head,
        charset=record.data.charset,
        preparation=record.preparation,
        normalisation=record.normalisation,
        points_a_frame=points_a_frame(record),
    )


def record_of_reader(run: Path) -> ReaderRecord:
    """What an alignment keeps of the reader in a run's folder."""
    folder = RunFolder(run)
    return ReaderRecord(
        name=run.resolve().name,
        weights=folder.weights_and_checksum()[1],
        licences=tuple(folder.record().licences),
    )


def head_that_reads(path: Path, record: RunRecord, plugins: Plugins) -> Head:
    """A run's head. Raises UsageError where it learns ink."""
    head: Head = component_of(record.head, "head", plugins)
    if head.learns != "text":
        raise UsageError(
            f"{path} writes and does not read: its head is '{head.name}'. Give a run that reads "
            "with --run, or train one: hwsynth train --preset reader"
        )
    return head


def points_a_frame(record: RunRecord) -> int:
    """Points for which a run's model has one frame."""
    return 2 if record.model.convolution else 1


def _network(folder: RunFolder, record: RunRecord, plugins: Plugins, device: Device) -> Network:
    from hwsynth.exported_reader import exported_reader

    if device != "gpu" and (exported := exported_reader(folder, record)) is not None:
        return exported
    from hwsynth import backend

    backend.prepare(device)
    from hwsynth.experiment import load
    from hwsynth.reading_evaluation import network_of

    return network_of(load(folder.path, plugins)[1])
