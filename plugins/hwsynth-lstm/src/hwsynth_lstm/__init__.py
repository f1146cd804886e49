"""Recurrent cores of one cell for hwsynth: long short-term memory, gated units, plain tanh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from hwsynth import Core, Precision, hookimpl

if TYPE_CHECKING:
    from hwsynth_lstm.layer import GRUCore, LSTMCore, RNNCore


class LSTM(Core):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; Graves 2013, eq. 7-11)."""

    name: ClassVar[str] = "lstm"

    units: int = Field(400, gt=0)
    """Cells."""
    peepholes: bool = False
    """Whether the gates see the cell (Graves 2013)."""
    forget_bias: float = 1.0
    """Bias of the forget gate at the start."""
    clip_derivative: float | None = Field(None, gt=0)
    """Bound of the loss's derivatives by the gates' inputs; Graves (2013): 10."""

    def build(self, *, precision: Precision = "float32", seed: int = 0, **layer: Any) -> LSTMCore:
        """The Keras layer."""
        from hwsynth_lstm.layer import LSTMCore

        return LSTMCore(**self.model_dump(), precision=precision, seed=seed, **layer)


class GRU(Core):
    """Gated recurrent units (Cho et al. 2014, eq. 5-8), the reset laid on the product."""

    name: ClassVar[str] = "gru"

    units: int = Field(460, gt=0)
    """Hidden units; the default has about as many weights as the `lstm` of 400."""
    clip_derivative: float | None = Field(None, gt=0)
    """Bound of the loss's derivatives by the gates' inputs."""

    def build(self, *, precision: Precision = "float32", seed: int = 0, **layer: Any) -> GRUCore:
        """The Keras layer."""
        from hwsynth_lstm.layer import GRUCore

        return GRUCore(**self.model_dump(), precision=precision, seed=seed, **layer)


class RNN(Core):
    """Plain recurrent tanh units (Elman 1990)."""

    name: ClassVar[str] = "rnn"

    units: int = Field(800, gt=0)
    """Hidden units; the default has about as many weights as the `lstm` of 400."""
    clip_derivative: float | None = Field(None, gt=0)
    """Bound of the loss's derivatives by the units' inputs."""

    def build(self, *, precision: Precision = "float32", seed: int = 0, **layer: Any) -> RNNCore:
        """The Keras layer."""
        from hwsynth_lstm.layer import RNNCore

        return RNNCore(**self.model_dump(), precision=precision, seed=seed, **layer)


@hookimpl
def hwsynth_cores() -> Sequence[type[Core]]:
    """The cores that this package gives."""
    return [LSTM, GRU, RNN]
