"""Runs from start to end: options -> corpus, model, folder; and back from a folder.

What the command line, the demo and a notebook share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hwsynth
from hwsynth import backend
from hwsynth.aligned_text import Units
from hwsynth.batches import Sequences, TrainingBatches
from hwsynth.conditions import Conditions
from hwsynth.contracts import Core, Dataset, Head, Precision, Task
from hwsynth.corpus import Corpus, open_corpus
from hwsynth.errors import RunError, UsageError
from hwsynth.evaluation import Evaluator
from hwsynth.initial_weights import InitialWeights, Names
from hwsynth.model import HandwritingModel, build_model
from hwsynth.normalisation import Normalisation
from hwsynth.plugins import Plugins
from hwsynth.preparation import prepare
from hwsynth.reading_evaluation import ReadingEvaluator, ReadingScores, misread_of
from hwsynth.reading_model import ReadingModel, build_reading_model
from hwsynth.recorded import alignment_record, component_of, corpus_of, record_of
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
from hwsynth.training import Validation, compile_model, load_arrays, restore, save, train
from hwsynth.watching import WatchedRun, Watcher

AnyModel = HandwritingModel | ReadingModel
"""What writes, or what reads."""
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
class Setting:
    """What a model is built for, besides options: what was found out about the lines."""

    normalisation: Normalisation
    charset: str
    line_height: float
    writers: tuple[str, ...]
    """Those that have a style of their own."""

    @classmethod
    def of(cls, experiment: Experiment, corpus: Corpus, normalisation: Normalisation) -> Setting:
        """Of the lines that an experiment learns."""
        writers: tuple[str, ...] = ()
        if experiment.model.text != "none" and experiment.model.writer:
            found = {corpus.writers[line] for line in corpus.lines_in("train")}
            writers = tuple(sorted(writer for writer in found if writer is not None))
        return cls(normalisation, corpus.charset, corpus.line_height, writers)

    @classmethod
    def recorded(cls, record: RunRecord) -> Setting:
        """Of a run."""
        data = record.data
        return cls(record.normalisation, data.charset, data.line_height, record.writers)

    def task(self, options: ModelOptions) -> Task:
        """What a head is built for."""
        return Task(self.normalisation.unit, Conditions(options.text).marks, self.charset)

    @property
    def units(self) -> Units:
        """What rows and heights are measured in."""
        return Units(self.normalisation.mean[1], self.normalisation.sd[1], self.line_height)

    def conditions(self, model: AnyModel) -> Conditions:
        """What the model is told beside the rows."""
        if isinstance(model, ReadingModel):
            return Conditions("labels", self.charset, points_a_frame=model.points_a_frame)
        return Conditions(model.text.way, self.charset, self.writers)


@dataclass(frozen=True)
class Run:
    """A run that can be trained on."""

    record: RunRecord
    folder: RunFolder
    corpus: Corpus
    model: AnyModel
    batches: TrainingBatches
    head: Head
    """What built the model's, and makes texts of its parameters."""
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

    def _validation(self) -> Callable[[], Validation] | None:
        if not self.record.data.lines.validation:
            return None
        lines = self.corpus.lines_in("validation")
        rng = np.random.default_rng(self.record.seed)
        count = min(len(lines), self.record.training.validate_lines)
        some = np.sort(rng.choice(lines, count, replace=False))
        if isinstance(self.model, ReadingModel):
            reader = ReadingEvaluator(self.model, self.batches.sequences, self.head)
            return lambda: _of_a_reader(reader(some), self.corpus)
        evaluator = Evaluator(
            self.model, self.record.normalisation, self.batches.sequences.conditions
        )
        return lambda: Validation(evaluator(self.corpus, some).nats_per_point)


def _of_a_reader(scores: ReadingScores, corpus: Corpus) -> Validation:
    return Validation(scores.nats_per_point, misread_of(scores, corpus).character_error_rate)


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
    _check_whole_lines(experiment)
    read = open_corpus(experiment.dataset, experiment.data, progress=read_progress)
    corpus = prepare(read, experiment.preparation, progress=read_progress)
    lines = corpus.lines_in("train")
    normalisation = Normalisation.of(corpus, lines, experiment.batches.clip)
    setting = Setting.of(experiment, corpus, normalisation)
    model = _first_model(experiment, setting)
    sequences = Sequences(corpus, normalisation, setting.conditions(model))
    batches = TrainingBatches(sequences, lines, experiment.batches, experiment.seed)
    compile_model(model, experiment.training)
    record = _record(experiment, corpus, setting, model, plugins)
    folder.create(record)
    if record.ancestors:
        # Nothing is needed of another run from here on.
        save(model, folder, Progress())
    return Run(record, folder, corpus, model, batches, experiment.head, Progress())


