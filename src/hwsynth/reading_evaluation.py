"""How well a model reads lines: nats of their texts, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.batches import Batch, Crop, Sequences, padded
from hwsynth.contracts import Head
from hwsynth.corpus import Corpus
from hwsynth.errors import RunError
from hwsynth.language import Language
from hwsynth.misreadings import Misread, broken, by_writer, misread
from hwsynth.reading_model import ReadingModel

SIDE_BY_SIDE = 50
"""Lines that run together."""


@dataclass(frozen=True)
class ReadingScores:
    """Of lines; nats are sums."""

    nats: float
    points: int
    texts: dict[int, str] = field(default_factory=dict)
    """Line -> what was read, where that was asked for."""

    @property
    def nats_per_point(self) -> float:
        """Nats of the texts for each point, as those of training."""
        return self.nats / self.points


class ReadingEvaluator:
    """Scores a model; compiled once, used as often as one likes while its weights change."""

    def __init__(
        self,
        model: ReadingModel,
        sequences: Sequences,
        head: Head | None = None,
        language: Language | None = None,
    ) -> None:
        """`head`: the component that built the model's, which decodes; None: nothing is read.
        `language`: weighed in reading, not in nats."""
        self.model, self.sequences, self.head, self.language = model, sequences, head, language
        self._scores = backend.compiled(self._score, model.variables)

    def __call__(
        self,
        lines: Sequence[int] | NDArray,
        progress: Callable[[int, int], None] | None = None,
    ) -> ReadingScores:
        """Scores `lines`; `progress(done, of)` is called as lines are done.

        Raises DataError where none can be scored.
        """
        usable = self.sequences.usable(lines)
        nats, points, done, texts = 0.0, 0, 0, dict[int, str]()
        for batch in _whole_lines(self.sequences, usable):
            losses, params = map(ops.convert_to_numpy, self._scores(batch.tensors()))
            nats += float(np.asarray(losses, np.float64)[: len(batch.lines)].sum())
            points, done = points + batch.points, done + len(batch.lines)
            texts |= self._texts(batch, params)
            if progress:
                progress(done, len(usable))
        return ReadingScores(nats, points, texts)

    def _texts(self, batch: Batch, params: NDArray[np.float32]) -> dict[int, str]:
        if self.head is None:
            return {}
        frames = ops.convert_to_numpy(self.model.frames(batch.mask)).sum(axis=1)
        charset = self.sequences.conditions.charset
        return {
            line: self.head.decode(params[place, : frames[place]], charset, self.language)
            for place, line in enumerate(batch.lines)
        }

    def _score(self, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Nats (batch,), parameters (batch, frames, params)."""
        params = self.model(batch)
        return self.model.losses_of(params, batch), params


def _whole_lines(sequences: Sequences, lines: NDArray) -> Iterator[Batch]:
    """Batches of `lines`, those of like length side by side."""
    order = lines[np.argsort(sequences.targets[lines], kind="stable")]
    for start in range(0, len(order), SIDE_BY_SIDE):
        some = order[start : start + SIDE_BY_SIDE].tolist()
        crops = [Crop(line, 0, int(sequences.targets[line])) for line in some]
        yield sequences.batch(crops, SIDE_BY_SIDE, padded(crops[-1].length))


def network_of(model: Any) -> Callable[[NDArray, NDArray], NDArray[np.float32]]:
    """A model as what a `Reader` reads with. It is compiled for few shapes: lines are padded."""
    program = backend.compiled(lambda batch: model(batch), model.variables)

    def network(rows: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        lines, steps, features = rows.shape
        shape = (padded(lines), padded(steps))
        more, there = np.zeros((*shape, features), np.float32), np.zeros(shape, np.bool_)
        more[:lines, :steps], there[:lines, :steps] = rows, mask
        params = ops.convert_to_numpy(program({"inputs": more, "mask": there}))
        return np.asarray(params[:lines], np.float32)

    return network


def misread_of(scores: ReadingScores, corpus: Corpus) -> Misread:
    """Of lines of a corpus that were read, all together."""
    return misread((corpus.texts[line] or "" for line in scores.texts), scores.texts.values())


def reading_report(scores: ReadingScores, sequences: Sequences) -> dict[str, Any]:
    """The figures of an evaluation, by the names that `hwsynth evaluate --json` gives.

    Raises RunError where the nats are not finite.
    """
    if not np.isfinite(scores.nats):
        raise RunError(
            f"the run gives these lines {scores.nats} nats: its training went astray, or the lines "
            "are not in the units of its corpus. Train anew with a lower "
            "--set training.learning_rate, or choose other data"
        )
    corpus, lines = sequences.corpus, list(scores.texts)
    written, read = [corpus.texts[line] or "" for line in lines], list(scores.texts.values())
    whole = misread_of(scores, corpus)
    writers = by_writer([corpus.writers[line] for line in lines], written, read)
    rates = {writer: each.character_error_rate for writer, each in writers.items()}
    return {
        "character_error_rate": whole.character_error_rate,
        "median_writer_character_error_rate": float(np.median([*rates.values()]))
        if rates
        else None,
        "worst_writer_character_error_rate": max(rates.values(), default=None),
        "word_error_rate": whole.word_error_rate,
        "broken": broken(written, read),
        "nats_per_sequence": scores.nats / len(lines),
        "nats_per_point": scores.nats_per_point,
        "characters": whole.of_characters,
        "sequences": len(lines),
        "points": scores.points,
        "character_error_rate_by_writer": rates,
    }
