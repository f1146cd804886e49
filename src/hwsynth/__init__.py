"""hwsynth learns handwriting as pen movement and writes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwsynth.contracts import Core, Dataset, Dropped, Exporter, Head, Options, Page, Precision
from hwsynth.errors import DataError, HwsynthError, UsageError
from hwsynth.hookspecs import hookimpl
from hwsynth.ink import Ink

if TYPE_CHECKING:
    from hwsynth.layers import OutputHead, RecurrentCore

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
    "hookimpl",
]


def __getattr__(name: str) -> object:
    # The layer base classes import Keras, and Keras a training framework: only on demand.
    if name in ("OutputHead", "RecurrentCore"):
        from hwsynth import layers

        return getattr(layers, name)
    raise AttributeError(f"module 'hwsynth' has no attribute '{name}'")
