"""What makes rows harder to use in training, so that a model does not rely on each to its last
digit, nor on any one of them.

Axis names: batch, steps, features.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from hwsynth.run_options import ModelOptions

Tensor = Any

SPAN = 10
"""Points that are hidden together: most of a letter at the presets' spacing, so that it is to be
told from what is left of it and stands beside it."""


class OffsetNoise(keras.layers.GaussianNoise):
    """Rows (batch, steps, features), of which the first two are offsets: these are changed, in
    training, by what is drawn from a normal distribution about 0; all else stays. (Graves 2013,
    section 3.2, has noise on the weights.)"""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Rows -> rows."""
        offsets = super().call(inputs[..., :2], training=training)
        return ops.concatenate([offsets, inputs[..., 2:]], axis=-1)


class HiddenSpans(keras.layers.Layer):
    """Rows (batch, steps, features) of which spans of `SPAN` are zeros in training, anywhere in
    each line, a `share` of all rows (Park et al. 2019, SpecAugment, section 2, masks of time)."""

    def __init__(self, share: float, seed: int, **layer: Any) -> None:
        super().__init__(**layer)
        self.share = share
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Rows -> rows."""
        if not training:
            return inputs
        batch, steps = ops.shape(inputs)[:2]
        # A row is seen if no span begins at any of the SPAN rows that end with it.
        begins = 1 - (1 - self.share) ** (1 / SPAN)
        drawn = keras.random.uniform((batch, steps + SPAN), seed=self.seed_generator)
        begun = ops.cumsum(ops.cast(drawn < begins, "int32"), axis=1)
        hidden = begun[:, SPAN:] > begun[:, :-SPAN]
        return ops.where(hidden[..., None], 0.0, inputs)


def disturbances(options: ModelOptions, seed: int) -> list[keras.layers.Layer]:
    """Those that are on: each that draws has a variable."""
    layers: list[keras.layers.Layer] = []
    if options.noise:
        layers.append(OffsetNoise(options.noise, seed=seed, name="noise"))
    if options.hidden:
        layers.append(HiddenSpans(options.hidden, seed + 1, name="hidden"))
    return layers
