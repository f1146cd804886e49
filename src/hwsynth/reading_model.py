"""What reads: cores over whole lines, ahead of them convolutions, under a head that learns text.

A line is seen whole, so that cores may run both ways over it; there is no step, and nothing is
drawn. With skips every core sees what the first sees beside the layer below, and the head all
layers, as in model.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from hwsynth.both_ways import BothWays, OneWay
from hwsynth.contracts import Core, Head, Precision, Task
from hwsynth.convolution import POINTS_A_FRAME, Convolutions, frame_mask
from hwsynth.dropout import dropouts
from hwsynth.errors import UsageError
from hwsynth.layers import OutputHead, RecurrentCore
from hwsynth.offset_noise import offset_noises
from hwsynth.reading_rows import FEATURES
from hwsynth.run_options import ModelOptions
from hwsynth.trained_model import TrainedModel, part_seed

Tensor = Any


class ReadingModel(TrainedModel):
    """What tells the text of a line from its points."""

    def __init__(
        self,
        levels: Sequence[BothWays | OneWay],
        head: OutputHead,
        *,
        convolutions: Convolutions | None = None,
        skips: bool = True,
        dropout: float = 0.0,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__(name="model")
        self.cores = [core for level in levels for core in level.cores]
        self.head = head
        self.convolutions = convolutions
        self.skips = skips
        self.dropouts = dropouts(dropout, len(levels), seed)
        self.noises = offset_noises(noise, seed + 50)
        self._levels = levels

    def build(self, input_shape: Any = None) -> None:
        """All weights; they depend on the components alone."""
        first = FEATURES
        if self.convolutions:
            self.convolutions.build((None, None, first))
            first = self.convolutions.units
        below = first
        for level in self._levels:
            level.build(below)
            below = level.units + (first if self.skips else 0)
        widths = [level.units for level in self._levels]
        self.head.build((None, None, sum(widths) if self.skips else widths[-1]))
        self.built = True

    def layers_with_variables(self) -> list[keras.layers.Layer]:
        """See `TrainedModel`."""
        ahead = [self.convolutions] if self.convolutions else []
        return [*ahead, *self.cores, self.head, *self.dropouts, *self.noises]

    def call(self, inputs: Mapping[str, Tensor], training: bool = False) -> Tensor:
        """A batch: inputs (batch, steps, features), mask (batch, steps) -> raw parameters (batch,
        frames, params)."""
        x, mask = ops.convert_to_tensor(inputs["inputs"], "float32"), inputs["mask"]
        for noise in self.noises:
            x = noise(x, training=training)
        if self.convolutions:
            x, mask = self.convolutions(x, mask)
        first, seen = x, []
        for i, level in enumerate(self._levels):
            x = level(x, mask)
            if self.dropouts:
                x = self.dropouts[i](x, training=training)
            seen.append(x)
            if self.skips:
                x = ops.concatenate([first, x], axis=-1)
        return self.head(ops.concatenate(seen, axis=-1) if self.skips else seen[-1])

    def losses_of(self, params: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """Nats (batch,) of each line's text."""
        return self.head.batch_loss(params, {**batch, "mask": self.frames(batch["mask"])})

    @property
    def points_a_frame(self) -> int:
        """Points for which there is one frame; a frame more for what is left over."""
        return POINTS_A_FRAME if self.convolutions else 1

    def frames(self, mask: Tensor) -> Tensor:
        """mask (batch, steps) of points -> (batch, frames) of the head's parameters."""
        return frame_mask(mask) if self.convolutions else mask


def build_reading_model(
    core: Core,
    head: Head,
    options: ModelOptions,
    *,
    task: Task,
    precision: Precision = "float32",
    seed: int = 0,
) -> ReadingModel:
    """The model of these options, with its first weights; `seed` decides them and the dropout.

    Raises UsageError where an option is for models that write.
    """
    if options.text != "none":
        raise UsageError(
            f"model.text={options.text} says how a model that writes knows what to, and the head "
            f"'{head.name}' reads; leave it out"
        )

    def built(level: int, way: str, part: int) -> RecurrentCore:
        own = part_seed(seed, 300 + 10 * level + part)
        return core.build(precision=precision, seed=own, name=f"core_{level + 1}{way}")

    levels = [
        BothWays(built(level, "", 0), built(level, "_back", 5))
        if options.bidirectional
        else OneWay(built(level, "", 0))
        for level in range(options.layers)
    ]
    model = ReadingModel(
        levels,
        head.build(task=task, precision=precision, seed=part_seed(seed, 100), name="head"),
        convolutions=_convolutions(options, precision, part_seed(seed, 450)),
        skips=options.skips,
        dropout=options.dropout,
        noise=options.noise,
        seed=part_seed(seed, 200),
    )
    model.build()
    return model


def _convolutions(options: ModelOptions, precision: Precision, seed: int) -> Convolutions | None:
    if not options.convolution:
        return None
    return Convolutions(
        channels=options.convolution, precision=precision, seed=seed, name="convolution"
    )
