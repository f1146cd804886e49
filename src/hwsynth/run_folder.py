"""All that is on disk for one trained run.

    run.json                 everything that made the run, readable
    weights.safetensors      the weights that validated best
    checkpoint.safetensors   weights, optimiser and random state of the last checkpoint, and
                             how far the run had come; what --resume goes on from
    history.csv              a row a step

Each file is replaced whole, so that a run killed at any moment is in a state it was in.
Weights are plain arrays (safetensors): no code is read from a run folder.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pydantic_core
from numpy.typing import NDArray
from pydantic import Field

from hwsynth.atomic import write_whole
from hwsynth.contracts import Options, Precision
from hwsynth.errors import RunError
from hwsynth.history import History, read_history, read_history_until
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import BatchOptions, Budget, ModelOptions, TrainingOptions

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
    parameters: int
    """Trainable numbers."""
    data: DataRecord
    """What it was trained on."""
    versions: dict[str, str]
    """Of Python and the packages that computed the run, and the backend's name."""

    @property
    def licences(self) -> list[str]:
        """Terms of all data that the weights were ever trained on, oldest first."""
        terms = [*(ancestor.licence for ancestor in self.ancestors), self.data.licence]
        return list(dict.fromkeys(terms))


class Progress(Options):
    """How far a run has come; kept with each checkpoint."""

    step: int = Field(0, ge=0)
    """Steps done; also the position in the data."""
    minutes: float = Field(0.0, ge=0)
    """Spent so far, over all resumptions."""
    best: float | None = None
    """Lowest validation nats per point so far."""
    validated: int = Field(0, ge=0)
    """Step of the last validation."""
    without_gain: int = Field(0, ge=0)
    """Validations since the lowest."""


def versions(backend: str) -> dict[str, str]:
    """Of Python and of what computes."""
    packages = {name: metadata.version(name) for name in ("keras", "numpy", backend)}
    return {"python": platform.python_version(), "backend": backend, **packages}


