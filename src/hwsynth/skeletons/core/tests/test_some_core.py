"""Core some-core: the contract, and the equation written out in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from keras import ops

from hwsynth.testing import check_core, check_readme
from hwsynth_some_core import SomeCore

BATCH, STEPS, FEATURES, UNITS = 2, 7, 3, 5


def test_the_core_keeps_the_contract() -> None:
    check_core(SomeCore(units=UNITS))


def test_the_readme_has_the_options() -> None:
    check_readme(SomeCore, Path(__file__).parents[1] / "README.md")


def test_outputs_are_those_of_the_equation() -> None:
    core = SomeCore(units=UNITS).build(seed=1)
    core.build((None, None, FEATURES))
    rng = np.random.default_rng(2)
    # Weights start small, and some at zero, where they would prove little.
    for weight in core.trainable_variables:
        weight.assign(rng.standard_normal(weight.shape))
    kernel, recurrent_kernel, bias = (
        np.asarray(ops.convert_to_numpy(weight), np.float64) for weight in core.trainable_variables
    )
    inputs = rng.standard_normal((BATCH, STEPS, FEATURES))
    h, wanted = np.zeros((BATCH, UNITS)), []
    for x in inputs.swapaxes(0, 1):
        h = np.tanh(x @ kernel + h @ recurrent_kernel + bias)
        wanted.append(h)

    outputs, _ = core.call(ops.convert_to_tensor(inputs, "float32"))

    np.testing.assert_allclose(
        ops.convert_to_numpy(outputs), np.stack(wanted, axis=1), rtol=0, atol=1e-5
    )
