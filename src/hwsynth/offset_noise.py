"""Noise on the offsets that a model is shown in training, so that it does not rely on them to the
last digit (Graves 2013, section 3.2, has it on the weights)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

Tensor = Any


class OffsetNoise(keras.layers.GaussianNoise):
    """Rows (batch, steps, features), of which the first two are offsets: these are changed, in
    training, by what is drawn from a normal distribution about 0; all else stays."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Rows -> rows."""
        offsets = super().call(inputs[..., :2], training=training)
        return ops.concatenate([offsets, inputs[..., 2:]], axis=-1)


def offset_noises(deviation: float, seed: int) -> list[OffsetNoise]:
    """The layer, where there is any noise: one that draws has a variable."""
    return [OffsetNoise(deviation, seed=seed, name="noise")] if deviation else []
