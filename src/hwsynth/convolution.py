"""Two convolutions over the points of a line, ahead of the cores of a model that sees it whole.

Axis names: batch, steps (points), frames (every second point), features, channels.
"""

from __future__ import annotations

import itertools
from typing import Any

import keras
from keras import ops

from hwsynth.contracts import Precision

Tensor = Any

WIDTH = 5
"""Points that a convolution sees: two on either side."""
POINTS_A_FRAME = 2
"""The second convolution gives a frame for every second point."""


class Convolutions(keras.layers.Layer):
    """Widths (c, 2c); after each a rectifier. The second halves the rate."""

    def __init__(
        self, *, channels: int, precision: Precision = "float32", seed: int = 0, **layer: Any
    ) -> None:
        super().__init__(dtype="float32", autocast=False, **layer)
        self.channels, self.precision, self.seed = channels, precision, seed

    @property
    def units(self) -> int:
        """Width of the output."""
        return 2 * self.channels

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (batch, steps, features)."""
        widths = (int(input_shape[-1] or 0), self.channels, self.units)
        self.kernels = [
            self.add_weight(
                (WIDTH * before, after),
                initializer=keras.initializers.HeNormal(seed=self.seed + i),
                name=f"kernel_{i + 1}",
            )
            for i, (before, after) in enumerate(itertools.pairwise(widths))
        ]
        self.biases = [
            self.add_weight((width,), initializer="zeros", name=f"bias_{i + 1}")
            for i, width in enumerate(widths[1:])
        ]
        self.built = True

    def call(self, inputs: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """inputs (batch, steps, features), mask (batch, steps) -> outputs (batch, frames,
        2·channels) and their mask (batch, frames)."""
        x = inputs
        for kernel, bias, stride in zip(
            self.kernels, self.biases, (1, POINTS_A_FRAME), strict=True
        ):
            # What a line sees beyond its end is nothing, however far it was padded.
            x = ops.where(mask[..., None], x, 0.0)
            x = ops.relu(self._matmul(_windows(x, stride), kernel) + bias)
            mask = mask[:, ::stride]
        return x, mask

    def _matmul(self, a: Tensor, b: Tensor) -> Tensor:
        product = ops.matmul(ops.cast(a, self.precision), ops.cast(b, self.precision))
        return ops.cast(product, "float32")


def frame_mask(mask: Tensor) -> Tensor:
    """(batch, steps) of points, True before a line's end -> (batch, frames) of `Convolutions`."""
    return mask[:, ::POINTS_A_FRAME]


def _windows(x: Tensor, stride: int) -> Tensor:
    """x (batch, steps, features) -> (batch, steps / stride rounded up, WIDTH·features): what
    stands about each stride-th point, zeros beyond the ends. One product of it and a kernel is a
    convolution, and as quick as products are."""
    steps, side = ops.shape(x)[1], WIDTH // 2
    padded = ops.pad(x, ((0, 0), (side, side), (0, 0)))
    return ops.concatenate([padded[:, i : i + steps : stride] for i in range(WIDTH)], axis=-1)
