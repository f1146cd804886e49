"""The hooks. A plugin is a module that implements any of them and is named in the entry-point
group `hwsynth`; the built-in components come through the same hooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pluggy

from hwsynth.contracts import Callback, Core, Dataset, Exporter, Head

hookspec = pluggy.HookspecMarker("hwsynth")
hookimpl = pluggy.HookimplMarker("hwsynth")
"""Marks a function of a plugin as one of these hooks."""


@hookspec
def hwsynth_datasets() -> Sequence[type[Dataset]]:  # type: ignore[empty-body]
    """Datasets: where lines of handwriting come from."""


@hookspec
def hwsynth_cores() -> Sequence[type[Core]]:  # type: ignore[empty-body]
    """Recurrent cores: what remembers the pen's past."""


@hookspec
def hwsynth_heads() -> Sequence[type[Head]]:  # type: ignore[empty-body]
    """Output heads: what a core's output says of the next point."""


@hookspec
def hwsynth_exporters() -> Sequence[type[Exporter]]:  # type: ignore[empty-body]
    """Exporters: what ink is written to."""


@hookspec
def hwsynth_callbacks() -> Sequence[type[Callback]]:  # type: ignore[empty-body]
    """Callbacks: what watches a run as it trains."""


@hookspec
def hwsynth_hands() -> Sequence[Path]:  # type: ignore[empty-body]
    """Hands: folders, as `hwsynth hand pack` makes them, of what `hwsynth write` writes with."""
