"""Parts of a layer's output left out in training (Srivastava et al. 2014)."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

Tensor = Any


class Dropout(keras.layers.Dropout):
    """As Keras's. That one's mask, of single coins, takes PyTorch four times as long on CPUs as
    the numbers that are compared here: an eighth of a reader's training step."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Any shape -> the same, what is left enlarged by 1 / (1 - rate)."""
        if not (training and self.rate):
            return inputs
        drawn = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator)
        return inputs * (ops.cast(drawn >= self.rate, "float32") / (1 - self.rate))


def dropouts(rate: float, layers: int, seed: int) -> list[Dropout]:
    """One for each layer, where anything is left out: what draws has a variable."""
    return [
        Dropout(rate, seed=seed + i, name=f"dropout_{i + 1}") for i in range(layers if rate else 0)
    ]
