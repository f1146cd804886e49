"""A corpus as masked batches of normalised rows.

A line of P points gives P − 1 targets: the rows of points 1 … P − 1. The input beside each is
the row before; the first input is null: all zeros.

A batch is a pure function of (seed, its number), so the position in the data is one number.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hwsynth.corpus import Corpus
from hwsynth.errors import DataError
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import BatchOptions

T = TypeVar("T")

POOL = 20
"""Batches' worth of shuffled lines that are sorted by length together."""


@dataclass(frozen=True)
class Batch:
    """Lines or crops of lines side by side, padded on the right."""

    inputs: NDArray[np.float32]
    """(batch, steps, 3): rows that go in."""
    targets: NDArray[np.float32]
    """(batch, steps, 3): rows to be foretold."""
    mask: NDArray[np.bool_]
    """(batch, steps): False on padding."""
    lines: tuple[int, ...]
    """Which lines of the corpus; fewer than `batch` where the last rows are padding alone."""

    @property
    def points(self) -> int:
        """Targets in all."""
        return int(self.mask.sum())

    def tensors(self) -> dict[str, NDArray]:
        """What a model takes."""
        return {"inputs": self.inputs, "targets": self.targets, "mask": self.mask}


def padded(points: int) -> int:
    """The length that whole lines of so many targets are padded to: 64, and then each a quarter
    more. Each length is a program to be compiled: a dozen serve lines of up to 1,000 points."""
    steps = 64
    while steps < points:
        steps += steps // 4
    return steps


@dataclass(frozen=True)
class Crop:
    """Part of a line: `length` targets, the first being row `start` + 1."""

    line: int
    start: int
    length: int


def make_batch(
    corpus: Corpus, normalisation: Normalisation, crops: Sequence[Crop], size: int, steps: int
) -> Batch:
    """`crops` as a batch of `size` by `steps`."""
    inputs = np.zeros((size, steps, 3), np.float32)
    targets = np.zeros((size, steps, 3), np.float32)
    mask = np.zeros((size, steps), np.bool_)
    for place, crop in enumerate(crops):
        rows = crop_rows(corpus, normalisation, crop)
        inputs[place, : crop.length] = rows[:-1]
        targets[place, : crop.length] = rows[1:]
        mask[place, : crop.length] = True
    return Batch(inputs, targets, mask, tuple(crop.line for crop in crops))


def crop_rows(corpus: Corpus, normalisation: Normalisation, crop: Crop) -> NDArray[np.float32]:
    """(length + 1, 3): the first input, then the targets, normalised."""
    first = corpus.starts[crop.line] + crop.start
    # Row r is the step from point r − 1 to r: one point more on the left.
    points = corpus.points[max(first - 1, corpus.starts[crop.line]) : first + crop.length + 1]
    offsets = points[1:].astype(np.float64)
    offsets[:, :2] = np.diff(points[:, :2].astype(np.float64), axis=0)
    rows = normalisation.rows(offsets)
    if crop.start == 0:
        rows = np.concatenate([np.zeros((1, 3), np.float32), rows])
    return rows


class TrainingBatches:
    """The batches of a run, by number: the same number gives the same batch."""

    def __init__(
        self,
        corpus: Corpus,
        lines: NDArray,
        normalisation: Normalisation,
        options: BatchOptions,
        seed: int,
    ) -> None:
        """Raises DataError where `lines` hold nothing to foretell."""
        self.corpus, self.normalisation = corpus, normalisation
        self.options, self.seed = options, seed
        targets = np.diff(corpus.starts)[lines] - 1
        self.lines, self.targets = lines[targets > 0], targets[targets > 0]
        if len(self.lines) == 0:
            raise DataError(
                f"none of the {len(lines)} lines to train on has two points or more; "
                "look at them with: hwsynth data"
            )
        count = int(self._crops_per_line().sum()) if options.crop else len(self.lines)
        self.per_epoch = -(-count // options.batch_size)

    def __getitem__(self, number: int) -> Batch:
        """The batch of step `number`, counted from 0 through all epochs."""
        epoch, index = divmod(number, self.per_epoch)
        crops = self._epoch(epoch)[index]
        longest = max(crop.length for crop in crops)
        steps = self.options.crop or padded(longest)
        return make_batch(self.corpus, self.normalisation, crops, self.options.batch_size, steps)

    def _crops_per_line(self) -> NDArray[np.int64]:
        held: NDArray[np.int64] = self.targets // self.options.crop
        return np.maximum(held, 1)

    # Only the epoch at hand is asked for, step by step.
    @functools.lru_cache(maxsize=1)  # noqa: B019
    def _epoch(self, epoch: int) -> list[list[Crop]]:
        rng = np.random.default_rng([self.seed, epoch])
        return self._crops(rng) if self.options.crop else self._whole_lines(rng)

    def _crops(self, rng: np.random.Generator) -> list[list[Crop]]:
        """As many crops of each line as it holds, anywhere in it, shuffled."""
        places = rng.permutation(np.repeat(np.arange(len(self.lines)), self._crops_per_line()))
        lengths = np.minimum(self.targets[places], self.options.crop)
        starts = rng.integers(0, self.targets[places] - lengths, endpoint=True)
        crops = [
            Crop(int(line), int(start), int(length))
            for line, start, length in zip(self.lines[places], starts, lengths, strict=True)
        ]
        return _groups(crops, self.options.batch_size)

    def _whole_lines(self, rng: np.random.Generator) -> list[list[Crop]]:
        """Each line once, beside others of like length."""
        places = rng.permutation(len(self.lines))
        batches = []
        for pool in _groups(list(places), POOL * self.options.batch_size):
            pool = sorted(pool, key=lambda place: int(self.targets[place]))
            batches += _groups(pool, self.options.batch_size)
        order = rng.permutation(len(batches))
        return [
            [Crop(int(self.lines[place]), 0, int(self.targets[place])) for place in batches[i]]
            for i in order
        ]


def _groups(items: list[T], size: int) -> list[list[T]]:
    return [items[i : i + size] for i in range(0, len(items), size)]
