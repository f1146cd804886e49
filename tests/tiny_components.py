"""Options of the layers in `broken_cores` and `broken_heads`, which import Keras."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar

from hwsynth import Core, Head


class TinyCore(Core):
    """A core of `broken_cores`, chosen by the class attribute `layer`."""

    name: ClassVar[str] = "tiny"
    layer: ClassVar[str] = "Sound"

    def build(self, **given: Any) -> Any:
        return getattr(importlib.import_module("broken_cores"), self.layer)(**given)


class TinyHead(Head):
    """A head of `broken_heads`, chosen by the class attribute `layer`."""

    name: ClassVar[str] = "tiny"
    layer: ClassVar[str] = "Sound"

    def build(self, **given: Any) -> Any:
        return getattr(importlib.import_module("broken_heads"), self.layer)(**given)


def core(layer: str) -> Core:
    """Options that build the layer of that name in `broken_cores`."""
    return type(layer, (TinyCore,), {"__doc__": "One.", "layer": layer})()


def head(layer: str) -> Head:
    """Options that build the layer of that name in `broken_heads`."""
    return type(layer, (TinyHead,), {"__doc__": "One.", "layer": layer})()
