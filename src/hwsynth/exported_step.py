"""step.onnx: one step of a run's model, which ONNX Runtime runs without a training framework.

    row (batch, features), noise (batch, 3 + marks), bias (), state_0, state_1, …
        -> next_row (batch, features), params (batch, params), next_state_0, next_state_1, …

and, for a model that is told of a text or a writer, contexts (batch, chars, around) or characters
(batch, chars), and style (batch, width): of one for each character that of the one that is written.

A state is numbers (batch, …) of float32 or a clock (1,) of int32, and begins as zeros. The file
holds the graph alone: its weights are the arrays of weights.safetensors beside it, by name, so
that it fits whatever training leaves there. step_export.py makes it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pydantic
from numpy.typing import NDArray

from hwsynth.contracts import Options
from hwsynth.errors import RunError
from hwsynth.run_folder import RunFolder, weights_alone
from hwsynth.run_record import RunRecord
from hwsynth.text_guides import POSITION

MARK = "hwsynth"
"""The entry of the file's metadata that holds a `StepMark`."""
INPUTS, OUTPUTS = ("row", "noise", "bias"), ("next_row", "params")
"""Before the parts of the state."""
GIVEN = ("contexts", "characters", "style")
"""What some models are told beside the row; see `HandwritingModel.given`."""
MAX_BYTES = 16_000_000
"""Of a graph; those of the cores here have less than a hundred thousand."""
MOST_THREADS = 8
"""A step is too little work for more."""

State = dict[str, NDArray]

log = logging.getLogger(__name__)


class StepMark(Options):
    """What a step was made of."""

    format: int = 2
    """Version of the names and shapes of what goes in and comes out."""
    model: str
    """Checksum of all that decides the model's mathematics."""
    versions: dict[str, str]
    """Distributions that its code is from -> their versions."""

    @classmethod
    def of(cls, record: RunRecord) -> StepMark:
        """Of a run's model, as what is installed now would make it."""
        decides = record.model_dump_json(
            include={"core": {"name", "options"}, "head": {"name", "options"}}
            | {"model": True, "precision": True, "normalisation": True}
        )
        packages = sorted({"hwsynth", record.core.package, record.head.package})
        found = {package: _installed(package) for package in packages}
        return cls(
            model=hashlib.sha256(decides.encode()).hexdigest(),
            versions={package: version for package, version in found.items() if version},
        )

    def changed_since(self, now: StepMark) -> list[str]:
        """Distributions that are installed in another version now, described."""
        return [
            f"{package} {version} (here is {now.versions[package]})"
            for package, version in self.versions.items()
            if now.versions.get(package, version) != version
        ]


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


class ExportedStep:
    """A run's step, ready to go from point to point."""

    def __init__(self, graph: bytes, weights: Mapping[str, NDArray]) -> None:
        """`weights`: all arrays of the run's. Raises ValueError that says what is wrong with
        either."""
        self._session = onnx_session(graph, weights)
        self._inputs = {each.name: each for each in self._session.get_inputs()}
        self._states = [name for name in self._inputs if name.startswith("state_")]
        self.given = [name for name in GIVEN if name in self._inputs]
        self._after = [f"next_{name}" for name in self._states]
        self._check_names()
        self.marks = self._width("row") - 2
        self._check_shapes()

    @property
    def mark(self) -> StepMark:
        """What it was made of. Raises ValueError where it does not say."""
        return mark_of(self._session)

    def step(
        self,
        row: NDArray,
        state: State,
        noise: NDArray,
        bias: float,
        given: Mapping[str, NDArray] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], State]:
        """row (batch, features), noise (batch, 3 + marks) -> the next row (batch, features), raw
        parameters (batch, params), the state after."""
        given = self._in_style(given or {}, row, state)
        told = {name: given[name] for name in self.given}
        row, params, *after = self._session.run(
            [*OUTPUTS, *self._after],
            {"row": row, "noise": noise, "bias": np.array(bias, np.float32), **told, **state},
        )
        return row, params, dict(zip(self._states, after, strict=True))

    def _in_style(
        self, given: Mapping[str, NDArray], row: NDArray, state: State
    ) -> Mapping[str, NDArray]:
        """What is told where the row goes in: of a style for each character (batch, chars, width)
        that of the one that is written then."""
        style = given.get("style")
        if style is None or style.ndim == 2:
            return given
        ended = state[self._states[-1]][:, POSITION] + row[:, 3]
        at = np.minimum(ended, style.shape[1] - 1).astype(np.int64)
        return {**given, "style": style[np.arange(len(at)), at]}

    def initial_state(self, batch_size: int) -> State:
        """Zeros."""
        return {name: _zeros(self._inputs[name], batch_size) for name in self._states}

    def start(self, rows: NDArray[np.float32], given: Mapping[str, NDArray] | None = None) -> State:
        """rows (batch, steps, features) that are written first, or none -> the state after."""
        state = self.initial_state(len(rows))
        noise = np.zeros((len(rows), 3 + self.marks), np.float32)
        for row in rows.transpose(1, 0, 2):
            state = self.step(row, state, noise, 0.0, given)[2]
        return state

    def parts(self, state: State) -> list[NDArray]:
        """The parts of a state, in their order."""
        return [state[name] for name in self._states]

    def whole(self, parts: Sequence[NDArray]) -> State:
        """The state of such parts."""
        return dict(zip(self._states, parts, strict=True))

    def draw(
        self,
        row: NDArray[np.float32],
        state: State,
        noise: NDArray[np.float32],
        bias: float,
        given: Mapping[str, NDArray] | None = None,
        held: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.float32], State, NDArray[np.float32]]:
        """The row (batch, features) that goes in first, the state before it, and noise (steps,
        batch, 3 + marks) -> rows (steps, batch, features), the state before the last of them goes
        in, and after each row the last part of the state (steps, batch, n): of models that follow
        a text, where in it they are.

        held (steps, batch, features): rows that the pen is held to, NaN where it is free.
        """
        rows, places = np.empty((len(noise), *row.shape), np.float32), []
        for i, numbers in enumerate(noise):
            row, _, state = self.step(row, state, numbers, bias, given)
            if held is not None:
                row = np.where(np.isnan(held[i]), row, held[i])
            rows[i] = row
            places.append(state[self._states[-1]])
        return rows, state, np.stack(places)

    def _check_names(self) -> None:
        own = {*self._inputs}, {each.name for each in self._session.get_outputs()}
        wanted = {*INPUTS, *self.given, *self._states}, {*OUTPUTS, *self._after}
        for what, names, right in zip(("takes", "gives"), own, wanted, strict=True):
            if names != right:
                raise ValueError(
                    f"{what} {', '.join(sorted(names))}; a step {what} {', '.join(sorted(right))}"
                )

    def _check_shapes(self) -> None:
        if self._width("noise") != 3 + self.marks or self.marks < 1:
            raise ValueError(f"takes rows of {2 + self.marks} and noise of {self._width('noise')}")
        for name in self._states:
            about = self._inputs[name]
            clock = about.type == "tensor(int32)" and about.shape == [1]
            numbers = about.type == "tensor(float)" and all(
                isinstance(size, int) for size in about.shape[1:]
            )
            if not (clock or numbers):
                raise ValueError(f"takes {name} as {about.type} of {about.shape}")

    def _width(self, name: str) -> int:
        about = self._inputs[name]
        if len(about.shape) != 2 or not isinstance(about.shape[1], int):
            raise ValueError(f"takes {name} as {about.type} of {about.shape}")
        return int(about.shape[1])


