"""reader.onnx: a run's model that reads, which ONNX Runtime runs without a training framework.

    rows (batch, steps, 5), mask (batch, steps) -> params (batch, frames, params)

Lines of any number and length, whole. Like step.onnx it holds the graph alone: its weights are
the arrays of weights.safetensors beside it. reader_export.py makes it.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwsynth.errors import RunError
from hwsynth.exported_step import MAX_BYTES, StepMark, is_runnable, mark_of, onnx_session
from hwsynth.run_folder import RunFolder, weights_alone
from hwsynth.run_record import RunRecord

INPUTS, OUTPUT = ("rows", "mask"), "params"

log = logging.getLogger(__name__)


class ExportedReader:
    """A run's network, ready to read with."""

    def __init__(self, graph: bytes, weights: Mapping[str, NDArray]) -> None:
        """`weights`: all arrays of the run's. Raises ValueError that says what is wrong with
        either."""
        self._session = onnx_session(graph, weights)
        takes = sorted(each.name for each in self._session.get_inputs())
        gives = [each.name for each in self._session.get_outputs()]
        if takes != sorted(INPUTS) or gives != [OUTPUT]:
            raise ValueError(
                f"takes {', '.join(takes)} and gives {', '.join(gives)}; a reader takes "
                f"{' and '.join(INPUTS)} and gives {OUTPUT}"
            )
        self.mark = mark_of(self._session)

    def __call__(self, rows: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """rows (batch, steps, 5), mask (batch, steps) -> params (batch, frames, params)."""
        params: NDArray[np.float32] = self._session.run([OUTPUT], {"rows": rows, "mask": mask})[0]
        return params


def exported_reader(folder: RunFolder, record: RunRecord) -> ExportedReader | None:
    """A run's network with its weights; None where there is none that can be used here: what
    stands in the way of one that is there is logged. Raises RunError where its file or the weights
    are damaged or another run's."""
    if not folder.reader_file.is_file():
        return None
    if not is_runnable():
        log.warning(
            "%s would be quicker, but needs onnxruntime. Try: pip install hwsynth[onnx]",
            folder.reader_file,
        )
        return None
    anew = f"hwsynth export-step --run {shlex.quote(str(folder.path))}"
    try:
        reader, now = _of(folder), StepMark.of(record)
        if (reader.mark.format, reader.mark.model) != (now.format, now.model):
            raise ValueError("is of another model than that of run.json")
    except ValueError as error:
        raise RunError(
            f"{folder.reader_file} {error}. Remove it, or make it anew with: {anew}"
        ) from error
    if changed := reader.mark.changed_since(now):
        log.warning(
            "%s is not used, since it was made by %s. Make it anew with: %s",
            folder.reader_file,
            ", ".join(changed),
            anew,
        )
        return None
    return reader


def _of(folder: RunFolder) -> ExportedReader:
    return ExportedReader(_graph(folder), weights_alone(folder.weights()))


def _graph(folder: RunFolder) -> bytes:
    size = folder.reader_file.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"has {size:,} bytes, where a reader has {MAX_BYTES:,} at most")
    return folder.reader_file.read_bytes()