class RunFolder:
    """A run on disk."""

    def __init__(self, path: Path) -> None:
        """Nothing is read or written yet."""
        self.path = path
        self.record_file = path / "run.json"
        self.weights_file = path / "weights.safetensors"
        self.checkpoint_file = path / "checkpoint.safetensors"
        self.history_file = path / "history.csv"

    def check_is_new(self) -> None:
        """Raises RunError where something is there already."""
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is there already and is no folder; give another --run")
        if self.path.exists() and any(self.path.iterdir()):
            raise RunError(
                f"{self.path} is there already and nothing of it is overwritten; "
                "give --resume to go on with it, or another --run"
            )

    def create(self, record: RunRecord) -> None:
        """Makes the folder. Raises RunError where something is there already."""
        self.check_is_new()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"the run folder {self.path} cannot be made: {error.strerror}; give another --run"
            ) from error
        self.write_record(record)

    def write_record(self, record: RunRecord) -> None:
        """Replaces run.json."""
        with write_whole(self.record_file) as file:
            file.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")

    def record(self) -> RunRecord:
        """run.json. Raises RunError where it is missing, damaged or of another version."""
        if not self.path.is_dir():
            raise RunError(f"there is no run folder {self.path}; runs here: {_runs_beside(self)}")
        if not self.record_file.is_file():
            raise RunError(
                f"{self.path} is not a run folder: it has no run.json. If it was copied, copy it "
                f"whole; runs here: {_runs_beside(self)}"
            )
        try:
            given = pydantic_core.from_json(self.record_file.read_bytes())
        except (OSError, ValueError) as error:
            raise RunError(f"{self.record_file} is damaged: {error}; copy the run again") from error
        if not isinstance(given, dict) or given.get("format") != FORMAT:
            found = given.get("format") if isinstance(given, dict) else None
            raise RunError(
                f"{self.record_file} has format {found!r}; this hwsynth reads format {FORMAT}. "
                "Read it with the version that made it "
                f"({given.get('hwsynth', 'unknown') if isinstance(given, dict) else 'unknown'})"
            )
        try:
            return RunRecord.model_validate(given)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RunError(
                f"{self.record_file} is damaged: {where}: {first['msg']}; copy the run again"
            ) from error

    def write_weights(self, arrays: Mapping[str, NDArray]) -> None:
        """The weights that are to be used."""
        _write_arrays(self.weights_file, arrays, {})

    def weights(self) -> dict[str, NDArray]:
        """The weights to be used. Raises RunError where they are missing or damaged."""
        self._check_has_weights()
        return _read_arrays(self.weights_file)

    def weights_and_checksum(self) -> tuple[dict[str, NDArray], str]:
        """The weights to be used, and the SHA-256 of the file, read once: the run may still be
        training. Raises RunError where they are missing or damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        self._check_has_weights()
        try:
            data = self.weights_file.read_bytes()
            return load(data), hashlib.sha256(data).hexdigest()
        except (OSError, SafetensorError) as error:
            raise _damaged(self.weights_file, error) from error

    def _check_has_weights(self) -> None:
        if not self.weights_file.is_file():
            raise RunError(
                f"{self.path} has no weights.safetensors: it was stopped before its first "
                f"checkpoint, or was not copied whole. Try: hwsynth train --run {self.path} "
                "--resume"
            )

    def write_checkpoint(self, arrays: Mapping[str, NDArray], progress: Progress) -> None:
        """All that training goes on from, in one file."""
        _write_arrays(self.checkpoint_file, arrays, {"progress": progress.model_dump_json()})

    def checkpoint(self) -> tuple[dict[str, NDArray], Progress] | None:
        """Arrays of the last checkpoint and how far it had come; None where the run was stopped
        before its first. Raises RunError where it is missing or damaged, or what led to it is."""
        if not self.checkpoint_file.is_file():
            self._check_is_untouched()
            return None
        progress = self._progress()
        read_history_until(self.history_file, progress.step)
        return _read_arrays(self.checkpoint_file), progress

    def _check_is_untouched(self) -> None:
        # The first checkpoint comes before everything else that training writes.
        found = [file.name for file in (self.weights_file, self.history_file) if file.is_file()]
        if found:
            raise RunError(
                f"{self.path} has {' and '.join(found)} but no checkpoint.safetensors to go on "
                "from; if it was copied, copy it whole"
            )

    def _progress(self) -> Progress:
        notes = _read_notes(self.checkpoint_file)
        try:
            return Progress.model_validate_json(notes["progress"])
        except (KeyError, pydantic.ValidationError) as error:
            raise RunError(
                f"{self.checkpoint_file} does not say how far it came; copy the run again"
            ) from error

    def history(self) -> list[dict[str, float]]:
        """The rows of history.csv; what was not measured at a step is NaN."""
        return read_history(self.history_file)

    def start_history(self, steps: int) -> History:
        """Opens the history for appending, its rows after `steps` steps taken off."""
        rows = read_history_until(self.history_file, steps)
        return History(self.history_file, rows)


def newest_run(runs: Path = Path("runs")) -> Path:
    """The run folder in `runs` that was made last. Raises RunError where there is none."""
    found = _run_folders(runs)
    if not found:
        raise RunError(
            f"there are no runs in {runs}; give --run DIR, or make one with: hwsynth train"
        )
    return max(found, key=lambda path: (path / "run.json").stat().st_mtime_ns)


def new_run_path(core: str, runs: Path = Path("runs")) -> Path:
    """A name for a new run that is not taken yet."""
    stem = f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}-{core}"
    names = [stem, *(f"{stem}-{i}" for i in range(2, 1000))]
    return next(runs / name for name in names if not (runs / name).exists())


def _run_folders(runs: Path) -> list[Path]:
    return [file.parent for file in runs.glob("*/run.json")] if runs.is_dir() else []


def _runs_beside(folder: RunFolder) -> str:
    names = sorted(path.name for path in _run_folders(folder.path.parent))
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "") if names else "none"


def _write_arrays(path: Path, arrays: Mapping[str, NDArray], notes: dict[str, str]) -> None:
    from safetensors.numpy import save

    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        raise RunError(
            f"{path.name} is not written: {', '.join(broken[:3])} holds numbers that are not "
            "finite; the last good file is kept. Try a lower --set training.learning_rate"
        )
    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    # The library's own writing of files leaves them readable for their owner alone.
    with write_whole(path) as file:
        file.write_bytes(save(whole, metadata=notes))


def _read_arrays(path: Path) -> dict[str, NDArray]:
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in list(file.keys())}


def _read_notes(path: Path) -> dict[str, str]:
    with _opened(path) as file:
        return file.metadata() or {}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> RunError:
    return RunError(f"{path} is damaged ({error}); copy the run again, whole")
