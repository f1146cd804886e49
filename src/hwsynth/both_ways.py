"""A recurrent core over a line in both directions, for models that see whole lines.

Axis names as in layers.py; a line's own steps are those that its mask has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

from hwsynth.backend import custom_gradient
from hwsynth.layers import RecurrentCore

Tensor = Any


@dataclass(frozen=True)
class BothWays:
    """Two cores of the same options, each with weights of its own (Schuster and Paliwal 1997)."""

    onwards: RecurrentCore
    back: RecurrentCore

    @property
    def cores(self) -> tuple[RecurrentCore, ...]:
        """Both."""
        return self.onwards, self.back

    @property
    def units(self) -> int:
        """Width of the output."""
        return self.onwards.units + self.back.units

    def build(self, features: int) -> None:
        """Weights for inputs of that width."""
        for core in self.cores:
            core.build((None, None, features))

    def __call__(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """inputs (batch, steps, features), mask (batch, steps) -> outputs (batch, steps, units), of
        both side by side."""
        turn = turning(mask)
        onwards, _ = self.onwards(inputs, mask=mask)
        back, _ = self.back(turn(inputs), mask=mask)
        return ops.concatenate([onwards, turn(back)], axis=-1)


@dataclass(frozen=True)
class OneWay:
    """A core from a line's beginning to its end."""

    onwards: RecurrentCore

    @property
    def cores(self) -> tuple[RecurrentCore, ...]:
        """The one."""
        return (self.onwards,)

    @property
    def units(self) -> int:
        """Width of the output."""
        return self.onwards.units

    def build(self, features: int) -> None:
        """Weights for inputs of that width."""
        self.onwards.build((None, None, features))

    def __call__(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """inputs (batch, steps, features), mask (batch, steps) -> outputs (batch, steps, units)."""
        outputs: Tensor = self.onwards(inputs, mask=mask)[0]
        return outputs


def turning(mask: Tensor) -> Callable[[Tensor], Tensor]:
    """mask (batch, steps) -> what turns each line of (batch, steps, features) round within its own
    steps; padding stays where it is."""
    batch, steps = ops.shape(mask)
    place = ops.arange(steps)[None]
    length = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
    source = ops.where(place < length, length - 1 - place, place)
    rows = ops.reshape(source + steps * ops.arange(batch)[:, None], (-1,))

    def turned(x: Tensor) -> Tensor:
        flat = ops.reshape(x, (-1, x.shape[-1]))
        return ops.reshape(ops.take(flat, rows, axis=0), ops.shape(x))

    def with_derivative(x: Tensor) -> tuple[Tensor, Any]:
        # Turning twice changes nothing: the derivative is turned too, where that of a gather
        # would be a scatter.
        return turned(x), turned

    return custom_gradient(with_derivative)
