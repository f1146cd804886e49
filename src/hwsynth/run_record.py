"""What a run folder says of its run: how it was made, and how far it has come.

Values alone; `run_folder.py` reads and writes them.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from pydantic import Field

from hwsynth.alignment import ReaderRecord
from hwsynth.contracts import Options, Precision
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import (
    BatchOptions,
    Budget,
    ModelOptions,
    PreparationOptions,
    TrainingOptions,
)

FORMAT = 1
"""Version of the folder's files; raise it when an older reader would misread them."""


class ComponentRecord(Options):
    """A component of a run, and where it came from."""

    name: str
    """What it is called."""
    package: str
    """The distribution that gives it."""
    version: str
    """That distribution's version."""
    options: dict[str, Any]
    """All its options, defaults too."""


class LineCounts(Options):
    """Lines of a corpus by role."""

    train: int
    """To learn from."""
    validation: int
    """To watch the learning with."""
    test: int
    """Never seen."""


class AlignmentRecord(Options):
    """What said where the characters of the lines end; its file is `preparation.alignment`."""

    checksum: str
    """SHA-256 of the file."""
    reader: ReaderRecord
    """What read the lines."""


class DataRecord(Options):
    """What the run was trained on."""

    path: str | None
    """Where it lay; none for a dataset that needs no files."""
    licence: str
    """Its terms."""
    lines: LineCounts
    """Lines by role."""
    splits: dict[str, int] = Field(default_factory=dict)
    """The dataset's own name of each split -> its lines."""
    fingerprint: str
    """The corpus's checksum, so that a run resumes on the same data only."""
    charset: str
    """Characters of its texts."""
    line_height: float
    """Median height of its lines, in corpus units."""
    alignment: AlignmentRecord | None = None
    """Where its characters end; none: not told."""


class Ancestor(Options):
    """A run whose weights another began with."""

    path: str
    """Where its folder lay."""
    weights: str
    """SHA-256 of its weights.safetensors."""
    dataset: str
    """What it was trained on."""
    licence: str
    """The terms of that."""


class RunRecord(Options):
    """run.json."""

    format: int = FORMAT
    """Version of this folder's files."""
    hwsynth: str
    """Version that made the run."""
    created: str
    """When, in UTC."""
    dataset: ComponentRecord
    """Where the lines came from."""
    core: ComponentRecord
    """What remembers."""
    head: ComponentRecord
    """What is learnt of the next point."""
    preparation: PreparationOptions = PreparationOptions()
    """What was done to the lines first."""
    model: ModelOptions
    """How cores are stacked."""
    batches: BatchOptions
    """How lines became batches."""
    training: TrainingOptions
    """How the model was trained."""
    budget: Budget
    """How long it was trained for."""
    precision: Precision
    """Type of the operands of matrix products."""
    seed: int
    """Decides weights, order of the data and dropout."""
    preset: str | None = None
    """What `--preset` gave the options that were not given otherwise; none: nothing."""
    ancestors: tuple[Ancestor, ...] = ()
    """Runs that the first weights come from, oldest first; the last is what `--init` gave."""
    normalisation: Normalisation
    """Corpus units to what the model sees, and back."""
    writers: tuple[str, ...] = ()
    """Those that have a style of their own, in the order of their vectors."""
    parameters: int
    """Trainable numbers."""
    data: DataRecord
    """What it was trained on."""
    versions: dict[str, str]
    """Of Python and the packages that computed the run, and the backend's name."""

    @property
    def licences(self) -> list[str]:
        """Terms of all data that the weights were ever trained on, oldest first, and of what the
        reader was that aligned the last."""
        terms = [*(ancestor.licence for ancestor in self.ancestors), self.data.licence]
        if self.data.alignment:
            terms += self.data.alignment.reader.licences
        return list(dict.fromkeys(terms))


class Progress(Options):
    """How far a run has come; kept with each checkpoint."""

    step: int = Field(0, ge=0)
    """Steps done; also the position in the data."""
    minutes: float = Field(0.0, ge=0)
    """Spent so far, over all resumptions."""
    best: float | None = None
    """Validation nats per point of the weights that are kept."""
    least_error: float | None = None
    """Lowest validation error so far, for which they are kept: nats per point, or of what reads the
    share of characters that it misread."""
    validated: int = Field(0, ge=0)
    """Step of the last validation."""
    without_gain: int = Field(0, ge=0)
    """Validations since that one."""


def now() -> str:
    """The moment, in UTC, as run folders write it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_finished(progress: Progress, budget: Budget, options: TrainingOptions, epoch: int) -> bool:
    """Whether nothing is left to do. `epoch` is the number of steps of one."""
    spent = budget.used(progress.step, progress.minutes, epoch) >= 1
    return spent or out_of_patience(progress, options)


def out_of_patience(progress: Progress, options: TrainingOptions) -> bool:
    """Whether so many validations passed without a gain that no budget makes the run go on."""
    return 0 < options.patience <= progress.without_gain


def versions(backend: str) -> dict[str, str]:
    """Of Python and of what computes."""
    packages = {name: metadata.version(name) for name in ("keras", "numpy", backend)}
    return {"python": platform.python_version(), "backend": backend, **packages}
