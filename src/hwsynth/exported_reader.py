"""reader.onnx: a run's model that reads, which ONNX Runtime runs without a training framework.

    rows (batch, steps, 5), mask (batch, steps) -> params (batch, frames, params)

Lines of any number and length, whole. Like step.onnx it holds the graph alone: its weights are
the arrays of weights.safetensors beside it. reader_export.py makes it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwsynth.exported_step import exported, mark_of, onnx_session
from hwsynth.run_folder import RunFolder, weights_alone
from hwsynth.run_record import RunRecord

INPUTS, OUTPUT = ("rows", "mask"), "params"


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
    """A run's network with its weights; see `exported_step.exported`."""
    return exported(_made_of, folder.reader_file, folder, record)


def _made_of(graph: bytes, arrays: Mapping[str, NDArray]) -> ExportedReader:
    return ExportedReader(graph, weights_alone(arrays))
