"""A few figures of each run in a folder, quickly: no framework, no weights, little of a history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hwsynth.errors import RunError
from hwsynth.history import typical_speed
from hwsynth.run_evaluation import Evaluation
from hwsynth.run_folder import RunFolder
from hwsynth.run_record import Progress, RunRecord, is_finished

CurrentAndStale = tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]]


@dataclass(frozen=True)
class RunFigures:
    """What tells a run from others; None where something is not known."""

    record: RunRecord
    progress: Progress | None
    """None without a checkpoint: the run was stopped before its first, or copied without it."""
    points_per_second: float | None
    """Median, without the first step."""
    evaluations: tuple[Evaluation, ...]
    """Of the weights that are there now, the newest last."""
    stale: tuple[Evaluation, ...]
    """Of weights that are there no more."""

    @property
    def core(self) -> str:
        """The core's name, with layers and units: `lstm 3×400`."""
        layers, units = self.record.model.layers, self.record.core.options.get("units")
        size = f"{layers}×{units}" if layers > 1 and units else units or f"{layers} layers"
        return f"{self.record.core.name} {size}" if units or layers > 1 else self.record.core.name

    @property
    def used(self) -> float | None:
        """The share of the budget that is spent; 1 where the run is finished."""
        if self.progress is None:
            return None
        record, progress = self.record, self.progress
        # Lines of a single point are not learnt from: with some, an epoch is a little shorter.
        epoch = max(1, -(-record.data.lines.train // record.batches.batch_size))
        if is_finished(progress, record.budget, record.training, epoch):
            return 1.0
        return record.budget.used(progress.step, progress.minutes, epoch)

    def evaluation(self, split: str | None = None) -> Evaluation | None:
        """The newest on the run's own data, of one split or of any."""
        own = (self.record.dataset.name, self.record.data.fingerprint)
        fitting = (
            each
            for each in reversed(self.evaluations)
            if (each.dataset, each.fingerprint) == own and split in (None, each.split)
        )
        return next(fitting, None)


@dataclass(frozen=True)
class BrokenRun:
    """A run folder that cannot be read."""

    path: Path
    reason: str


def figures_of(folder: RunFolder) -> RunFigures:
    """The figures of one run. Raises RunError where one of its files is damaged."""
    return RunFigures(
        folder.record(),
        progress_of(folder),
        typical_speed(folder.history_file),
        *evaluations_of(folder),
    )


def progress_of(folder: RunFolder) -> Progress | None:
    """How far the last checkpoint had come; None where there is none. Raises RunError where it is
    damaged."""
    return folder.progress() if folder.checkpoint_file.is_file() else None


def evaluations_of(folder: RunFolder) -> CurrentAndStale:
    """Those of the weights that are there now, and those of others. Raises RunError where
    evaluation.json is damaged."""
    kept = [(each, each.weights.fits(folder.weights_file)) for each in folder.evaluations()]
    current, stale = (tuple(e for e, fits in kept if fits is wanted) for wanted in (True, False))
    return current, stale


def figures_in(parent: Path) -> tuple[dict[Path, RunFigures], list[BrokenRun]]:
    """Run folder -> its figures, the newest run last; and the run folders that are broken.

    Looks into all folders below `parent`, which may be a run itself. Raises RunError where there
    is no such folder.
    """
    if not parent.is_dir():
        raise RunError(f"there is no folder {parent}; give the one that your runs are in")
    found: dict[Path, RunFigures] = {}
    broken = []
    for path in run_folders(parent):
        try:
            found[path] = figures_of(RunFolder(path))
        except (RunError, OSError) as error:
            broken.append(BrokenRun(path, str(error)))
    newest_last = sorted(found, key=lambda path: (found[path].record.created, path))
    return {path: found[path] for path in newest_last}, broken


def run_folders(parent: Path) -> Iterator[Path]:
    """All run folders below a folder, or the folder itself, in the order of their names. Nothing
    within a run is looked at, and no link to a folder is followed."""
    for folder, below, files in os.walk(parent):
        if "run.json" in files:
            below.clear()
            yield Path(folder)
        below.sort()