def resume(
    path: Path,
    plugins: Plugins,
    *,
    budget: Budget | None = None,
    data: Path | None = None,
    alignment: Path | None = None,
    read_progress: ReadProgress | None = None,
) -> Run:
    """The run in the folder `path`, to go on with.

    `budget`, `data` and `alignment` take the place of the run's own where given. Raises RunError
    where the data or their alignment are not those that the run was trained on.
    """
    folder = RunFolder(path)
    kept = folder.record()
    record = _brought_up_to_date(kept, budget, data, alignment)
    experiment = recorded(record, plugins)
    corpus = corpus_of(record, plugins, progress=read_progress)
    if corpus.fingerprint != record.data.fingerprint:
        raise RunError(
            f"{path} was trained on other data than {experiment.data or 'these'}: the "
            "lines have changed since. Give the data it was trained on with --data, or start a "
            "new run"
        )
    setting = Setting.recorded(record)
    model = _model(experiment, setting)
    sequences = Sequences(corpus, record.normalisation, setting.conditions(model))
    batches = TrainingBatches(sequences, corpus.lines_in("train"), record.batches, record.seed)
    compile_model(model, record.training)
    progress = restore(model, folder)
    if record.ancestors and not folder.checkpoint_file.is_file():
        raise RunError(
            f"{path} was stopped before it had the weights of {record.ancestors[-1].path}; begin "
            "again with --init, in another folder"
        )
    if record != kept:
        folder.write_record(record)
    return Run(record, folder, corpus, model, batches, experiment.head, progress)


def _check_whole_lines(experiment: Experiment) -> None:
    reads = experiment.head.learns == "text"
    if (experiment.model.text != "none" or reads) and experiment.batches.crop:
        raise UsageError(
            f"a model that learns text is trained on whole lines, not on crops of "
            f"{experiment.batches.crop} points; give --set batches.crop=0"
        )


def _brought_up_to_date(
    record: RunRecord, budget: Budget | None, data: Path | None, alignment: Path | None
) -> RunRecord:
    """The record with a new budget, and new places of the data and of their alignment."""
    changes: dict[str, Any] = {}
    if budget is not None:
        changes["budget"] = budget
    if data is not None:
        changes["data"] = record.data.model_copy(update={"path": str(data.resolve())})
    if alignment is not None:
        moved = {"alignment": alignment.absolute()}
        changes["preparation"] = record.preparation.model_copy(update=moved)
    return record.model_copy(update=changes)


def load(path: Path, plugins: Plugins) -> tuple[RunRecord, AnyModel]:
    """A trained run's record, and its model with the weights that validated best."""
    folder = RunFolder(path)
    record = folder.record()
    model = _model(recorded(record, plugins), Setting.recorded(record))
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


def conditions_of(record: RunRecord, model: AnyModel) -> Conditions:
    """What a run's model is told beside the rows."""
    return Setting.recorded(record).conditions(model)


def _first_model(experiment: Experiment, setting: Setting) -> AnyModel:
    """The model with the weights that it begins with."""
    init = experiment.init
    if init is None:
        return _model(experiment, setting)
    parts = {"core": experiment.core, "head": experiment.head}
    init.check_names({kind: part.name for kind, part in parts.items()})
    model = _model(experiment, setting)
    names: Names = {"writers": setting.writers, "characters": setting.charset}
    init.set(model, {**parts, "model": experiment.model}, names)
    return model


def _model(experiment: Experiment, setting: Setting) -> AnyModel:
    if experiment.head.learns == "text":
        return build_reading_model(
            experiment.core,
            experiment.head,
            experiment.model,
            task=setting.task(experiment.model),
            precision=experiment.precision,
            seed=experiment.seed,
        )
    return build_model(
        experiment.core,
        experiment.head,
        experiment.model,
        task=setting.task(experiment.model),
        units=setting.units,
        writers=len(setting.writers),
        precision=experiment.precision,
        seed=experiment.seed,
    )


def _record(
    experiment: Experiment,
    corpus: Corpus,
    setting: Setting,
    model: AnyModel,
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
        normalisation=setting.normalisation,
        writers=setting.writers,
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
            charset=setting.charset,
            line_height=setting.line_height,
            alignment=alignment_record(experiment.preparation),
        ),
        versions=versions(backend.name()),
    )


def _lines(corpus: Corpus, role: str) -> NDArray:
    try:
        return corpus.lines_in(role)
    except UsageError:
        return np.array([], np.int64)
