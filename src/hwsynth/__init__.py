"""hwsynth learns handwriting as pen movement and writes with it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from hwsynth.atomic import write_whole
from hwsynth.contracts import (
    Callback,
    Core,
    Dataset,
    Dropped,
    Exporter,
    Head,
    Options,
    Page,
    Paper,
    Precision,
    Task,
)
from hwsynth.errors import DataError, HwsynthError, UsageError
from hwsynth.hookspecs import hookimpl
from hwsynth.ink import Ink
from hwsynth.watching import Figures, WatchedRun, Watcher

if TYPE_CHECKING:
    from hwsynth.backend import cond, custom_gradient, native_lstm, scan
    from hwsynth.cells import Cell, GRUCell, LSTMCell, OneCell, TanhCell
    from hwsynth.datasets.files import File, list_folder, read_files
    from hwsynth.layers import LinearHead, OutputHead, RecurrentCore, clip_derivative
    from hwsynth.unrolling import unroll

__version__ = "0.1.0"

__all__ = [
    "Callback",
    "Cell",
    "Core",
    "DataError",
    "Dataset",
    "Dropped",
    "Exporter",
    "Figures",
    "File",
    "GRUCell",
    "Head",
    "HwsynthError",
    "Ink",
    "LSTMCell",
    "LinearHead",
    "OneCell",
    "Options",
    "OutputHead",
    "Page",
    "Paper",
    "Precision",
    "RecurrentCore",
    "TanhCell",
    "Task",
    "UsageError",
    "WatchedRun",
    "Watcher",
    "clip_derivative",
    "cond",
    "custom_gradient",
    "hookimpl",
    "list_folder",
    "native_lstm",
    "read_files",
    "scan",
    "unroll",
    "write_whole",
]


# What needs Keras, and so a training framework, or only a dataset, is imported only on demand.
_LAZY = {
    "Cell": "hwsynth.cells",
    "File": "hwsynth.datasets.files",
    "GRUCell": "hwsynth.cells",
    "LSTMCell": "hwsynth.cells",
    "LinearHead": "hwsynth.layers",
    "OneCell": "hwsynth.cells",
    "OutputHead": "hwsynth.layers",
    "RecurrentCore": "hwsynth.layers",
    "TanhCell": "hwsynth.cells",
    "clip_derivative": "hwsynth.layers",
    "cond": "hwsynth.backend",
    "custom_gradient": "hwsynth.backend",
    "list_folder": "hwsynth.datasets.files",
    "native_lstm": "hwsynth.backend",
    "read_files": "hwsynth.datasets.files",
    "scan": "hwsynth.backend",
    "unroll": "hwsynth.unrolling",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'hwsynth' has no attribute '{name}'")
