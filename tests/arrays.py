"""What tests ask of any backend."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def numpy_of(tensor: Any) -> NDArray:
    """The numbers of a tensor or variable, also of one that PyTorch would differentiate by."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(tensor))


def near(got: Any, wanted: NDArray, relative: float = 1e-5) -> None:
    """Holds `got` to differ nowhere from `wanted` by more than `relative`, of the largest number
    of `wanted` or of 1."""
    got = np.asarray(got, np.float64)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=0, atol=relative * max(1, np.abs(wanted).max()))


def core_program(core: Any, cuts: tuple[int, ...], by_steps: bool) -> Any:
    """(inputs and state), (weights) -> outputs and final state, and the derivatives of a weighted
    sum of outputs and of half the squared final state."""
    from keras import ops

    from hwsynth import RecurrentCore
    from hwsynth.backend import gradients

    call = RecurrentCore.call if by_steps else type(core).call

    def weighted(sources: Any, rest: Any) -> Any:
        inputs, *state = sources
        outputs = []
        for start, end in zip((0, *cuts), (*cuts, inputs.shape[1]), strict=True):
            part, state = call(core, inputs[:, start:end], tuple(state))
            outputs.append(part)
        whole = ops.concatenate(outputs, axis=1)
        ends = sum(0.5 * ops.sum(ops.square(part)) for part in state)
        return ops.sum(whole * rest[0]) + ends, (whole, *state)

    return gradients(weighted, core.trainable_variables)
