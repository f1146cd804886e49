"""A style from some lines of a hand: the writer vector under which the model foretells them best.

All weights stay as they are; the vector alone is fitted, by Adam (Kingma and Ba 2015), from the
known style under which the lines are likeliest. A few lines would be told by heart: what is made
least is their nats less the logarithm of how likely such a vector is among the known ones, a normal
distribution about 0. Axis names: styles, width (numbers of a vector).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.batches import Batch, Crop, Sequences
from hwsynth.errors import UsageError
from hwsynth.model import HandwritingModel

Vector = NDArray[np.float32]

STEPS, RATE = 40, 0.06
"""Of Adam; the rate falls to nought along a cosine."""
STEP_POINTS = 2_000
"""Of lines that a step looks at: more lines take no longer, and steps go through them in turn."""
POINTS_THAT_TELL = 10
"""Points, about a character's, that tell as much of a style as one that stands alone: neighbours
are alike."""
COMPARED_POINTS, KEPT = 250, 8
"""Known styles are compared by lines of so many points first; an eighth goes on, to lines of eight
times as many (Jamieson and Talwalkar 2016, successive halving)."""
POINTS_AT_ONCE = 30_000
"""Of lines under all styles that are compared side by side: enough for matrix products to be quick,
little enough for memory."""
DECAYS, EPSILON = (0.9, 0.999), 1e-8


@dataclass(frozen=True)
class FittedStyle:
    """A vector, and what it gains: nats per point of the lines that it was fitted to."""

    vector: Vector
    """(width,)."""
    nats: float
    """With the vector."""
    nats_of_nobody: float
    """With the style of a writer who is not known."""
    nats_of_nearest: float
    """With the known style that the fit began from."""
    nearest: int
    """Which that is, among the styles that were given."""


def fit_style(
    model: HandwritingModel,
    sequences: Sequences,
    lines: Sequence[int],
    styles: NDArray[np.float32],
    *,
    steps: int = STEPS,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> FittedStyle:
    """The style of some lines of a corpus that is prepared as the model's.

    styles (styles, width): known ones, nobody's first. `progress(done, of)` is called after each
    step. Raises UsageError where the model has no styles, DataError where no line can be used.
    """
    if model.writers is None:
        raise UsageError(
            "this model learnt no styles, so that none can be fitted; train one with "
            "--set model.writer=24, or write in the manner of a line: hwsynth write --prime FILE"
        )
    usable = sequences.usable(lines).tolist()
    nearest = _nearest(model, sequences, usable, styles)
    nats = Nats(model, sequences, usable)
    pull = POINTS_THAT_TELL / nats.points / float(np.square(styles).mean())
    vector = _fitted(nats, styles[nearest], pull, steps, progress)
    fitted, of_nobody, of_nearest = nats.of_each(np.stack([vector, styles[0], styles[nearest]]))
    return FittedStyle(vector, float(fitted), float(of_nobody), float(of_nearest), nearest)


def _nearest(
    model: HandwritingModel, sequences: Sequences, lines: list[int], styles: NDArray[np.float32]
) -> int:
    """The style under which the lines are likeliest. A line shows which styles it is far from; few
    are left when all lines have to tell which is nearest."""
    left, points = np.arange(len(styles)), COMPARED_POINTS
    while len(left) > 1:
        some = _up_to(points, lines, sequences)
        best_first = Nats(model, sequences, some).of_each(styles[left]).argsort()
        go_on = math.ceil(len(left) / KEPT) if len(some) < len(lines) else 1
        left, points = left[best_first[:go_on]], points * KEPT
    return int(left[0])


def _up_to(points: int, lines: list[int], sequences: Sequences) -> list[int]:
    """The first lines, with `points` targets or a few more."""
    reached = np.cumsum(sequences.targets[lines])
    return lines[: int(np.searchsorted(reached, points)) + 1]


class Nats:
    """Nats per point of whole lines, as a function of the style."""

    def __init__(self, model: HandwritingModel, sequences: Sequences, lines: list[int]) -> None:
        self.model = model
        self._batches = _of_equal_shape(sequences, lines)
        self.points = sum(batch.points for batch in self._batches)
        self._names = [name for name in self._batches[0].tensors() if name != "writer"]
        self._nats = backend.compiled(self._of_lines, model.variables)
        self._slope = backend.gradients(self._summed, [], compiled=model.gains_from_xla())

    def of(self, style: Vector) -> float:
        """With the style (width,)."""
        return float(self.of_each(style[None])[0])

    def of_each(self, styles: NDArray[np.float32]) -> NDArray[np.float64]:
        """With each of the styles (styles, width) -> (styles,)."""
        groups = _of_equal_size(styles, max(1, POINTS_AT_ONCE // self._batches[0].mask.size))
        by_batch = [
            np.concatenate([self._under(group, batch) for group in groups])
            for batch in self._batches
        ]
        nats: NDArray[np.float64] = np.sum(by_batch, axis=0)[: len(styles)] / self.points
        return nats

    def _under(self, styles: NDArray[np.float32], batch: Batch) -> NDArray[np.float64]:
        """Nats (styles,) of one batch; its lines under all of the styles stand side by side."""
        lines = len(batch.mask)
        repeated = [np.concatenate([array] * len(styles)) for array in self._arrays(batch)]
        nats = self._nats(np.repeat(styles, lines, axis=0), repeated)
        by_line = ops.convert_to_numpy(nats).astype(np.float64)
        by_style: NDArray[np.float64] = by_line.reshape(len(styles), lines).sum(axis=1)
        return by_style

    def derivative(self, style: Vector, turn: int) -> NDArray[np.float64]:
        """(width,) by the style (width,), of some of the lines: which, goes in turn."""
        batch = self._batches[turn % len(self._batches)]
        given = [ops.convert_to_tensor(array) for array in self._arrays(batch)]
        _, (by_style,) = self._slope([ops.convert_to_tensor(style)], given)
        slope: NDArray[np.float64] = ops.convert_to_numpy(by_style) / np.float64(batch.points)
        return slope

    def _arrays(self, batch: Batch) -> list[NDArray]:
        tensors = batch.tensors()
        return [tensors[name] for name in self._names]

    def _summed(self, sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
        style = sources[0]
        lines = ops.shape(rest[0])[0]
        nats = ops.sum(self._of_lines(ops.tile(style[None], (lines, 1)), rest))
        return nats, nats

    def _of_lines(self, styles: Any, rest: Sequence[Any]) -> Any:
        """styles (lines, width), and what a batch holds -> nats (lines,)."""
        batch = {**dict(zip(self._names, rest, strict=True)), "style": styles}
        return self.model.head.batch_loss(self.model(batch), batch)


def _of_equal_size(styles: NDArray[np.float32], most: int) -> list[NDArray[np.float32]]:
    """Groups of at most so many, filled up with the last one: each size is a program to compile."""
    count = math.ceil(len(styles) / most)
    size = math.ceil(len(styles) / count)
    filled = np.pad(styles, ((0, count * size - len(styles)), (0, 0)), mode="edge")
    return np.split(filled, count)


def _of_equal_shape(sequences: Sequences, lines: list[int]) -> list[Batch]:
    """Batches of about as many points as a step looks at."""
    length = int(sequences.targets[lines].max())
    rows = min(len(lines), max(1, STEP_POINTS // length))
    crops = [Crop(line, 0, int(sequences.targets[line])) for line in lines]
    return [sequences.batch(crops[i : i + rows], rows, length) for i in range(0, len(crops), rows)]


def _fitted(
    nats: Nats, first: Vector, pull: float, steps: int, progress: Callable[[int, int], None]
) -> Vector:
    """The vector that Adam comes to; `pull` is the derivative of the prior by each number, for a
    number of 1."""
    vector = first.astype(np.float64)
    mean, square = np.zeros_like(vector), np.zeros_like(vector)
    for step in range(steps):
        slope = nats.derivative(vector.astype(np.float32), step) + pull * vector
        mean = DECAYS[0] * mean + (1 - DECAYS[0]) * slope
        square = DECAYS[1] * square + (1 - DECAYS[1]) * slope**2
        unbiased = mean / (1 - DECAYS[0] ** (step + 1)), square / (1 - DECAYS[1] ** (step + 1))
        rate = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        vector = vector - rate * unbiased[0] / (np.sqrt(unbiased[1]) + EPSILON)
        progress(step + 1, steps)
    return vector.astype(np.float32)
