"""Making reader.onnx: a model that reads, traced and converted, its weights left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.exported_reader import ExportedReader
from hwsynth.exported_step import MARK, StepMark
from hwsynth.reading_model import ReadingModel
from hwsynth.reading_rows import FEATURES
from hwsynth.run_folder import RunFolder, is_random_state, weights_alone
from hwsynth.run_record import RunRecord
from hwsynth.step_export import TOLERANCE, ExportError, cannot, difference, other, take_out_weights
from hwsynth.training import model_arrays

Tensor = Any

TRIAL_LINES = (23, 9)
"""Points of the lines that model and file are compared by."""


def write_reader(folder: RunFolder, record: RunRecord, model: ReadingModel) -> None:
    """Writes reader.onnx. Raises ExportError where this model has no counterpart in ONNX."""
    folder.write_reader(reader_graph(model, StepMark.of(record)))


def reader_graph(model: ReadingModel, mark: StepMark) -> bytes:
    """A model that reads as an ONNX file. Raises ExportError where it has no counterpart."""
    for layer in (*model.cores, model.head):
        if not layer.exportable:
            raise ExportError(cannot(f"{type(layer).__name__} says that it has none in ONNX"))
    variables = _weights(model)
    inputs: dict[str, tuple[Sequence[int | None], str]] = {
        f"weight_{place}": (tuple(variable.shape), variable.dtype)
        for place, variable in enumerate(variables.values())
    }
    inputs |= {"rows": ((None, None, FEATURES), "float32"), "mask": ((None, None), "bool")}

    def traced(*arrays: Tensor) -> dict[str, Tensor]:
        *weights, rows, mask = arrays
        return {"params": _params(model, weights, rows, mask)}

    try:
        graph = backend.as_onnx(traced, inputs)
    except Exception as error:  # whatever a core, a head or the converter raises
        raise ExportError(cannot(error)) from error
    take_out_weights(graph, model_arrays(model), list(variables))
    entry = graph.metadata_props.add()
    entry.key, entry.value = MARK, mark.model_dump_json()
    data: bytes = graph.SerializeToString()
    _compare(model, data)
    return data


def _weights(model: ReadingModel) -> dict[str, Any]:
    """By name. Random states are no part of reading, and of another type on each backend."""
    return {k: v for k, v in model.variables_to_keep().items() if not is_random_state(k)}


def _params(model: ReadingModel, weights: Sequence[Any], rows: Tensor, mask: Tensor) -> Tensor:
    """The model's parameters (batch, frames, params), with other weights than its own."""
    values = [ops.convert_to_tensor(value) for value in weights]
    pairs = list(zip(_weights(model).values(), values, strict=True))
    with keras.StatelessScope(state_mapping=pairs):
        return model({"inputs": rows, "mask": mask})


def _compare(model: ReadingModel, data: bytes) -> None:
    """Raises ExportError where the file does not give what the model gives, with other weights
    than it was made with, for lines of several lengths."""
    rng = np.random.default_rng(0)
    arrays = {name: other(array, rng) for name, array in weights_alone(model_arrays(model)).items()}
    mask = np.arange(max(TRIAL_LINES)) < np.array(TRIAL_LINES)[:, None]
    rows = np.asarray(rng.standard_normal((*mask.shape, FEATURES)), np.float32) * mask[..., None]
    try:
        found = ExportedReader(data, arrays)(rows, mask)
    except Exception as error:  # ONNX Runtime's errors have no other base
        raise ExportError(cannot(error)) from error
    # Elsewhere products of matrices may be rounded more coarsely.
    with keras.device("cpu:0"):
        wanted = ops.convert_to_numpy(_params(model, list(arrays.values()), rows, mask))
        frames = ops.convert_to_numpy(model.frames(ops.convert_to_tensor(mask)))
    apart = difference(_on(found, frames), _on(wanted, frames))
    if not apart <= TOLERANCE[model.head.precision]:
        raise ExportError(cannot(f"params come out differently, by {apart:.2g}"))


def _on(params: NDArray, frames: NDArray) -> NDArray:
    """Parameters of the lines' own frames; zeros elsewhere."""
    return np.asarray(np.where(frames[..., None], params, 0), np.float32)
