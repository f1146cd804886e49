"""A corpus as masked batches of normalised rows.

A line of P points gives P − 1 targets: the rows of points 1 … P − 1. The input beside each is
the row before; the first input is null: all zeros.

A batch is a pure function of (seed, its number), so the position in the data is one number.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hwsynth import augmentation, rare_characters
from hwsynth.conditions import UNKNOWN, Conditions
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError
from hwsynth.normalisation import Normalisation
from hwsynth.reading_rows import reading_rows
from hwsynth.run_options import BatchOptions

T = TypeVar("T")

POOL = 20
"""Batches' worth of shuffled lines that are sorted by length together."""


@dataclass(frozen=True)
class Batch:
    """Lines or crops of lines side by side, padded on the right."""

    inputs: NDArray[np.float32]
    """(batch, steps, 2 + marks): rows that go in."""
    targets: NDArray[np.float32]
    """(batch, steps, 2 + marks): rows to be foretold."""
    mask: NDArray[np.bool_]
    """(batch, steps): False on padding."""
    lines: tuple[int, ...]
    """Which lines of the corpus; fewer than `batch` where the last rows are padding alone."""
    given: Mapping[str, NDArray] = field(default_factory=dict)
    """What is told beside the rows; see `Conditions.arrays`."""

    @property
    def points(self) -> int:
        """Targets in all."""
        return int(self.mask.sum())

    def tensors(self) -> dict[str, NDArray]:
        """What a model takes."""
        rows = {"inputs": self.inputs, "targets": self.targets, "mask": self.mask}
        return {**rows, **self.given}


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
    change: NDArray[np.float64] | None = None
    """(2, 2) that its offsets are multiplied by; see `augmentation.py`."""


class Sequences:
    """The lines of a corpus as what a model takes.

    A head that reads is given the rows of the points themselves, as `reading_rows` has them; one
    that foretells, for each row the one before.
    """

    def __init__(
        self, corpus: Corpus, normalisation: Normalisation, conditions: Conditions | None = None
    ) -> None:
        self.corpus, self.normalisation = corpus, normalisation
        self.conditions = conditions or Conditions()

    @functools.cached_property
    def targets(self) -> NDArray[np.int64]:
        """(lines,) the number of targets of each line."""
        targets: NDArray[np.int64] = np.diff(self.corpus.starts) - 1
        return targets

    def usable(self, lines: Sequence[int] | NDArray) -> NDArray[np.int64]:
        """Those of `lines` that have a target and what the conditions ask for.

        Raises DataError where none has.
        """
        lines = np.asarray(lines, np.int64)
        found = lines[self.targets[lines] > 0]
        if len(found) == 0:
            raise DataError(
                f"none of these {len(lines)} lines has two points or more; look at them with: "
                "hwsynth data"
            )
        return self.conditions.usable(self.corpus, found)

    def given(self, lines: Sequence[int], size: int) -> dict[str, NDArray]:
        """What is told of lines side by side in a batch of `size`."""
        return self.conditions.arrays(self.corpus, lines, size, int(self._longest_texts[-1]) + 1)

    def batch(self, crops: Sequence[Crop], size: int, steps: int) -> Batch:
        """`crops` as a batch of `size` by `steps`."""
        rows = self.rows(crops, size, steps)
        if self.conditions.text != "labels":
            return dataclasses.replace(rows, given=self.given(rows.lines, size))
        # The states that a head runs through are those of the longest text there is room for.
        room = int(self._longest_texts[np.searchsorted(self._sorted_targets, steps, "right") - 1])
        given = self.conditions.arrays(self.corpus, rows.lines, size, max(room, 1))
        return dataclasses.replace(rows, given=given)

    @functools.cached_property
    def _sorted_targets(self) -> NDArray[np.int64]:
        return np.sort(self.targets)

    @functools.cached_property
    def _longest_texts(self) -> NDArray[np.int64]:
        """(lines,) characters of the longest text of the lines with the fewest targets, up to each:
        numbers of the corpus alone, so that few programs are compiled."""
        lengths = np.array([len(text or "") for text in self.corpus.texts], np.int64)
        return np.maximum.accumulate(lengths[np.argsort(self.targets, kind="stable")])

    def rows(self, crops: Sequence[Crop], size: int, steps: int) -> Batch:
        """The same, with nothing told beside the rows."""
        marks = self.conditions.marks
        batch = make_batch(self.corpus, self.normalisation, crops, size, steps, marks)
        if self.conditions.text == "labels":
            seen = reading_rows(batch.targets, batch.mask, self.normalisation)
            return dataclasses.replace(batch, inputs=seen)
        return batch


def make_batch(
    corpus: Corpus,
    normalisation: Normalisation,
    crops: Sequence[Crop],
    size: int,
    steps: int,
    marks: int = 1,
) -> Batch:
    """`crops` as a batch of `size` by `steps`, with nothing told beside the rows."""
    inputs = np.zeros((size, steps, 2 + marks), np.float32)
    targets = np.zeros((size, steps, 2 + marks), np.float32)
    mask = np.zeros((size, steps), np.bool_)
    for place, crop in enumerate(crops):
        rows = crop_rows(corpus, normalisation, crop, marks)
        inputs[place, : crop.length] = rows[:-1]
        targets[place, : crop.length] = rows[1:]
        mask[place, : crop.length] = True
    return Batch(inputs, targets, mask, tuple(crop.line for crop in crops))


