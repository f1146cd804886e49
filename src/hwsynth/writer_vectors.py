"""A vector of each writer, learnt with everything else: a style is a point among them.

Axis names: batch, writers, width (numbers of a vector).
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from hwsynth.contracts import NamedAxes

Tensor = Any
FIRST_SD = 0.5
"""Of the vectors' numbers before training."""


class WriterVectors(keras.layers.Layer):
    """A table of vectors; number 0 is that of an unknown writer."""

    named_axes: ClassVar[NamedAxes] = {"vectors": (0, "writers")}

    def __init__(self, *, writers: int, width: int, seed: int = 0, **layer: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **layer)
        self.writers, self.width, self.seed = writers, width, seed

    def build(self, input_shape: Any = None) -> None:
        """(1 + writers, width)."""
        self.table = self.add_weight(
            (1 + self.writers, self.width),
            initializer=keras.initializers.RandomNormal(stddev=FIRST_SD, seed=self.seed),
            name="vectors",
        )
        self.built = True

    def call(self, writers: Tensor) -> Tensor:
        """writers (batch,) int32 -> vectors (batch, width)."""
        # A product with ones and zeros: the derivative of a lookup would be a scatter.
        return ops.matmul(ops.one_hot(writers, 1 + self.writers), self.table)
