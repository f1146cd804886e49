"""Training: steps within a budget, validation, checkpoints, and going on exactly."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.batches import Batch, TrainingBatches
from hwsynth.errors import RunError, TrainingError
from hwsynth.optimisers import OPTIMISERS, learning_rate
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import Budget, TrainingOptions
from hwsynth.run_record import Progress, is_finished
from hwsynth.trained_model import TrainedModel
from hwsynth.watching import Figures, Watcher


@dataclasses.dataclass(frozen=True)
class Validation:
    """What the validation lines show of the weights of the moment."""

    nats_per_point: float = math.nan
    character_error_rate: float = math.nan
    """Of what reads; NaN for what writes."""

    @property
    def error(self) -> float:
        """The weights with the lowest are kept, of equal ones those with fewer nats.

        A reader grows too sure of itself, which costs nats, long before it misreads more.
        """
        reads = not math.isnan(self.character_error_rate)
        return self.character_error_rate if reads else self.nats_per_point


def train(
    model: TrainedModel,
    batches: TrainingBatches,
    options: TrainingOptions,
    budget: Budget,
    folder: RunFolder,
    *,
    validate: Callable[[], Validation] | None = None,
    watchers: Sequence[Watcher] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Progress:
    """Trains a compiled model until the budget is spent, `stopped()`, or patience is out; goes on
    from the folder's checkpoint where there is one.

    Raises TrainingError where the loss is not finite; the last checkpoint is kept.
    """
    return _Training(model, batches, options, budget, folder, validate).run(watchers, stopped)


class _Training:
    def __init__(
        self,
        model: TrainedModel,
        batches: TrainingBatches,
        options: TrainingOptions,
        budget: Budget,
        folder: RunFolder,
        validate: Callable[[], Validation] | None,
    ) -> None:
        self.model, self.batches, self.options = model, batches, options
        self.budget, self.folder, self.validate = budget, folder, validate
        self.progress = restore(model, folder)
        self.saved_at = time.monotonic()

    def run(self, watchers: Sequence[Watcher], stopped: Callable[[], bool]) -> Progress:
        try:
            self._train(watchers, stopped)
        finally:
            for watcher in watchers:
                watcher.ended()
        return self.progress

    def _train(self, watchers: Sequence[Watcher], stopped: Callable[[], bool]) -> None:
        if self.progress.step == 0:
            self._checkpoint()
        with contextlib.closing(self.folder.start_history(self.progress.step)) as history:
            while not self._finished() and not stopped():
                figures = self._step()
                history.append(dataclasses.asdict(figures))
                for watcher in watchers:
                    watcher.stepped(figures)
                if self._checkpoint_is_due(figures):
                    history.flush()
                    self._checkpoint()
                    for watcher in watchers:
                        watcher.checkpointed()
            history.flush()
            self._checkpoint()

    def _finished(self) -> bool:
        return is_finished(self.progress, self.budget, self.options, self.batches.per_epoch)

    def _step(self) -> Figures:
        started, before = time.monotonic(), self.progress
        step, epoch = before.step + 1, before.step // self.batches.per_epoch
        used = self.budget.used(before.step, before.minutes, self.batches.per_epoch)
        rate = learning_rate(
            self.options.schedule,
            self.options.learning_rate,
            self.options.decay,
            used=used,
            epoch=epoch,
        )
        batch = self.batches[before.step]
        nats = self._learn(batch, rate, step)
        took = time.monotonic() - started
        minutes = before.minutes + took / 60
        self._note(step=step, minutes=minutes)
        validation = self._validated() if self._validation_is_due() else Validation()
        self._note(minutes=before.minutes + (time.monotonic() - started) / 60)
        return Figures(
            step=step,
            epoch=epoch,
            train_nats_per_point=nats,
            validation_nats_per_point=validation.nats_per_point,
            character_error_rate=validation.character_error_rate,
            learning_rate=rate,
            points_per_second=batch.points / took,
            minutes=self.progress.minutes,
            used=self.budget.used(step, self.progress.minutes, self.batches.per_epoch),
        )

    def _learn(self, batch: Batch, rate: float, step: int) -> float:
        """One step of the optimiser -> nats per point before it."""
        optimiser = self.model.optimizer
        optimiser.learning_rate = rate
        parts = batch.points if self.options.reduction == "point" else len(batch.lines)
        optimiser.gradient_scale.assign(1 / parts)
        nats = float(self.model.train_on_batch(batch.tensors())) / batch.points
        if not math.isfinite(nats):
            raise TrainingError(_not_finite(nats, step, batch, self.batches, self.folder))
        return nats

    def _note(self, **progress: float | None) -> None:
        self.progress = self.progress.model_copy(update=progress)

    def _validation_is_due(self) -> bool:
        every = self.options.validate_steps or self.batches.per_epoch
        return self.progress.step % every == 0 or self._finished()

    def _validated(self) -> Validation:
        """Validates, and keeps the weights where they are the best so far."""
        if self.validate is None:
            return Validation()
        found, before = self.validate(), self.progress
        nats = found.nats_per_point
        if not math.isfinite(nats):
            raise TrainingError(
                f"the validation loss became {nats} after step {self.progress.step}; the last "
                f"good checkpoint is kept in {self.folder.path}. Try a lower "
                "--set training.learning_rate"
            )
        gain = before.least_error is None or (found.error, nats) < (before.least_error, before.best)
        if gain:
            self.folder.write_weights(model_arrays(self.model))
        self._note(
            best=nats if gain else before.best,
            least_error=found.error if gain else before.least_error,
            validated=before.step,
            without_gain=0 if gain else before.without_gain + 1,
        )
        return found

    def _checkpoint_is_due(self, figures: Figures) -> bool:
        minutes = (time.monotonic() - self.saved_at) / 60
        validated = not math.isnan(figures.validation_nats_per_point)
        return validated or minutes >= self.options.checkpoint_minutes

    def _checkpoint(self) -> None:
        save(self.model, self.folder, self.progress)
        if self.progress.best is None and self.progress.step:
            # Nothing was validated yet: the latest weights are the best there are.
            self.folder.write_weights(model_arrays(self.model))
        self.saved_at = time.monotonic()


def compile_model(model: TrainedModel, options: TrainingOptions) -> None:
    """Gives the model its optimiser, built."""
    optimiser = OPTIMISERS[options.optimiser](
        learning_rate=options.learning_rate,
        global_clipnorm=options.clip_norm,
        weight_decay=options.weight_decay or None,
    )
    jit_compile = backend.compiles_training(model.gains_from_xla())
    model.compile(optimizer=optimiser, jit_compile=jit_compile)
    optimiser.build(model.trainable_variables)


def model_arrays(model: TrainedModel) -> dict[str, NDArray]:
    """Weights and random states, by name."""
    return {name: np.asarray(variable) for name, variable in model.variables_to_keep().items()}


def load_arrays(model: TrainedModel, arrays: Mapping[str, NDArray], source: str) -> None:
    """Sets weights and random states. Raises RunError where names or shapes do not agree."""
    _assign(model.variables_to_keep(), arrays, source)


def _optimiser_arrays(model: TrainedModel) -> dict[str, NDArray]:
    return {name: np.asarray(variable) for name, variable in _optimiser_variables(model).items()}


def _optimiser_variables(model: TrainedModel) -> dict[str, Any]:
    # Keras counts optimisers of a process in their names: the place is what stays.
    return {
        f"optimiser/{place}": variable for place, variable in enumerate(model.optimizer.variables)
    }


def save(model: TrainedModel, folder: RunFolder, progress: Progress) -> None:
    """Writes the checkpoint that a compiled model goes on from."""
    folder.write_checkpoint({**model_arrays(model), **_optimiser_arrays(model)}, progress)


def restore(model: TrainedModel, folder: RunFolder) -> Progress:
    """Sets a compiled model to the folder's last checkpoint, where there is one -> how far that
    had come. Raises RunError where it is damaged or another model's."""
    checkpoint = folder.checkpoint()
    if checkpoint is None:
        return Progress()
    arrays, progress = checkpoint
    source = str(folder.checkpoint_file)
    optimiser = {name: array for name, array in arrays.items() if name.startswith("optimiser/")}
    load_arrays(model, {k: v for k, v in arrays.items() if k not in optimiser}, source)
    _assign(_optimiser_variables(model), optimiser, source)
    return progress


