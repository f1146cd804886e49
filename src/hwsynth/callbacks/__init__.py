"""The built-in callbacks: what watches a run as it trains."""

from __future__ import annotations

from collections.abc import Sequence

from hwsynth.callbacks.page import RunPage
from hwsynth.callbacks.tensorboard import TensorBoard
from hwsynth.contracts import Callback
from hwsynth.hookspecs import hookimpl


@hookimpl
def hwsynth_callbacks() -> Sequence[type[Callback]]:
    """A page in the run's folder, and TensorBoard."""
    return (RunPage, TensorBoard)
