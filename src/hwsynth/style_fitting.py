"""A style from some lines of a hand: the writer vector under which the model foretells them best.

All weights stay as they are; the vector alone is fitted, by Adam (Kingma and Ba 2015), from the
known style under which the lines are likeliest. Axis names: styles, width (numbers of a vector).
"""

from __future__ import annotations

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

STEPS, RATE = 60, 0.03
"""Of Adam: what a prototype needed."""
COMPARED_POINTS = 2_000
"""Of the lines under which known styles are compared: a few lines tell them apart."""
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
    some = Nats(model, whole_lines(sequences, _up_to(COMPARED_POINTS, usable, sequences)))
    nearest = int(np.argmin([some.of(style) for style in styles]))
    nats = Nats(model, whole_lines(sequences, usable))
    vector, best = _fitted(nats, styles[nearest], steps, progress)
    return FittedStyle(vector, best, nats.of(styles[0]), nats.of(styles[nearest]), nearest)


def _up_to(points: int, lines: list[int], sequences: Sequences) -> list[int]:
    """The first lines, with `points` targets or a few more."""
    reached = np.cumsum(sequences.targets[lines])
    return lines[: int(np.searchsorted(reached, points)) + 1]


def whole_lines(sequences: Sequences, lines: list[int]) -> Batch:
    """One batch of them."""
    crops = [Crop(line, 0, int(sequences.targets[line])) for line in lines]
    return sequences.batch(crops, len(crops), max(crop.length for crop in crops))


class Nats:
    """Nats per point of a batch, as a function of the style."""

    def __init__(self, model: HandwritingModel, batch: Batch) -> None:
        self.model = model
        self.points = batch.points
        arrays = {name: array for name, array in batch.tensors().items() if name != "writer"}
        self._names, self._arrays = list(arrays), list(arrays.values())
        self._nats = backend.compiled(self._summed, model.variables)
        self._slope = backend.gradients(self._summed, [], compiled=model.gains_from_xla())

    def of(self, style: Vector) -> float:
        """With the style (width,)."""
        return float(self._nats([style], self._arrays)[1]) / self.points

    def with_derivative(self, style: Vector) -> tuple[float, NDArray[np.float64]]:
        """The nats, and their derivative (width,) by the style."""
        given = [ops.convert_to_tensor(style)]
        nats, (derivative,) = self._slope(given, [ops.convert_to_tensor(a) for a in self._arrays])
        by_style = ops.convert_to_numpy(derivative).astype(np.float64) / self.points
        return float(nats) / self.points, by_style

    def _summed(self, sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
        batch = dict(zip(self._names, rest, strict=True))
        lines = ops.shape(batch["inputs"])[0]
        batch["style"] = ops.broadcast_to(sources[0][None], (lines, sources[0].shape[0]))
        params = self.model(batch)
        nats = ops.sum(self.model.head.batch_loss(params, batch))
        return nats, nats


def _fitted(
    nats: Nats, first: Vector, steps: int, progress: Callable[[int, int], None]
) -> tuple[Vector, float]:
    """The best of the vectors that `steps` steps of Adam come by, and its nats per point."""
    vector = first.astype(np.float64)
    mean, square = np.zeros_like(vector), np.zeros_like(vector)
    best, found = np.inf, first
    for step in range(1, steps + 2):
        at = vector.astype(np.float32)
        now, derivative = nats.with_derivative(at)
        if now < best:
            best, found = now, at
        mean = DECAYS[0] * mean + (1 - DECAYS[0]) * derivative
        square = DECAYS[1] * square + (1 - DECAYS[1]) * derivative**2
        unbiased = mean / (1 - DECAYS[0] ** step), square / (1 - DECAYS[1] ** step)
        vector = vector - RATE * unbiased[0] / (np.sqrt(unbiased[1]) + EPSILON)
        progress(min(step, steps), steps)
    return found, best
