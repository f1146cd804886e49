"""Linear recurrent unit core for hwsynth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, model_validator

from hwsynth import Core, Precision, hookimpl

if TYPE_CHECKING:
    from hwsynth_lru.layer import LRUCore


class LRU(Core):
    """Linear recurrent unit, and a gated layer that reads it (Orvieto et al. 2023)."""

    name: ClassVar[str] = "lru"

    units: int = Field(400, ge=2)
    """Width of the output and of the gated layer."""
    states: int | None = Field(None, gt=0)
    """Complex numbers that remember; none: as many as units."""
    r_min: float = Field(0.0, ge=0, lt=1)
    """Smallest |λ| at the start: what a state keeps from step to step."""
    r_max: float = Field(0.999, gt=0, lt=1)
    """Largest |λ| at the start; 0.999 remembers some 1000 steps."""
    max_phase: float = Field(2 * math.pi, gt=0)
    """Largest angle by which a state turns in a step at the start."""

    @model_validator(mode="after")
    def _ring_is_one(self) -> Self:
        if self.r_min >= self.r_max:
            raise ValueError(
                f"r_min={self.r_min:g} must be below r_max={self.r_max:g}; lower the first or "
                "raise the second"
            )
        return self

    def build(self, *, precision: Precision = "float32", seed: int = 0, **layer: Any) -> LRUCore:
        """The Keras layer."""
        from hwsynth_lru.layer import LRUCore

        options = {**self.model_dump(), "states": self.states or self.units}
        return LRUCore(**options, precision=precision, seed=seed, **layer)


@hookimpl
def hwsynth_cores() -> Sequence[type[Core]]:
    """The core that this package gives."""
    return [LRU]
