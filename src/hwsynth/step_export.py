"""Making step.onnx: the model's own step and its head's sample, traced and converted.

Weights go in as inputs of what is traced, so that nothing of theirs is in the graph; in the file
they are references to the arrays of weights.safetensors. What comes out is run once with other
weights beside the model, and is written only where both give the same.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.errors import HwsynthError
from hwsynth.exported_step import MARK, ExportedStep, StepMark, is_runnable
from hwsynth.model import HandwritingModel
from hwsynth.run_folder import RunFolder, is_random_state, places_of_weights, weights_alone
from hwsynth.run_record import RunRecord
from hwsynth.training import model_arrays

Tensor = Any
TOLERANCE = {"float32": 1e-4, "bfloat16": 0.05}
"""Largest difference from the model's own step, relative to the largest number compared or 1, by
precision."""
TRIAL_LINES = 2
TRIAL_CLOCKS = (0, 5)
"""Steps at which all modules of a clockwork tick, and few."""


class ExportError(HwsynthError):
    """A model's step cannot be written as ONNX."""


def can_export() -> bool:
    """Whether what exporting needs is installed, and Keras runs on what it can be done with."""
    return (
        backend.name() == "tensorflow"
        and importlib.util.find_spec("tf2onnx") is not None
        and is_runnable()
    )


def write_step(folder: RunFolder, record: RunRecord, model: HandwritingModel) -> None:
    """Writes step.onnx. Raises ExportError where this model has no such step."""
    folder.write_step(step_graph(model, StepMark.of(record)))


def step_graph(model: HandwritingModel, mark: StepMark) -> bytes:
    """The step of a model as an ONNX file. Raises ExportError where it has none: where a part of
    it has no counterpart in ONNX, or its state does not begin as zeros."""
    for layer in (*model.cores, model.head):
        if not layer.exportable:
            raise ExportError(cannot(f"{type(layer).__name__} says that it has none in ONNX"))
    traced = _Traced(model)
    try:
        graph = backend.as_onnx(traced, traced.inputs)
    except Exception as error:  # whatever a core, a head or the converter raises
        raise ExportError(cannot(error)) from error
    arrays = model_arrays(model)
    take_out_weights(graph, arrays, list(traced.weights))
    entry = graph.metadata_props.add()
    entry.key, entry.value = MARK, mark.model_dump_json()
    data: bytes = graph.SerializeToString()
    has_clock = any("int" in _form(part)[1] for part in traced.state)
    for clock in TRIAL_CLOCKS if has_clock else TRIAL_CLOCKS[-1:]:
        _compare(traced, data, clock)
    return data


def cannot(reason: object) -> str:
    """What is said of a model that cannot be exported."""
    return f"the model cannot be exported: {' '.join(str(reason).split())[:300]}"


class _Traced:
    """A model's step as a function of arrays alone: weights, row, noise, bias, state."""

    def __init__(self, model: HandwritingModel) -> None:
        self.model = model
        kept = model.variables_to_keep()
        self.weights = {name: kept[name] for name in kept if not is_random_state(name)}
        self.state = keras.tree.flatten(model.initial_state(1))

    @property
    def inputs(self) -> dict[str, tuple[Sequence[int | None], str]]:
        """Name -> shape and type, in the order in which they are taken."""
        weights = {
            f"weight_{place}": (tuple(variable.shape), variable.dtype)
            for place, variable in enumerate(self.weights.values())
        }
        marks = self.model.head.marks
        widths = {"row": (None, 2 + marks), "noise": (None, 3 + marks), "bias": ()}
        rows = {name: (shape, "float32") for name, shape in widths.items()}
        state = {f"state_{place}": _form(part) for place, part in enumerate(self.state)}
        return {**weights, **rows, **self.model.given, **state}

    def __call__(self, *arrays: Tensor) -> dict[str, Tensor]:
        weights = arrays[: len(self.weights)]
        given = dict(zip(self.inputs, arrays, strict=True))
        params, state = self.foretell(weights, given)
        found = {"params": params, **self.draw(weights, params, state, given)}
        # What goes through as it came is an input and an output under two names.
        return {name: ops.copy(value) for name, value in found.items()}

    def foretell(
        self, weights: Sequence[Tensor], given: Mapping[str, Tensor]
    ) -> tuple[Tensor, tuple]:
        """Raw parameters of what follows, and the state after. `given`: inputs by name."""
        parts = [given[f"state_{place}"] for place in range(len(self.state))]
        told = {name: given[name] for name in self.model.given}
        with self._with(weights):
            nested = keras.tree.pack_sequence_as(self.model.initial_state(1), parts)
            return self.model.step(given["row"], nested, told)

    def draw(
        self,
        weights: Sequence[Tensor],
        params: Tensor,
        state: tuple,
        given: Mapping[str, Tensor],
    ) -> dict[str, Tensor]:
        """The next row, and the state that it goes into, by name."""
        with self._with(weights):
            row, after = self.model.draw(params, given["noise"], given["bias"], state)
        parts = {f"next_state_{i}": part for i, part in enumerate(keras.tree.flatten(after))}
        return {"next_row": row, **parts}

    def first_state(self, weights: Sequence[NDArray]) -> list[NDArray]:
        """The parts of the state before the first point of `TRIAL_LINES`."""
        with self._with(weights):
            state = self.model.initial_state(TRIAL_LINES)
        return [ops.convert_to_numpy(part) for part in keras.tree.flatten(state)]

    def _with(self, weights: Sequence[Any]) -> Any:
        values = [ops.convert_to_tensor(value) for value in weights]
        pairs = zip(self.weights.values(), values, strict=True)
        return keras.StatelessScope(state_mapping=list(pairs))


