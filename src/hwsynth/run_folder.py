"""All that is on disk for one trained run.

    run.json                 everything that made the run, readable
    weights.safetensors      the weights that validated best
    step.onnx                one step of the model, without its weights, for ONNX Runtime
    reader.onnx              instead, for a model that reads: all of it, for whole lines
    checkpoint.safetensors   weights, optimiser and random state of the last checkpoint, and
                             how far the run had come; what --resume goes on from
    history.csv              a row a step
    evaluation.json          what `hwsynth evaluate` found
    samples/                 step-000123.svg and others: what it wrote after so many steps
    page.html                all of this to look at

Each file is replaced whole, so that a run killed at any moment is in a state it was in.
Weights are plain arrays (safetensors): no code is read from a run folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydantic
import pydantic_core
from numpy.typing import NDArray

from hwsynth.atomic import write_whole
from hwsynth.contracts import Options
from hwsynth.errors import RunError
from hwsynth.history import History, read_history, read_history_until
from hwsynth.run_evaluation import Evaluation, Evaluations, WeightsMark
from hwsynth.run_record import FORMAT, Progress, RunRecord

HAND_FILE = "hand.json"
"""Beside a generator's run.json, and above a reader's: see hands.py."""

Read = TypeVar("Read", bound=Options)

RANDOM_STATE = "state_"
"""How the name of a random generator's state begins, under its layer's."""


class RunFolder:
    """A run on disk."""

    def __init__(self, path: Path) -> None:
        """Nothing is read or written yet."""
        self.path = path
        self.record_file = path / "run.json"
        self.weights_file = path / "weights.safetensors"
        self.step_file = path / "step.onnx"
        self.reader_file = path / "reader.onnx"
        self.checkpoint_file = path / "checkpoint.safetensors"
        self.history_file = path / "history.csv"
        self.evaluation_file = path / "evaluation.json"
        self.samples = path / "samples"
        self.page_file = path / "page.html"

    @property
    def is_packed(self) -> bool:
        """Whether it is a part of a packed hand: nothing trains on with it."""
        return any((place / HAND_FILE).is_file() for place in (self.path, self.path.parent))

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
        _write_options(self.record_file, record)

    def record(self) -> RunRecord:
        """run.json. Raises RunError where it is missing, damaged or of another version."""
        if not self.path.is_dir():
            raise RunError(f"there is no run folder {self.path}; runs here: {_runs_beside(self)}")
        if not self.record_file.is_file():
            raise RunError(
                f"{self.path} is not a run folder: it has no run.json. If it was copied, copy it "
                f"whole; runs here: {_runs_beside(self)}"
            )
        return _read_options(self.record_file, RunRecord, "copy the run again")

    def write_weights(self, arrays: Mapping[str, NDArray]) -> None:
        """The weights that are to be used."""
        _write_arrays(self.weights_file, arrays, {})

    def weights(self) -> dict[str, NDArray]:
        """The weights to be used. Raises RunError where they are missing or damaged."""
        self._check_has_weights()
        return _read_arrays(self.weights_file)

    def weights_mark(self) -> WeightsMark:
        """What tells the weights that are there now from later ones. Raises RunError where there
        are none."""
        self._check_has_weights()
        return WeightsMark.of(self.weights_file)

    def weights_and_checksum(self) -> tuple[dict[str, NDArray], str]:
        """The weights to be used, and the SHA-256 of the file, read once: the run may still be
        training. Raises RunError where they are missing or damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        self._check_has_weights()
        try:
            data = self.weights_file.read_bytes()
            arrays = {name: _single(array) for name, array in load(data).items()}
            return arrays, hashlib.sha256(data).hexdigest()
        except (OSError, SafetensorError) as error:
            raise _damaged(self.weights_file, error) from error

    def write_step(self, graph: bytes) -> None:
        """Replaces step.onnx."""
        with write_whole(self.step_file) as file:
            file.write_bytes(graph)

    def write_reader(self, graph: bytes) -> None:
        """Replaces reader.onnx."""
        with write_whole(self.reader_file) as file:
            file.write_bytes(graph)

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
        progress = self.progress()
        read_history_until(self.history_file, progress.step)
        return _read_arrays(self.checkpoint_file), progress

    def progress(self) -> Progress:
        """How far the last checkpoint had come. Raises RunError where it is missing or damaged."""
        notes = _read_notes(self.checkpoint_file)
        try:
            return Progress.model_validate_json(notes["progress"])
        except (KeyError, pydantic.ValidationError) as error:
            raise RunError(
                f"{self.checkpoint_file} does not say how far it came; copy the run again"
            ) from error

    def _check_is_untouched(self) -> None:
        # The first checkpoint comes before everything else that training writes.
        found = [file.name for file in (self.weights_file, self.history_file) if file.is_file()]
        if found:
            raise RunError(
                f"{self.path} has {' and '.join(found)} but no checkpoint.safetensors to go on "
                "from; if it was copied, copy it whole"
            )

    def history(self) -> list[dict[str, float]]:
        """The rows of history.csv; what was not measured at a step is NaN."""
        return read_history(self.history_file)

    def start_history(self, steps: int) -> History:
        """Opens the history for appending, its rows after `steps` steps taken off."""
        rows = read_history_until(self.history_file, steps)
        return History(self.history_file, rows)

    def evaluations(self) -> tuple[Evaluation, ...]:
        """What evaluation.json has, the newest last; nothing where there is none. Raises RunError
        where it is damaged or of another version."""
        if not self.evaluation_file.is_file():
            return ()
        remedy = "remove it, then: hwsynth evaluate"
        return _read_options(self.evaluation_file, Evaluations, remedy).evaluations

    def keep_evaluation(self, evaluation: Evaluation) -> None:
        """Adds to evaluation.json, in the place of an older one of the same data and split."""
        kept = Evaluations(evaluations=self.evaluations()).with_one(evaluation)
        _write_options(self.evaluation_file, kept)

    def sample_file(self, step: int) -> Path:
        """Where what the run wrote after so many steps is drawn."""
        return self.samples / f"step-{step:06}.svg"

    def sample_files(self) -> list[tuple[int, Path]]:
        """(steps done, SVG file) of what the run wrote along the way, the earliest first."""
        named = (_SAMPLE.fullmatch(file.name) for file in self.samples.glob("*.svg"))
        return sorted((int(name[1]), self.samples / name[0]) for name in named if name)