def _zeros(about: Any, batch_size: int) -> NDArray:
    if "int" in about.type:
        return np.zeros(about.shape, np.int32)
    return np.zeros((batch_size, *about.shape[1:]), np.float32)


def mark_of(session: Any) -> StepMark:
    """What a session's graph was made of. Raises ValueError where it does not say."""
    found = session.get_modelmeta().custom_metadata_map
    try:
        return StepMark.model_validate_json(found.get(MARK, ""))
    except pydantic.ValidationError as error:
        raise ValueError("does not say which model it is a step of") from error


def onnx_session(graph: bytes, weights: Mapping[str, NDArray]) -> Any:
    """A graph with its weights, ready to run. Raises ValueError where it cannot be run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = min(_cores(), MOST_THREADS)
    weights = weights_alone(weights)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
    options.add_external_initializers(list(weights), values)
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no other base
        raise ValueError(f"cannot be run: {' '.join(str(error).split())}") from error


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def is_runnable() -> bool:
    """Whether ONNX Runtime is installed."""
    return importlib.util.find_spec("onnxruntime") is not None


def exported_step(folder: RunFolder, record: RunRecord) -> ExportedStep | None:
    """A run's step with its weights; see `exported`."""
    return exported(ExportedStep, folder.step_file, folder, record)


class Exported(Protocol):
    """What is made of a graph and weights."""

    @property
    def mark(self) -> StepMark:
        """What its graph was made of."""


E = TypeVar("E", bound=Exported)


def exported(
    make: Callable[[bytes, Mapping[str, NDArray]], E],
    file: Path,
    folder: RunFolder,
    record: RunRecord,
) -> E | None:
    """What `make` makes of a graph in a run's folder and of its weights; None where there is none
    that can be used here: what stands in the way of one that is there is logged. Raises RunError
    where its file or the weights are damaged or another run's.

    A run that is trained on goes with the code that trains it, so that graphs made by other
    versions are not used. Those of a packed hand are: it is finished, and they hold all of it.
    """
    if not file.is_file():
        return None
    anew = f"hwsynth export-step --run {shlex.quote(str(folder.path))}"
    if not is_runnable():
        log.warning(
            "%s would be quicker, but needs onnxruntime. Try: pip install hwsynth[onnx]", file
        )
        return None
    try:
        made, now = make(_graph(file), folder.weights()), StepMark.of(record)
        mark = made.mark
        changed = [] if folder.is_packed else mark.changed_since(now)
        same = mark.format == now.format and (folder.is_packed or mark.model == now.model)
        # Another version may tell of the same model in other words.
        if not (same or changed):
            raise ValueError("is of another model than that of run.json")
    except ValueError as error:
        raise RunError(f"{file} {error}. Remove it, or make it anew with: {anew}") from error
    if changed:
        log.warning(
            "%s is not used, since it was made by %s. Make it anew with: %s",
            file,
            ", ".join(changed),
            anew,
        )
        return None
    return made


def _graph(file: Path) -> bytes:
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"has {size:,} bytes, where a graph has {MAX_BYTES:,} at most")
    return file.read_bytes()