def _form(part: Tensor) -> tuple[Sequence[int | None], str]:
    kind = keras.backend.standardize_dtype(part.dtype)
    return (tuple(part.shape) if "int" in kind else (None, *part.shape[1:])), kind


def take_out_weights(graph: Any, arrays: Mapping[str, NDArray], names: Sequence[str]) -> None:
    """Turns inputs weight_0, weight_1, … into references to the arrays of these names, which are
    among all `arrays` of a run; only what is named has a place in the graph."""
    from onnx import TensorProto
    from onnx.helper import np_dtype_to_tensor_dtype

    called = {f"weight_{place}": name for place, name in enumerate(names)}
    others = [each for each in graph.graph.input if each.name not in called]
    del graph.graph.input[:]
    graph.graph.input.extend(others)
    read: set[str] = set()
    for node in _nodes(graph.graph):
        node.input[:] = [called.get(name, name) for name in node.input]
        read |= {*node.input}
    places = places_of_weights(arrays)
    for name in names:
        array, (start, length) = arrays[name], places[name]
        where = {"location": "weights.safetensors", "offset": start, "length": length}
        tensor = graph.graph.initializer.add(
            name=name,
            dims=array.shape,
            data_type=np_dtype_to_tensor_dtype(array.dtype),
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
    # A runtime takes no values for what no node reads.
    for name in sorted({*names} - read):
        graph.graph.node.add(op_type="Identity", input=[name], output=[f"{name}/unread"])


def _nodes(graph: Any) -> Iterator[Any]:
    """All nodes of a graph, those of its conditionals and loops too."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _nodes(attribute.g)


def _compare(traced: _Traced, data: bytes, clock: int) -> None:
    """Raises ExportError where the file does not give what the model gives, with other weights
    than it was made with, in the midst of a line."""
    rng = np.random.default_rng(0)
    arrays = {
        name: other(array, rng) for name, array in weights_alone(model_arrays(traced.model)).items()
    }
    weights = list(arrays.values())
    given = {
        name: _drawn(*about, clock, rng)
        for name, about in list(traced.inputs.items())[len(weights) :]
    }
    found = _run(data, arrays, given)
    # Elsewhere products of matrices may be rounded more coarsely.
    with keras.device("cpu:0"):
        if any(part.any() for part in traced.first_state(weights)):
            raise ExportError(cannot("its state does not begin as zeros"))
        params, state = traced.foretell(weights, given)
        # Drawn from the same parameters: a mixture's choice may hang on their rounding.
        wanted = {"params": params, **traced.draw(weights, found["params"], state, given)}
    allowed = TOLERANCE[traced.model.head.precision]
    for name, value in wanted.items():
        apart = difference(found[name], ops.convert_to_numpy(value))
        if not apart <= allowed:
            raise ExportError(cannot(f"{name} comes out differently, by {apart:.2g}"))


def _run(
    data: bytes, arrays: Mapping[str, NDArray], given: Mapping[str, NDArray]
) -> dict[str, NDArray]:
    """What the file gives, by name."""
    parts = {name: value for name, value in given.items() if name.startswith("state_")}
    try:
        step = ExportedStep(data, arrays)
        next_row, params, after = step.step(
            given["row"], parts, given["noise"], float(given["bias"]), given
        )
    except Exception as error:  # ONNX Runtime's errors have no other base
        raise ExportError(cannot(error)) from error
    named = {f"next_{name}": part for name, part in after.items()}
    return {**named, "next_row": next_row, "params": params}


def other(array: NDArray, rng: np.random.Generator) -> NDArray:
    """A weight, changed a little."""
    if array.dtype != np.float32:
        return array
    return np.asarray(array + 0.1 * rng.standard_normal(array.shape), np.float32)


def _drawn(shape: Sequence[int | None], kind: str, clock: int, rng: np.random.Generator) -> NDArray:
    """Numbers for an input; uniform, as a part of noise has to be."""
    sizes = [TRIAL_LINES if size is None else size for size in shape]
    if "int" in kind:
        # A clock; or numbers of characters, which are small.
        return np.full(sizes, clock if len(sizes) == 1 else 1, kind)
    return np.asarray(rng.random(sizes), kind)


def difference(a: NDArray, b: NDArray) -> float:
    """The largest, relative to the largest number of `b` or 1; inf for other shapes or types."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return np.inf
    size = max(1.0, float(np.abs(b).max(initial=0)))
    return float(np.abs(np.asarray(a, np.float64) - b).max(initial=0)) / size
