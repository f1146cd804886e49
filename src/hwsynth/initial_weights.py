"""The weights of a trained run, for another to begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Named, Options
from hwsynth.errors import UsageError
from hwsynth.plugins import Kind
from hwsynth.run_folder import RunFolder
from hwsynth.run_record import Ancestor, RunRecord

if TYPE_CHECKING:
    from hwsynth.trained_model import TrainedModel

MODEL_COMPONENTS: tuple[Kind, ...] = ("core", "head")
"""With the options of the model itself, these decide names and shapes of weights."""
Names = Mapping[Named, Sequence[str]]
"""What a model was built for, by the corpus: its writers and its characters."""


@dataclass(frozen=True)
class InitialWeights:
    """Weights, and the run that they come from."""

    path: Path
    record: RunRecord
    arrays: Mapping[str, NDArray]
    """By name, random states too."""
    checksum: str
    """SHA-256 of the file."""

    @property
    def ancestors(self) -> tuple[Ancestor, ...]:
        """Of a run that begins with these weights."""
        parent = Ancestor(
            path=str(self.path.resolve()),
            weights=self.checksum,
            dataset=self.record.dataset.name,
            licence=self.record.data.licence,
        )
        return (*self.record.ancestors, parent)

    def check_names(self, names: Mapping[str, str]) -> None:
        """Raises UsageError where the core or head of that name is none of this run's."""
        for kind in MODEL_COMPONENTS:
            own = getattr(self.record, kind).name
            if names.get(kind, own) != own:
                raise UsageError(
                    f"the weights of {self.path} are those of the {kind} '{own}', and of no use "
                    f"to '{names[kind]}'; leave out what asks for that, or choose another --init"
                )

    def set(self, model: TrainedModel, wanted: Mapping[str, Options], names: Names) -> None:
        """Sets a model's weights; its random states stay as they are, and so does what it has for
        writers and characters that the run did not know.

        `wanted`: options of the model's "core", "head" and "model". Raises UsageError, and sets
        nothing, where names or shapes do not agree.
        """
        from hwsynth.run_folder import is_random_state

        weights = {k: v for k, v in model.variables_to_keep().items() if not is_random_state(k)}
        axes = model.named_axes()
        given = {
            name: self._for(array, weights.get(name), axes.get(name), names)
            for name, array in self.arrays.items()
            if not is_random_state(name)
        }
        problems = list(_problems(weights, given))
        if problems:
            shown = problems[:3] + [f"and {len(problems) - 3} more"] * (len(problems) > 3)
            raise UsageError(
                f"the weights of {self.path} do not fit the model asked for: {'; '.join(shown)}. "
                + self._what_to_do(wanted)
            )
        for name, variable in weights.items():
            variable.assign(given[name])

    def _for(
        self, array: NDArray, first: Any, named: tuple[int, Named] | None, names: Names
    ) -> NDArray:
        """An array of the run, as it fits a model that was built for those `names`; `first`: the
        model's own; `named`: the axis that has a place for each of them."""
        from keras import ops

        if named is None or first is None:
            return array
        axis, kind = named
        own: Names = {"writers": self.record.writers, "characters": self.record.data.charset}
        known = [each for each in names[kind] if each in own[kind]]
        there, here = (
            [0, *(1 + all_names.index(each) for each in known)]
            for all_names in (own[kind], names[kind])
        )
        return _put(np.array(ops.convert_to_numpy(first)), here, array.take(there, axis), axis)

    def _what_to_do(self, wanted: Mapping[str, Options]) -> str:
        own, changed = [], []
        for section in (*MODEL_COMPONENTS, "model"):
            given = wanted[section].model_dump(mode="json")
            for option, value in _options(self.record, section).items():
                if given.get(option) != value:
                    own.append(f"--set {section}.{option}={value}")
                    changed.append(f"{section}.{option} ({value} there, {given.get(option)} here)")
        if not changed:
            return "No option differs; its package may have changed"
        return f"Options that differ: {', '.join(changed)}. That run's own are: {' '.join(own)}"


def read(path: Path) -> InitialWeights:
    """The weights of a run that validated best. Raises RunError where there are none."""
    folder = RunFolder(path)
    record = folder.record()
    arrays, checksum = folder.weights_and_checksum()
    return InitialWeights(path, record, arrays, checksum)


def _put(array: NDArray, places: Sequence[int], parts: NDArray, axis: int) -> NDArray:
    """The array with `parts` in its place at those places of an axis; as it is, where all else
    has another shape."""
    moved, parts = np.moveaxis(array, axis, 0), np.moveaxis(parts, axis, 0)
    if moved[0].shape != parts[0].shape:
        return np.moveaxis(parts, 0, axis)
    moved[places] = parts
    return array


def _options(record: RunRecord, section: str) -> Mapping[str, Any]:
    if section == "model":
        return record.model.model_dump(mode="json")
    options: dict[str, Any] = getattr(record, section).options
    return options


def _problems(weights: Mapping[str, Any], given: Mapping[str, NDArray]) -> Iterator[str]:
    for name, variable in weights.items():
        wanted = tuple(variable.shape)
        if name not in given:
            yield f"{name} of shape {wanted} is wanted and not there"
        elif given[name].shape != wanted:
            yield f"{name} is of shape {given[name].shape}, and {wanted} is wanted"
    for name in sorted(given.keys() - weights.keys()):
        yield f"{name} of shape {given[name].shape} is there and not wanted"
