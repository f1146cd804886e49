"""How well a model reads lines: nats of their texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.batches import Batch, Crop, Sequences, padded
from hwsynth.reading_model import ReadingModel

SIDE_BY_SIDE = 50
"""Lines that run together."""


@dataclass(frozen=True)
class ReadingScores:
    """Sums over lines."""

    nats: float
    sequences: int
    points: int

    @property
    def nats_per_point(self) -> float:
        """Nats of the texts for each point, to compare with those of training."""
        return self.nats / self.points


class ReadingEvaluator:
    """Scores a model; compiled once, used as often as one likes while its weights change."""

    def __init__(self, model: ReadingModel, sequences: Sequences) -> None:
        self.model, self.sequences = model, sequences
        self._losses = backend.compiled(self._score, model.variables)

    def __call__(
        self,
        lines: Sequence[int] | NDArray,
        progress: Callable[[int, int], None] | None = None,
    ) -> ReadingScores:
        """Scores `lines`; `progress(done, of)` is called as lines are done.

        Raises DataError where none can be scored.
        """
        usable, nats, points, done = self.sequences.usable(lines), 0.0, 0, 0
        for batch in whole_lines(self.sequences, usable, SIDE_BY_SIDE):
            losses = ops.convert_to_numpy(self._losses(batch.tensors()))
            nats += float(np.asarray(losses, np.float64)[: len(batch.lines)].sum())
            points, done = points + batch.points, done + len(batch.lines)
            if progress:
                progress(done, len(usable))
        return ReadingScores(nats, len(usable), points)

    def _score(self, batch: dict[str, Any]) -> Any:
        """(batch,)."""
        return self.model.losses_of(self.model(batch), batch)


def whole_lines(sequences: Sequences, lines: NDArray, size: int) -> Iterator[Batch]:
    """Batches of `lines`, those of like length side by side."""
    order = lines[np.argsort(sequences.targets[lines], kind="stable")]
    for start in range(0, len(order), size):
        crops = [
            Crop(int(line), 0, int(sequences.targets[line])) for line in order[start : start + size]
        ]
        yield sequences.batch(crops, size, padded(crops[-1].length))
