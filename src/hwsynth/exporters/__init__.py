"""The built-in exporters: what ink is written to."""

from __future__ import annotations

from collections.abc import Sequence

from hwsynth.contracts import Exporter
from hwsynth.exporters.json import Json
from hwsynth.exporters.svg import Svg
from hwsynth.hookspecs import hookimpl


@hookimpl
def hwsynth_exporters() -> Sequence[type[Exporter]]:
    """SVG to look at and to print, JSON to read back."""
    return (Svg, Json)
