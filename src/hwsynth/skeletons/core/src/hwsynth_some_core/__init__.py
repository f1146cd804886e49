"""Recurrent core some-core for hwsynth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from hwsynth import Core, Precision, hookimpl

if TYPE_CHECKING:
    from hwsynth_some_core.layer import SomeCoreLayer


class SomeCore(Core):
    """Plain tanh units (Elman 1990)."""

    name: ClassVar[str] = "some-core"

    units: int = Field(200, gt=0)
    """Units, and width of the output."""

    def build(
        self, *, precision: Precision = "float32", seed: int = 0, **layer: Any
    ) -> SomeCoreLayer:
        """The Keras layer."""
        # Imported here, so that listing plugins does not start a training framework.
        from hwsynth_some_core.layer import SomeCoreLayer

        return SomeCoreLayer(**self.model_dump(), precision=precision, seed=seed, **layer)


@hookimpl
def hwsynth_cores() -> Sequence[type[Core]]:
    """The cores that this package gives."""
    return [SomeCore]
