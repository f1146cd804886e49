"""Runs from start to end: options -> corpus, model, folder; and back from a folder.

What the command line, the demo and a notebook share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import hwsynth
from hwsynth import backend
from hwsynth.batches import TrainingBatches
from hwsynth.contracts import Core, Dataset, Head, Precision
from hwsynth.corpus import Corpus, open_corpus
from hwsynth.errors import RunError, UsageError
from hwsynth.evaluation import Evaluator
from hwsynth.initial_weights import InitialWeights
from hwsynth.model import HandwritingModel, build_model
from hwsynth.normalisation import Normalisation
from hwsynth.plugins import Plugins
from hwsynth.preparation import prepare
from hwsynth.recorded import component_of, corpus_of, record_of
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import (
    BatchOptions,
    Budget,
    ModelOptions,
    PreparationOptions,
    TrainingOptions,
)
from hwsynth.run_record import (
    DataRecord,
    LineCounts,
    Progress,
    RunRecord,
    is_finished,
    now,
    versions,
)
from hwsynth.training import compile_model, load_arrays, restore, save, train
from hwsynth.watching import WatchedRun, Watcher

ReadProgress = Callable[[str, int], None]


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a run."""

    dataset: Dataset
    core: Core
    head: Head
    data: Path | None = None
    """Where the dataset lies; None for one that needs no files."""
    preparation: PreparationOptions = field(default_factory=PreparationOptions)
    model: ModelOptions = field(default_factory=ModelOptions)
    batches: BatchOptions = field(default_factory=BatchOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    budget: Budget = field(default_factory=Budget)
    precision: Precision = "float32"
    seed: int = 0
    preset: str | None = None
    """What the options came from, for the record."""
    init: InitialWeights | None = None
    """What to begin with; None: with weights drawn by the seed."""


@dataclass(frozen=True)
class Run:
    """A run that can be trained on."""

    record: RunRecord
    folder: RunFolder
    corpus: Corpus
    model: HandwritingModel
    batches: TrainingBatches
    progress: Progress
    """How far it had come when it was opened."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return is_finished(
            self.progress, self.record.budget, self.record.training, self.batches.per_epoch
        )

    @property
    def watched(self) -> WatchedRun:
        """What callbacks see of it."""
        return WatchedRun(self.folder, self.record, self.model)

    def train(
        self,
        watchers: Sequence[Watcher] = (),
        stopped: Callable[[], bool] = lambda: False,
    ) -> Progress:
        """See `training.train`."""
        return train(
            self.model,
            self.batches,
            self.record.training,
            self.record.budget,
            self.folder,
            validate=self._validation(),
            watchers=watchers,
            stopped=stopped,
        )

    def _validation(self) -> Callable[[], float] | None:
        if not self.record.data.lines.validation:
            return None
        lines = self.corpus.lines_in("validation")
        rng = np.random.default_rng(self.record.seed)
        count = min(len(lines), self.record.training.validate_lines)
        some = np.sort(rng.choice(lines, count, replace=False))
        evaluator = Evaluator(self.model, self.record.normalisation)
        return lambda: evaluator(self.corpus, some).nats_per_point


def start(
    experiment: Experiment,
    path: Path,
    plugins: Plugins,
    *,
    read_progress: ReadProgress | None = None,
) -> Run:
    """A new run in the folder `path`. Raises RunError where something is there already, and
    UsageError where the weights to begin with are another model's."""
    folder = RunFolder(path)
    folder.check_is_new()
    read = open_corpus(experiment.dataset, experiment.data, progress=read_progress)
    corpus = prepare(read, experiment.preparation, progress=read_progress)
    lines = corpus.lines_in("train")
    normalisation = Normalisation.of(corpus, lines, experiment.batches.clip)
    batches = TrainingBatches(corpus, lines, normalisation, experiment.batches, experiment.seed)
    model = _first_model(experiment, normalisation)
    compile_model(model, experiment.training)
    record = _record(experiment, corpus, normalisation, model, plugins)
    folder.create(record)
    if record.ancestors:
        # Nothing is needed of another run from here on.
        save(model, folder, Progress())
    return Run(record, folder, corpus, model, batches, Progress())


def resume(
    path: Path,
    plugins: Plugins,
    *,
    budget: Budget | None = None,
    data: Path | None = None,
    read_progress: ReadProgress | None = None,
) -> Run:
    """The run in the folder `path`, to go on with.

    `budget` and `data` take the place of the run's own where given. Raises RunError where the
    data are not those that the run was trained on.
    """
    folder = RunFolder(path)
    record = folder.record()
    experiment = recorded(record, plugins)
    corpus = corpus_of(record, plugins, data=data, progress=read_progress)
    if corpus.fingerprint != record.data.fingerprint:
        raise RunError(
            f"{path} was trained on other data than {data or experiment.data or 'these'}: the "
            "lines have changed since. Give the data it was trained on with --data, or start a "
            "new run"
        )
    batches = TrainingBatches(
        corpus, corpus.lines_in("train"), record.normalisation, record.batches, record.seed
    )
    model = _model(experiment, record.normalisation)
    compile_model(model, record.training)
    progress = restore(model, folder)
    if record.ancestors and not folder.checkpoint_file.is_file():
        raise RunError(
            f"{path} was stopped before it had the weights of {record.ancestors[-1].path}; begin "
            "again with --init, in another folder"
        )
    record = _brought_up_to_date(record, folder, budget, data)
    return Run(record, folder, corpus, model, batches, progress)


def _brought_up_to_date(
    record: RunRecord, folder: RunFolder, budget: Budget | None, data: Path | None
) -> RunRecord:
    """The record with a new budget and a new place of the data, on disk too."""
    changed = record
    if budget is not None:
        changed = changed.model_copy(update={"budget": budget})
    if data is not None:
        moved = record.data.model_copy(update={"path": str(data.resolve())})
        changed = changed.model_copy(update={"data": moved})
    if changed != record:
        folder.write_record(changed)
    return changed


def load(path: Path, plugins: Plugins) -> tuple[RunRecord, HandwritingModel]:
    """A trained run's record, and its model with the weights that validated best."""
    folder = RunFolder(path)
    record = folder.record()
    model = _model(recorded(record, plugins), record.normalisation)
    load_arrays(model, folder.weights(), str(folder.weights_file))
    return record, model


def recorded(record: RunRecord, plugins: Plugins) -> Experiment:
    """The experiment of a run. Raises RunError where a plugin that it needs is missing."""
    return Experiment(
        dataset=component_of(record.dataset, "dataset", plugins),
        core=component_of(record.core, "core", plugins),
        head=component_of(record.head, "head", plugins),
        data=Path(record.data.path) if record.data.path else None,
        preparation=record.preparation,
        model=record.model,
        batches=record.batches,
        training=record.training,
        budget=record.budget,
        precision=record.precision,
        seed=record.seed,
        preset=record.preset,
    )


def _first_model(experiment: Experiment, normalisation: Normalisation) -> HandwritingModel:
    """The model with the weights that it begins with."""
    init = experiment.init
    if init is None:
        return _model(experiment, normalisation)
    parts = {"core": experiment.core, "head": experiment.head}
    init.check_names({kind: part.name for kind, part in parts.items()})
    model = _model(experiment, normalisation)
    init.set(model, {**parts, "model": experiment.model})
    return model


def _model(experiment: Experiment, normalisation: Normalisation) -> HandwritingModel:
    return build_model(
        experiment.core,
        experiment.head,
        experiment.model,
        unit=normalisation.unit,
        precision=experiment.precision,
        seed=experiment.seed,
    )


def _record(
    experiment: Experiment,
    corpus: Corpus,
    normalisation: Normalisation,
    model: HandwritingModel,
    plugins: Plugins,
) -> RunRecord:
    return RunRecord(
        hwsynth=hwsynth.__version__,
        created=now(),
        dataset=record_of(experiment.dataset, "dataset", plugins),
        core=record_of(experiment.core, "core", plugins),
        head=record_of(experiment.head, "head", plugins),
        preparation=experiment.preparation,
        model=experiment.model,
        batches=experiment.batches,
        training=experiment.training,
        budget=experiment.budget,
        precision=experiment.precision,
        seed=experiment.seed,
        preset=experiment.preset,
        ancestors=experiment.init.ancestors if experiment.init else (),
        normalisation=normalisation,
        parameters=sum(int(np.prod(v.shape)) for v in model.trainable_variables),
        data=DataRecord(
            path=str(experiment.data.resolve()) if experiment.data else None,
            licence=corpus.licence,
            lines=LineCounts(
                train=len(_lines(corpus, "train")),
                validation=len(_lines(corpus, "validation")),
                test=len(_lines(corpus, "test")),
            ),
            splits=corpus.split_sizes,
            fingerprint=corpus.fingerprint,
            charset=corpus.charset,
            line_height=corpus.line_height,
        ),
        versions=versions(backend.name()),
    )


def _lines(corpus: Corpus, role: str) -> NDArray:
    try:
        return corpus.lines_in(role)
    except UsageError:
        return np.array([], np.int64)
