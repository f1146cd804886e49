"""Optimisers and schedules.

The loss is differentiated as a sum (see `model.compute_loss`); the optimiser multiplies the
gradient by `gradient_scale`, one over the points or lines of the batch, before anything else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import keras

Schedule = Literal["exponential", "cosine", "constant", "epoch"]


class _Scaled:
    """Mixed into a Keras optimiser: gradients are scaled by a number set before each step."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.gradient_scale = keras.Variable(1.0, trainable=False, name="gradient_scale")

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        scaled = [None if g is None else g * self.gradient_scale for g in grads]
        super().apply(scaled, trainable_variables)  # type: ignore[misc]


class Adam(_Scaled, keras.optimizers.Adam):
    """Adam (Kingma and Ba 2015)."""


class RMSProp(_Scaled, keras.optimizers.RMSprop):
    """RMSProp in Graves's form (2013, eq. 38-45): centred, with momentum."""

    def __init__(self, **options: Any) -> None:
        super().__init__(rho=0.95, momentum=0.9, epsilon=1e-4, centered=True, **options)


OPTIMISERS: Mapping[str, Callable[..., Any]] = {"adam": Adam, "rmsprop": RMSProp}


def learning_rate(
    schedule: Schedule, first: float, decay: float, *, used: float, epoch: int
) -> float:
    """The rate when the share `used` of the budget is spent, in epoch `epoch` from 0.

    exponential: falls to first·decay over the budget; cosine: the same end along a half cosine;
    epoch: first·decay^epoch; constant: first.
    """
    used = min(max(used, 0.0), 1.0)
    if schedule == "exponential":
        return float(first * decay**used)
    if schedule == "cosine":
        return first * (decay + (1 - decay) * 0.5 * (1 + math.cos(math.pi * used)))
    if schedule == "epoch":
        return float(first * decay**epoch)
    return first