def crop_rows(
    corpus: Corpus, normalisation: Normalisation, crop: Crop, marks: int = 1
) -> NDArray[np.float32]:
    """(length + 1, 2 + marks): the first input, then the targets, normalised."""
    first = corpus.starts[crop.line] + crop.start
    # Row r is the step from point r − 1 to r: one point more on the left.
    here = slice(max(first - 1, corpus.starts[crop.line]), first + crop.length + 1)
    points = corpus.points[here]
    offsets = points[1:].astype(np.float64)
    offsets[:, :2] = np.diff(points[:, :2].astype(np.float64), axis=0)
    if crop.change is not None:
        offsets[:, :2] = offsets[:, :2] @ crop.change.T
    if marks == 2 and corpus.char_end is not None:
        offsets = np.concatenate([offsets, corpus.char_end[here][1:, None]], axis=1)
    rows = normalisation.rows(offsets)
    if crop.start == 0:
        rows = np.concatenate([np.zeros((1, 2 + marks), np.float32), rows])
    return rows


class TrainingBatches:
    """The batches of a run, by number: the same number gives the same batch."""

    def __init__(
        self, sequences: Sequences, lines: NDArray, options: BatchOptions, seed: int
    ) -> None:
        """Raises DataError where `lines` hold nothing to learn."""
        self.sequences, self.options, self.seed = sequences, options, seed
        self.lines = self._with_rare_ones_repeated(sequences.usable(lines))
        self.targets = sequences.targets[self.lines]
        self.per_epoch = self._batches_per_epoch()

    def __getitem__(self, number: int) -> Batch:
        """The batch of step `number`, counted from 0 through all epochs."""
        epoch, index = divmod(number, self.per_epoch)
        crops = self._epoch(epoch)[index]
        steps = self.options.crop or padded(max(crop.length for crop in crops))
        rng = np.random.default_rng([self.seed, epoch, index])
        batch = self.sequences.batch(self._changed(crops, rng), self._size(steps), steps)
        return self._partly_anonymous(batch, rng)

    def _with_rare_ones_repeated(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.options.rare:
            return lines
        texts = [self.sequences.corpus.texts[line] for line in lines]
        factors = rare_characters.repeat_factors(texts, self.options.rare)
        return rare_characters.repeated(lines, factors, np.random.default_rng(self.seed))

    def _changed(self, crops: list[Crop], rng: np.random.Generator) -> list[Crop]:
        if not augmentation.is_on(self.options):
            return crops
        return [
            dataclasses.replace(crop, change=augmentation.drawn(self.options, rng))
            for crop in crops
        ]

    def _partly_anonymous(self, batch: Batch, rng: np.random.Generator) -> Batch:
        if "writer" not in batch.given:
            return batch
        hidden = rng.random(len(batch.mask)) < self.options.anonymous
        writer = np.where(hidden, UNKNOWN, batch.given["writer"]).astype(np.int32)
        return dataclasses.replace(batch, given={**batch.given, "writer": writer})

    def _batches_per_epoch(self) -> int:
        options = self.options
        if options.points and not options.crop:
            return sum(-(-len(lines) // self._size(steps)) for steps, lines in self._lengths)
        count = int(self._crops_per_line().sum()) if options.crop else len(self.lines)
        return -(-count // options.batch_size)

    def _size(self, steps: int) -> int:
        """Lines of a batch of so many steps."""
        options = self.options
        if options.crop or not options.points:
            return options.batch_size
        return min(options.batch_size, max(1, options.points // steps))

    @functools.cached_property
    def _lengths(self) -> list[tuple[int, NDArray[np.int64]]]:
        """Each padded length, and the places of the lines that have it."""
        steps = np.array([padded(int(targets)) for targets in self.targets])
        return [(int(each), np.flatnonzero(steps == each)) for each in np.unique(steps)]

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
        batches = self._by_points(rng) if self.options.points else self._by_number(rng)
        order = rng.permutation(len(batches))
        return [
            [Crop(int(self.lines[place]), 0, int(self.targets[place])) for place in batches[i]]
            for i in order
        ]

    def _by_number(self, rng: np.random.Generator) -> list[list[int]]:
        """Places of lines, `batch_size` a batch, sorted by length a pool at a time."""
        places = rng.permutation(len(self.lines)).tolist()
        batches = []
        for pool in _groups(places, POOL * self.options.batch_size):
            pool = sorted(pool, key=lambda place: int(self.targets[place]))
            batches += _groups(pool, self.options.batch_size)
        return batches

    def _by_points(self, rng: np.random.Generator) -> list[list[int]]:
        """Places of lines, those of one padded length together, as many as their points allow."""
        batches = []
        for steps, places in self._lengths:
            batches += _groups(rng.permutation(places).tolist(), self._size(steps))
        return batches


def _groups(items: list[T], size: int) -> list[list[T]]:
    return [items[i : i + size] for i in range(0, len(items), size)]
