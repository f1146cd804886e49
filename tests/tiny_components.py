"""Options of the layers in `broken_cores` and `broken_heads`, which import Keras."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar, Literal

from hwsynth import Core, Head
from hwsynth_ctc import CTC


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


class TinyReadingHead(CTC):
    """The same for heads that learn text."""

    layer: ClassVar[str] = "SoundText"

    def build(self, **given: Any) -> Any:
        return getattr(importlib.import_module("broken_heads"), self.layer)(**given)


class ReadsBackwards(TinyReadingHead):
    """One."""

    def decode(self, params: Any, charset: str, language: Any = None) -> str:
        return super().decode(params, charset, language)[::-1]


class ReadsSomethingInNothing(TinyReadingHead):
    """One."""

    def decode(self, params: Any, charset: str, language: Any = None) -> str:
        return super().decode(params, charset, language) if len(params) else charset[0]


class HeedsTheLanguageAlone(TinyReadingHead):
    """One."""

    def decode(self, params: Any, charset: str, language: Any = None) -> str:
        read = super().decode(params, charset)
        return read if language is None else charset[0] * len(read)


class SaysInk(TinyReadingHead):
    """One."""

    learns: ClassVar[Literal["ink", "text"]] = "ink"


def core(layer: str) -> Core:
    """Options that build the layer of that name in `broken_cores`."""
    return type(layer, (TinyCore,), {"__doc__": "One.", "layer": layer})()


def head(layer: str) -> Head:
    """Options that build the layer of that name in `broken_heads`, or are broken themselves."""
    own = {
        each.__name__: each
        for each in (ReadsBackwards, HeedsTheLanguageAlone, ReadsSomethingInNothing, SaysInk)
    }
    if layer in own:
        return own[layer]()
    if layer.endswith("Text"):
        return type(layer, (TinyReadingHead,), {"__doc__": "One.", "layer": layer})()
    learns = "text" if layer == "Counting" else "ink"
    return type(layer, (TinyHead,), {"__doc__": "One.", "layer": layer, "learns": learns})()
