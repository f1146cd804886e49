"""hwsynth learns handwriting as pen movement and writes with it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from hwsynth.contracts import Core, Dataset, Dropped, Exporter, Head, Options, Page, Precision
from hwsynth.errors import DataError, HwsynthError, UsageError
from hwsynth.hookspecs import hookimpl
from hwsynth.ink import Ink

if TYPE_CHECKING:
    from hwsynth.backend import custom_gradient, scan
    from hwsynth.layers import OutputHead, RecurrentCore, clip_derivative

__version__ = "0.1.0"

__all__ = [
    "Core",
    "DataError",
    "Dataset",
    "Dropped",
    "Exporter",
    "Head",
    "HwsynthError",
    "Ink",
    "Options",
    "OutputHead",
    "Page",
    "Precision",
    "RecurrentCore",
    "UsageError",
    "clip_derivative",
    "custom_gradient",
    "hookimpl",
    "scan",
]


# What needs Keras, and so a training framework, is imported only on demand.
_LAZY = {
    "OutputHead": "hwsynth.layers",
    "RecurrentCore": "hwsynth.layers",
    "clip_derivative": "hwsynth.layers",
    "custom_gradient": "hwsynth.backend",
    "scan": "hwsynth.backend",
}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'hwsynth' has no attribute '{name}'")