def _assign(variables: Mapping[str, Any], arrays: Mapping[str, NDArray], source: str) -> None:
    missing, unexpected = variables.keys() - arrays.keys(), arrays.keys() - variables.keys()
    if missing or unexpected:
        raise RunError(
            f"{source} does not fit the model of run.json: "
            f"it lacks {_few(missing)} and has {_few(unexpected)} besides; copy the run again"
        )
    for name, variable in variables.items():
        if tuple(arrays[name].shape) != tuple(variable.shape):
            raise RunError(
                f"{source} does not fit the model of run.json: {name} has shape "
                f"{tuple(arrays[name].shape)}, the model needs {tuple(variable.shape)}; "
                "copy the run again"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _few(names: set[str]) -> str:
    some = sorted(names)
    return (", ".join(some[:3]) + (" …" if len(some) > 3 else "")) or "nothing"


def _not_finite(
    nats: float, step: int, batch: Batch, batches: TrainingBatches, folder: RunFolder
) -> str:
    ids = [batches.sequences.corpus.ids[line] for line in batch.lines]
    epoch, place = divmod(step - 1, batches.per_epoch)
    return (
        f"the loss became {nats} in step {step} (epoch {epoch}, batch {place} of "
        f"{batches.per_epoch}; lines {', '.join(ids[:5])}{' …' if len(ids) > 5 else ''}). "
        f"The last good checkpoint is kept in {folder.path}. Look at these lines with "
        "hwsynth data, or try a lower --set training.learning_rate or --set training.clip_norm"
    )