_SAMPLE = re.compile(r"step-(\d+)\.svg")


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


def _read_options(path: Path, cls: type[Read], remedy: str) -> Read:
    try:
        given = pydantic_core.from_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is damaged: {error}; {remedy}") from error
    keys = given if isinstance(given, dict) else {}
    if keys.get("format") != FORMAT:
        raise RunError(
            f"{path} has format {keys.get('format')!r}; this hwsynth reads format {FORMAT}. "
            f"Read it with the version that made it ({keys.get('hwsynth', 'unknown')})"
        )
    try:
        return cls.model_validate(given)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{path} is damaged: {where}: {first['msg']}; {remedy}") from error


def _write_options(path: Path, options: Options) -> None:
    with write_whole(path) as file:
        file.write_text(options.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _write_arrays(path: Path, arrays: Mapping[str, NDArray], notes: dict[str, str]) -> None:
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        raise RunError(
            f"{path.name} is not written: {', '.join(broken[:3])} holds numbers that are not "
            "finite; the last good file is kept. Try a lower --set training.learning_rate"
        )
    # The library's own writing of files leaves them readable for their owner alone.
    with write_whole(path) as file:
        file.write_bytes(_as_bytes(arrays, notes))


def _as_bytes(arrays: Mapping[str, NDArray], notes: dict[str, str]) -> bytes:
    from safetensors.numpy import save

    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    return bytes(save(whole, metadata=notes))


def is_random_state(name: str) -> bool:
    """Whether the array of that name is no weight."""
    return name.rpartition("/")[2].startswith(RANDOM_STATE)


def weights_alone(arrays: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Without random states."""
    return {name: array for name, array in arrays.items() if not is_random_state(name)}


def places_of_weights(arrays: Mapping[str, NDArray]) -> dict[str, tuple[int, int]]:
    """Where `write_weights` puts each array: its first byte, and how many there are. Names, types
    and shapes decide that."""
    data = _as_bytes(arrays, {})
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    found = {name: header[name]["data_offsets"] for name in arrays}
    return {name: (8 + length + start, end - start) for name, (start, end) in found.items()}


def _read_arrays(path: Path) -> dict[str, NDArray]:
    with _opened(path) as file:
        arrays = {name: file.get_tensor(name) for name in list(file.keys())}
    return {name: _single(array) for name, array in arrays.items()}


def _single(array: NDArray) -> NDArray:
    """What is kept in half precision, as weights that are only used are, as it is computed with."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


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
