"""The components and the models that are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hwsynth.bench.measuring import SkippedError
from hwsynth.contracts import Task
from hwsynth.errors import UsageError
from hwsynth.normalisation import Normalisation
from hwsynth.plugins import Kind, load
from hwsynth.run_options import ModelOptions

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel

NORMALISATION = Normalisation(mean=(8.0, 0.0), sd=(42.0, 36.0))
"""About IAM-OnDB's."""


def installed(kind: Kind, name: str) -> Any:
    """The component's class. Raises SkippedError where it is not installed."""
    try:
        return load().component(kind, name)
    except UsageError as error:
        raise SkippedError(str(error)) from error


def untrained(core: str, layers: int, options: dict[str, Any]) -> HandwritingModel:
    """A model of so many layers of a core under the head mdn, with its first weights."""
    from hwsynth.model import build_model

    component, head = installed("core", core), installed("head", "mdn")
    model = ModelOptions(layers=layers)
    return build_model(component(**options), head(), model, task=Task(NORMALISATION.unit))
