"""A small dataset for tests: lines by a formula, always there, quick to learn from."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hwsynth import Dataset, Dropped, Ink, hookimpl
from hwsynth.contracts import Role
from hwsynth.corpus import Corpus
from hwsynth.plugins import Found, Plugins, Source, find
from hwsynth.run_options import BatchOptions

if TYPE_CHECKING:
    from hwsynth.experiment import Experiment

SETTINGS = ("core.units=8", "head.mixtures=2", "batches.crop=20", "batches.batch_size=4")
"""What makes a model that compiles and learns within a second or two."""

SMALL_CORES: Mapping[str, Mapping[str, object]] = {"cwrnn": {"units": 8, "modules": 3}}
"""Options of small cores; eight units of others."""


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


@functools.cache
def plugins() -> Plugins:
    """What is installed, and the formula."""
    own = Source("small_corpus", "hwsynth-formula", "1.2", (), lambda: None)
    there = tuple(found for found in find().found if found.component is not Formula)
    return Plugins((*there, Found("dataset", Formula, own)), ())


def small_core(name: str) -> Any:
    """The core of that name, as small as may be."""
    return plugins().component("core", name)(**SMALL_CORES.get(name, {"units": 8}))


def experiment(core: str = "lstm", **fields: Any) -> Experiment:
    """A small model on the formula."""
    from hwsynth.experiment import Experiment

    whole = {
        "dataset": Formula(),
        "core": small_core(core),
        "head": plugins().component("head", "mdn")(mixtures=2),
        "batches": BatchOptions(crop=20, batch_size=4),
    }
    return Experiment(**{**whole, **fields})


def install(folder: Path) -> None:
    """Puts into `folder` what pip leaves of a package that gives the formula."""
    about = folder / "hwsynth_formula-1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: hwsynth-formula\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[hwsynth]\nformula = small_corpus\n")


def contents(folder: Path) -> dict[str, bytes]:
    """Name -> content of every file in a folder."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@hookimpl
def hwsynth_datasets() -> Sequence[type[Dataset]]:
    """The formula."""
    return [Formula]
