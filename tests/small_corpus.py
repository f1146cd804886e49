"""A small dataset for tests: lines by a formula, always there, quick to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hwsynth import Dataset, Dropped, Ink, hookimpl
from hwsynth.contracts import Role
from hwsynth.corpus import Corpus

SETTINGS = ("core.units=8", "head.mixtures=2", "batches.crop=20", "batches.batch_size=4")
"""What makes a model that compiles and learns within a second or two."""


class Formula(Dataset):
    """Lines of whole numbers made by sines, no two alike, of `points` points and more."""

    name: ClassVar[str] = "formula"
    splits: ClassVar[Mapping[str, Role]] = {
        "learn": "train", "check": "validation", "keep": "test", "spare": "test",
    }  # fmt: skip
    licence: ClassVar[str] = "made by a formula, free for all"
    needs_path: ClassVar[bool] = False
    lines: int = 12
    """How many."""
    points: int = 40
    """Of the shortest line; each next one has 3 more."""
    scale: float = 1.0
    """What all coordinates are multiplied by, before they become whole numbers."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """None."""
        return []

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """The lines."""
        roles = ("learn", "learn", "check", "learn", "keep", "learn")
        for line in range(self.lines):
            points = wave(line, self.points + 3 * line)
            points[:, :2] = np.round(points[:, :2] * self.scale)
            yield Ink(points, text="wave", id=f"line-{line}", split=roles[line % len(roles)])


def wave(line: int, points: int) -> NDArray[np.float32]:
    """(points, 3): a wave that runs rightwards and lifts the pen now and then."""
    t = np.arange(points)
    x = 4 * t + 9 * np.sin(0.7 * t + line)
    y = 30 * np.sin((0.5 + 0.01 * line) * t) + 5 * np.cos(1.9 * t + line)
    pen_up = (t % (9 + line % 4) == 8) | (t == points - 1)
    return np.stack([x, y, pen_up], axis=1).round().astype(np.float32)


def corpus_of(lines: Iterable[Ink], dataset: Dataset | None = None) -> Corpus:
    """A corpus of these lines, in memory."""
    from hwsynth import corpus_table

    return Corpus(corpus_table.build(dataset or Formula(), lines))


def small_corpus(**options: object) -> Corpus:
    """The formula's corpus, in memory."""
    dataset = Formula.model_validate(options)
    return corpus_of((line for line in dataset.read(None) if isinstance(line, Ink)), dataset)


def ink_of(offsets: object, **fields: object) -> Ink:
    """Ink of (Δx, Δy) after its first point; the pen is lifted at the end."""
    moves = np.array(offsets, np.float64).reshape(-1, 2)
    rows = np.zeros((len(moves) + 1, 3))
    rows[1:, :2] = moves
    rows[-1, 2] = 1
    return Ink.from_offsets(rows, **fields)


@hookimpl
def hwsynth_datasets() -> Sequence[type[Dataset]]:
    """The formula."""
    return [Formula]
