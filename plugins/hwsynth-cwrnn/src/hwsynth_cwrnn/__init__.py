"""Clockwork recurrent core for hwsynth."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from hwsynth import Core, Precision, hookimpl

if TYPE_CHECKING:
    from hwsynth_cwrnn.layer import ClockworkCore


class CWRNN(Core):
    """Clockwork RNN (Koutník, Greff, Gomez and Schmidhuber 2014)."""

    name: ClassVar[str] = "cwrnn"

    units: int = Field(1024, gt=0)
    """Hidden units of all modules together."""
    modules: int = Field(8, gt=0)
    """How many modules, from fast to slow."""
    periods: tuple[int, ...] | None = None
    """A module's period in steps, one a module, ascending; none: 1, 2, 4, …"""
    sizes: tuple[int, ...] | None = None
    """A module's units, one a module; none: equal, what is left over going to the fast."""
    coupling: Literal["slower", "none", "all"] = "slower"
    """Which modules a module reads beside itself; the paper's: slower. With all, whole sequences
    run step by step, which takes longer."""
    inactive: Literal["hold", "zero"] = "hold"
    """What a module puts out between its ticks: its last output (the paper's) or zeros."""
    cell: Literal["tanh", "gru", "lstm"] = "tanh"
    """What a module's units are; the paper's: tanh."""
    weight_sd: float | None = Field(None, gt=0)
    """Standard deviation of the first weights; the paper's is 0.1, which suits about 100 units;
    none: 1/√(numbers that a unit reads)."""
    clip_derivative: float | None = Field(None, gt=0)
    """Bound of the loss's derivatives by the units' inputs."""

    @model_validator(mode="after")
    def _modules_agree(self) -> CWRNN:
        for field in ("periods", "sizes"):
            given = getattr(self, field)
            if given is not None and len(given) != self.modules:
                raise ValueError(
                    f"{field} gives {len(given)} numbers for modules={self.modules}; "
                    f"give one a module, or set modules={len(given)} too"
                )
        periods = self.module_periods()
        if periods[0] < 1 or any(a >= b for a, b in itertools.pairwise(periods)):
            raise ValueError(f"periods must ascend from 1 or more, got {_listed(periods)}")
        if self.sizes and min(self.sizes) < 1:
            raise ValueError(f"sizes must be 1 or more, got {_listed(self.sizes)}")
        if self.sizes and sum(self.sizes) != self.units:
            raise ValueError(
                f"sizes add up to {sum(self.sizes)} but units={self.units}; set units too"
            )
        if self.modules > self.units:
            raise ValueError(f"modules={self.modules} needs at least as many units ({self.units})")
        return self

    def module_periods(self) -> tuple[int, ...]:
        """A module's period in steps, fast to slow."""
        return self.periods or tuple(2**i for i in range(self.modules))

    def module_sizes(self) -> tuple[int, ...]:
        """A module's units, fast to slow."""
        share, left = divmod(self.units, self.modules)
        return self.sizes or tuple(share + (i < left) for i in range(self.modules))

    def build(
        self, *, precision: Precision = "float32", seed: int = 0, **layer: Any
    ) -> ClockworkCore:
        """The Keras layer."""
        from hwsynth_cwrnn.layer import ClockworkCore

        return ClockworkCore(
            periods=self.module_periods(),
            sizes=self.module_sizes(),
            coupling=self.coupling,
            inactive=self.inactive,
            cell=self.cell,
            weight_sd=self.weight_sd,
            clip_derivative=self.clip_derivative,
            precision=precision,
            seed=seed,
            **layer,
        )


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


@hookimpl
def hwsynth_cores() -> Sequence[type[Core]]:
    """The core that this package gives."""
    return [CWRNN]
