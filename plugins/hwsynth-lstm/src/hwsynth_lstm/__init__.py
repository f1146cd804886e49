"""Long short-term memory core for hwsynth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from hwsynth import Core, Precision, hookimpl

if TYPE_CHECKING:
    from hwsynth_lstm.layer import LSTMCore


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


@hookimpl
def hwsynth_cores() -> Sequence[type[Core]]:
    """The core that this package gives."""
    return [LSTM]
