"""How well a model foretells lines: nats and squared errors.

A line of P points is one sequence of P − 1 targets after a null input, whole, none cut off.
Lines run side by side in pieces of a fixed length with the state handed on, so that one
compiled program serves lines of any length.

Plain nats can gain on offsets that repeat exactly, since tablets give whole numbers. The
dequantised figure adds to each target offset a uniform ±½ unit, which bounds the nats of the
whole-number offsets from above (Theis, van den Oord and Bethge 2016, section 3.1); inputs stay
as they are.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.batches import Crop, Sequences
from hwsynth.conditions import Conditions
from hwsynth.corpus import Corpus
from hwsynth.errors import RunError
from hwsynth.model import HandwritingModel
from hwsynth.normalisation import Normalisation

PIECE = 256
"""Steps of a piece."""
SIDE_BY_SIDE = 50
"""Lines that run together."""
NOISE_SEED = 20130804
"""Of the dequantising noise, always the same, so that figures compare."""


@dataclass(frozen=True)
class Scores:
    """Sums over all points of all lines, in the units that the model sees."""

    nats: float
    dequantised_nats: float
    squared_error: float
    """Of the mixture's mean."""
    squared_error_best: float
    """Of the mean of the component that weighs most."""
    sequences: int
    points: int
    """Targets."""

    @property
    def nats_per_point(self) -> float:
        """Nats of one target, on average."""
        return self.nats / self.points


class Evaluator:
    """Scores a model; compiled once, used as often as one likes while its weights change."""

    def __init__(
        self,
        model: HandwritingModel,
        normalisation: Normalisation,
        conditions: Conditions | None = None,
    ) -> None:
        """`normalisation` and `conditions` are those that the model was trained with."""
        self.model, self.normalisation = model, normalisation
        self.conditions = conditions or Conditions()
        self._piece = backend.compiled(self._score_piece, model.variables)

    def __call__(
        self,
        corpus: Corpus,
        lines: Sequence[int] | NDArray,
        progress: Callable[[int, int], None] | None = None,
    ) -> Scores:
        """Scores `lines`; `progress(done, of)` is called as lines are done.

        Raises DataError where no line has two points, and what the conditions ask for.
        """
        sequences = Sequences(corpus, self.normalisation, self.conditions)
        targets = sequences.targets
        order = sorted(sequences.usable(lines).tolist(), key=lambda i: (-targets[i], i))
        totals = np.zeros(4)
        for done in range(0, len(order), SIDE_BY_SIDE):
            group = order[done : done + SIDE_BY_SIDE]
            totals += self._score_group(sequences, group)
            if progress:
                progress(done + len(group), len(order))
        points = int(targets[order].sum())
        nats, dequantised, error, error_best = (float(total) for total in totals)
        return Scores(nats, dequantised, error, error_best, len(order), points)

    def _score_group(self, sequences: Sequences, group: list[int]) -> NDArray:
        state = self.model.initial_state(SIDE_BY_SIDE)
        targets, given = sequences.targets, sequences.given(group, SIDE_BY_SIDE)
        noise = [_noise(line, int(targets[line])) for line in group]
        totals = np.zeros(4)
        for start in range(0, int(targets[group[0]]), PIECE):
            # Longest first: lines that have ended are the last places, and stay empty.
            crops = list(_pieces(group, targets, start))
            batch = sequences.rows(crops, SIDE_BY_SIDE, PIECE)
            shifted = batch.targets.copy()
            for place, crop in enumerate(crops):
                piece = noise[place][start : start + crop.length]
                shifted[place, : crop.length, :2] += piece * self.normalisation.unit
            sums, state = self._piece({**batch.tensors(), **given}, shifted, state)
            totals += np.asarray(ops.convert_to_numpy(sums), np.float64).sum(axis=1)
        return totals

    def _score_piece(self, batch: dict, shifted: Any, state: Any) -> tuple[Any, Any]:
        """Sums (4, batch) over a piece, and the state after it."""
        head = self.model.head
        params, state = self.model.unroll(
            batch["inputs"], state, batch["mask"], given=self.model.given_in(batch)
        )
        nats = head.batch_loss(params, batch)
        dequantised = head.batch_loss(params, {**batch, "targets": shifted})
        errors = [
            ops.sum(ops.where(batch["mask"], error, 0.0), axis=1)
            for error in head.squared_error(params, batch["targets"])
        ]
        return ops.stack([nats, dequantised, *errors]), state


def _pieces(group: Sequence[int], targets: NDArray, start: int) -> Iterator[Crop]:
    for line in group:
        left = int(targets[line]) - start
        if left > 0:
            yield Crop(line, start, min(left, PIECE))


def _noise(line: int, targets: int) -> NDArray[np.float64]:
    """(targets, 2) in corpus units; a line's own, whatever it is evaluated with."""
    return np.random.default_rng([NOISE_SEED, line]).uniform(-0.5, 0.5, (targets, 2))


def report(scores: Scores, used: Normalisation, graves: Normalisation | None) -> dict[str, Any]:
    """The figures of an evaluation, by the names that `hwsynth evaluate --json` gives.

    Graves's units are unclipped offsets, standardised by `graves`, that of the training split of
    the evaluated dataset; None for runs that clip or resample, whose offsets are others. Raises
    RunError where a sum is not finite.
    """
    if not all(math.isfinite(total) for total in dataclasses.astuple(scores)):
        raise RunError(
            f"the run foretells these lines without bounds (nats {scores.nats}, squared error "
            f"{scores.squared_error}): its training went astray, or the lines are not in the units "
            "of its corpus. Train anew with a lower --set training.learning_rate, or choose other "
            "data"
        )
    shift = None
    if graves is not None:
        # p(v) changes by the Jacobian of the change of units, at every point.
        jacobian = math.log(graves.sd[0] * graves.sd[1] / (used.sd[0] * used.sd[1]))
        shift = -jacobian * scores.points / scores.sequences
    per_sequence = scores.nats / scores.sequences
    dequantised = scores.dequantised_nats / scores.sequences
    return {
        "nats_per_sequence": per_sequence,
        "nats_per_point": scores.nats_per_point,
        "dequantised_nats_per_sequence": dequantised,
        "graves_nats_per_sequence": None if shift is None else per_sequence + shift,
        "graves_dequantised_nats_per_sequence": None if shift is None else dequantised + shift,
        "sse_per_point": scores.squared_error / scores.points,
        "sse_per_point_best": scores.squared_error_best / scores.points,
        "sequences": scores.sequences,
        "points": scores.points,
    }
