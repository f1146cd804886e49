"""What the Keras layers of cores and heads are both held to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.testing.comparing import equal, fail, form_of, near

Build = Callable[..., Any]
"""(seed, precision, name) -> a layer with its weights."""


def weights_are_named(build: Build) -> None:
    """Names of variables are those in run folders: each its own, the same in every build."""
    names, again = ([v.path for v in build(name="layer").variables] for _ in range(2))
    if len(set(names)) < len(names):
        fail("each weight has a name of its own", f"there are: {', '.join(names)}")
    if names != again:
        fail(
            "weights have lasting names",
            f"built twice, they are {', '.join(names)} and {', '.join(again)}; give add_weight a "
            "name, or a run cannot be read in another process",
        )


def weights_are_float32(build: Build) -> None:
    """With any precision: it is for the operands of matrix products alone."""
    for precision in ("float32", "bfloat16"):
        for variable in build(precision=precision).trainable_variables:
            ((_, kind),) = form_of([variable])
            equal(f"{precision}: type of the weight {variable.path}", kind, "float32")


def seed_decides_the_weights(build: Build) -> None:
    """The same seed gives the same weights, another seed others."""
    layer = build()
    own, again, other = (
        _arrays(each.trainable_variables) for each in (layer, build(), build(seed=2))
    )
    for variable, a, b in zip(layer.trainable_variables, own, again, strict=True):
        near(f"the same seed gives the same weights: {variable.path}", b, a, 0.0)
    if all(np.array_equal(a, b) for a, b in zip(own, other, strict=True)):
        fail("another seed gives other weights", "seeds 1 and 2 gave the same")


def weights_survive_the_disk(build: Build, outputs: Callable[[Any], Any], tolerance: float) -> None:
    """Weights saved and loaded into a layer of another seed give the same outputs."""
    layer, other = build(), build(seed=2)
    for variable, array in zip(other.variables, _from_disk(layer), strict=True):
        variable.assign(array)
    near("weights survive the disk: outputs", outputs(other), outputs(layer), tolerance)


def _from_disk(layer: Any) -> list[NDArray]:
    from safetensors.numpy import load_file, save_file

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.safetensors"
        # safetensors writes the bytes as they lie: PyTorch's may lie by columns.
        kept = {str(i): np.array(a, order="C") for i, a in enumerate(_arrays(layer.variables))}
        save_file(kept, file)
        loaded = load_file(file)
    return [loaded[str(i)] for i in range(len(kept))]


def _arrays(variables: Iterable[Any]) -> list[NDArray]:
    from keras import ops

    return [np.asarray(ops.convert_to_numpy(variable)) for variable in variables]
