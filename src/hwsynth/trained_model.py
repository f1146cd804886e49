"""What all models share with the trainer: a loss to differentiate, weights with lasting names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from hwsynth import backend
from hwsynth.contracts import NamedAxes
from hwsynth.layers import OutputHead, RecurrentCore
from hwsynth.run_folder import RANDOM_STATE

Tensor = Any


class TrainedModel(keras.Model):
    """Cores under a head, and whatever else a kind of model has."""

    cores: list[RecurrentCore]
    head: OutputHead

    def layers_with_variables(self) -> list[keras.layers.Layer]:
        """All layers that own weights or random states, in an order that stays."""
        raise NotImplementedError

    def losses_of(self, params: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """Raw parameters of a batch -> nats (batch,) of each line."""
        return self.head.batch_loss(params, batch)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Nats of the whole batch.

        The sum over points and lines is what is differentiated, whatever the reduction, so that
        bounds on derivatives mean what Graves (2013) means by them; the optimiser divides.
        """
        # PyTorch's trainer of Keras hands over NumPy's arrays as they came.
        batch = keras.tree.map_structure(ops.convert_to_tensor, x)
        return ops.sum(self.losses_of(y_pred, batch))

    def variables_to_keep(self) -> dict[str, Any]:
        """Weights and random states, by name: all that training changes, but the optimiser's own.

        A name is the same in every process that builds the model.
        """
        return {
            self._lasting_name(layer, place): variable
            for layer in self.layers_with_variables()
            for place, variable in enumerate(layer.variables)
        }

    def _lasting_name(self, layer: keras.layers.Layer, place: int) -> str:
        # Keras counts random generators in their paths, through all models of a process.
        path: str = layer.variables[place].path
        own = f"{self.name}/{layer.name}/"
        return path if path.startswith(own) else f"{own}{RANDOM_STATE}{place}"

    def named_axes(self) -> NamedAxes:
        """Of all variables to keep, by their names."""
        return {
            f"{self.name}/{layer.name}/{weight}": axis
            for layer in self.layers_with_variables()
            for weight, axis in getattr(layer, "named_axes", {}).items()
        }

    def gains_from_xla(self) -> bool:
        """Whether every core was measured to gain from XLA on this backend."""
        return all(core.xla.get(backend.name(), True) for core in self.cores)


def part_seed(seed: int, part: int) -> int:
    """Of a model's part, far enough from those of others that it may count up from its own."""
    return seed * 1_000 + part
