"""The layer that says of each frame how likely each character and the blank are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from hwsynth import OutputHead
from hwsynth_ctc.alignments import nats_of_texts

Tensor = Any


class CTCHead(OutputHead):
    """Learns text: logits of the classes, the blank first, then the characters in order."""

    learns = "text"

    def __init__(self, *, classes: int, seed: int = 0, **layer: Any) -> None:
        super().__init__(**layer)
        self.params = classes
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (..., units)."""
        self.kernel = self.add_weight(
            (input_shape[-1], self.params),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
            name="kernel",
        )
        self.bias = self.add_weight((self.params,), initializer="zeros", name="bias")
        self.built = True

    @property
    def linear(self) -> tuple[Tensor, Tensor]:
        """See `OutputHead`."""
        return self.kernel, self.bias

    def call(self, inputs: Tensor) -> Tensor:
        """inputs (..., units) -> raw parameters (..., params)."""
        return self.matmul(inputs, self.kernel) + self.bias

    def batch_loss(self, params: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """params (batch, steps, params), labels (batch, chars) and mask (batch, steps) of the batch
        -> −log probability (batch,) of each text; 0 for one that has too few steps to be shown."""
        steps = ops.sum(ops.cast(batch["mask"], "int32"), axis=1)
        return nats_of_texts(params, batch["labels"], steps)
