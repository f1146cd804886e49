"""Mixture density output head for hwsynth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from hwsynth import Head, Precision, Task, hookimpl

if TYPE_CHECKING:
    from hwsynth_mdn.layer import MixtureDensityHead


class MDN(Head):
    """Mixture of bivariate Gaussians and a pen-up mark (Graves 2013, eq. 18-26); where the task has
    one, a mark of a character's last point too, given pen-up."""

    name: ClassVar[str] = "mdn"

    mixtures: int = Field(20, gt=0)
    """Gaussians; a point has 6·mixtures + 1 raw parameters, with a mark of characters two more."""
    sigma_floor: float = Field(1 / math.sqrt(12), ge=0)
    """σ is never below this, in pen units. A tablet rounds to whole units, an error of 1/√12;
    without a floor a density could gain without bound on offsets that repeat exactly."""
    clip_derivative: float | None = Field(None, gt=0)
    """Bound of the loss's derivatives by the raw parameters; Graves (2013): 100."""
    beta: float = Field(0.0, ge=0, le=1)
    """A point's offset counts by its variance to this power in the loss's derivatives, though not
    in the loss (Seitzer et al. 2022): above 0, wide jumps learn their length beside the many points
    within strokes. There 0.5."""

    def build(
        self,
        *,
        task: Task,
        precision: Precision = "float32",
        seed: int = 0,
        **layer: Any,
    ) -> MixtureDensityHead:
        """The Keras layer."""
        from hwsynth_mdn.layer import MixtureDensityHead

        return MixtureDensityHead(
            mixtures=self.mixtures,
            marks=task.marks,
            sigma_floor=(self.sigma_floor * task.unit[0], self.sigma_floor * task.unit[1]),
            clip_derivative=self.clip_derivative,
            beta=self.beta,
            precision=precision,
            seed=seed,
            **layer,
        )


@hookimpl
def hwsynth_heads() -> Sequence[type[Head]]:
    """The head that this package gives."""
    return [MDN]
