"""A corpus as masked batches of whole lines and their texts, for heads that learn text.

A line of P points gives P − 1 rows: Δx and Δy from the point before, the height above the first
point, pen_up, and whether the point begins a stroke. Where lines begin at their middle, as
prepared ones do, the height is that above the line's middle.

A batch is a pure function of (seed, its number), the variation of its lines too.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.batches import POOL, padded
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import BatchOptions

log = logging.getLogger(__name__)

FEATURES = 5
"""Δx, Δy, height, pen_up, start."""


@dataclass(frozen=True)
class ReadingBatch:
    """Lines side by side, padded on the right."""

    inputs: NDArray[np.float32]
    """(batch, steps, 5): rows."""
    mask: NDArray[np.bool_]
    """(batch, steps): False on padding."""
    labels: NDArray[np.int32]
    """(batch, chars): 1 + place in the charset, 0 after a text's end."""
    lines: tuple[int, ...]
    """Which lines of the corpus; fewer than `batch` where the last rows are padding alone."""

    @property
    def points(self) -> int:
        """Rows in all."""
        return int(self.mask.sum())

    def tensors(self) -> dict[str, NDArray]:
        """What a model takes."""
        return {"inputs": self.inputs, "mask": self.mask, "labels": self.labels}


def reading_rows(points: NDArray, normalisation: Normalisation) -> NDArray[np.float32]:
    """points (points, 3) in corpus units -> rows (points − 1, 5) as a model sees them.

    The height is in standard deviations of Δy, as Δy itself is.
    """
    whole = points.astype(np.float64)
    offsets = np.concatenate([np.diff(whole[:, :2], axis=0), whole[1:, 2:]], axis=1)
    rows = np.empty((len(offsets), FEATURES), np.float32)
    rows[:, [0, 1, 3]] = normalisation.rows(offsets)
    rows[:, 2] = (whole[1:, 1] - whole[0, 1]) / normalisation.sd[1]
    rows[:, 4] = whole[:-1, 2]
    return rows


def stacked(
    rows: Sequence[NDArray[np.float32]], size: int, steps: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Rows of some lines, each (points, 5) -> (size, steps, 5) and their mask (size, steps)."""
    inputs = np.zeros((size, steps, FEATURES), np.float32)
    mask = np.zeros((size, steps), np.bool_)
    for place, line in enumerate(rows):
        inputs[place, : len(line)] = line
        mask[place, : len(line)] = True
    return inputs, mask


class ReadableLines:
    """The lines of a corpus that have a text which a model can be taught, and their labels."""

    def __init__(self, corpus: Corpus, lines: NDArray, charset: str, points_a_frame: int) -> None:
        """Says how many lines are left out, and why. Raises DataError where none is left."""
        self.corpus = corpus
        numbers = {character: 1 + place for place, character in enumerate(charset)}
        rows = np.diff(corpus.starts) - 1
        self.labels: dict[int, NDArray[np.int32]] = {}
        left_out = {"without text": 0, "with characters unknown to the run": 0, "too short": 0}
        for line in map(int, lines):
            text = corpus.texts[line]
            if not text:
                left_out["without text"] += 1
            elif not numbers.keys() >= {*text}:
                left_out["with characters unknown to the run"] += 1
            elif frames_needed(text) > -(-int(rows[line]) // points_a_frame):
                left_out["too short"] += 1
            else:
                self.labels[line] = np.array([numbers[each] for each in text], np.int32)
        said = ", ".join(f"{count:,} {why}" for why, count in left_out.items() if count)
        if said:
            log.warning(
                "of %s lines to read, %s are left out%s",
                f"{len(lines):,}",
                said,
                "; too short: fewer points than their text takes" * bool(left_out["too short"]),
            )
        if not self.labels:
            raise DataError(f"none of the {len(lines)} lines can be read: {said}")
        self.lines = np.array([*self.labels], np.int64)
        self.rows: NDArray[np.int64] = rows[self.lines]

    @property
    def longest_text(self) -> int:
        """Characters."""
        return max(map(len, self.labels.values()))

    def batch(
        self,
        lines: Sequence[int],
        normalisation: Normalisation,
        size: int,
        chars: int,
        variations: Sequence[NDArray] | None = None,
    ) -> ReadingBatch:
        """Some of the lines. variations: one a line, (2, 2), which its x and y are multiplied by
        from the left."""
        rows = [
            reading_rows(
                _varied(self.points(line), variations[place] if variations else None), normalisation
            )
            for place, line in enumerate(lines)
        ]
        inputs, mask = stacked(rows, size, padded(max(map(len, rows))))
        labels = np.zeros((size, chars), np.int32)
        for place, line in enumerate(lines):
            labels[place, : len(self.labels[line])] = self.labels[line]
        return ReadingBatch(inputs, mask, labels, tuple(lines))

    def points(self, line: int) -> NDArray[np.float32]:
        """(points, 3) of a line."""
        return self.corpus.points[self.corpus.starts[line] : self.corpus.starts[line + 1]]


def frames_needed(text: str) -> int:
    """Steps that show a text at least: a blank parts a character from the same one."""
    return len(text) + sum(a == b for a, b in zip(text, text[1:], strict=False))


class ReadingBatches:
    """The batches of a run, by number: the same number gives the same batch."""

    def __init__(
        self,
        readable: ReadableLines,
        normalisation: Normalisation,
        options: BatchOptions,
        seed: int,
    ) -> None:
        self.readable, self.normalisation = readable, normalisation
        self.options, self.seed = options, seed
        self.corpus = readable.corpus
        self.per_epoch = -(-len(readable.lines) // options.batch_size)

    def __getitem__(self, number: int) -> ReadingBatch:
        """The batch of step `number`, counted from 0 through all epochs."""
        epoch, index = divmod(number, self.per_epoch)
        lines = self._epoch(epoch)[index]
        return self.readable.batch(
            lines,
            self.normalisation,
            self.options.batch_size,
            self.readable.longest_text,
            self._variations(number, len(lines)),
        )

    def _variations(self, number: int, count: int) -> list[NDArray]:
        rng = np.random.default_rng([self.seed, number, 1])
        return [variation(self.options, rng) for _ in range(count)]

    # Only the epoch at hand is asked for, step by step.
    @functools.lru_cache(maxsize=1)  # noqa: B019
    def _epoch(self, epoch: int) -> list[list[int]]:
        """Each line once, beside others of like length."""
        rng = np.random.default_rng([self.seed, epoch])
        places, size = rng.permutation(len(self.readable.lines)), self.options.batch_size
        batches = []
        for start in range(0, len(places), POOL * size):
            pool = places[start : start + POOL * size]
            pool = pool[np.argsort(self.readable.rows[pool], kind="stable")]
            batches += [pool[i : i + size] for i in range(0, len(pool), size)]
        order = rng.permutation(len(batches))
        return [[int(self.readable.lines[place]) for place in batches[i]] for i in order]


def variation(options: BatchOptions, rng: np.random.Generator) -> NDArray[np.float64]:
    """What a line's x and y (2,) are multiplied by from the left: size, width and slant."""
    slant = rng.uniform(-options.slant, options.slant)
    width, size = (np.exp(rng.uniform(-1, 1) * np.log1p(by)) for by in (options.width, options.size))
    varied: NDArray[np.float64] = size * np.array([[width, slant], [0, 1]])
    return varied


def _varied(points: NDArray, by: NDArray | None) -> NDArray:
    if by is None:
        return points
    varied = points.astype(np.float64)
    varied[:, :2] = varied[:, :2] @ by.T
    return varied
