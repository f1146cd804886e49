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
    from hwsynth.cells import Cell, GRUCell, LSTMCell, TanhCell
    from hwsynth.layers import OutputHead, RecurrentCore, clip_derivative
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
    "GRUCell",
    "Head",
    "HwsynthError",
    "Ink",
    "LSTMCell",
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
    "native_lstm",
    "scan",
    "unroll",
    "write_whole",
]


# What needs Keras, and so a training framework, is imported only on demand.
_LAZY = {
    "Cell": "hwsynth.cells",
    "GRUCell": "hwsynth.cells",
    "LSTMCell": "hwsynth.cells",
    "OutputHead": "hwsynth.layers",
    "RecurrentCore": "hwsynth.layers",
    "TanhCell": "hwsynth.cells",
    "clip_derivative": "hwsynth.layers",
    "cond": "hwsynth.backend",
    "custom_gradient": "hwsynth.backend",
    "native_lstm": "hwsynth.backend",
    "scan": "hwsynth.backend",
    "unroll": "hwsynth.unrolling",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'hwsynth' has no attribute '{name}'")
