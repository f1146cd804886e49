"""The linear recurrent unit step by step in float64, with NumPy's own complex numbers, from the
equations of Orvieto et al. (2023) and those of the gated layer that reads it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def gelu(x: Array) -> Array:
    """Hendrycks and Gimpel (2016), section 2: the form with a tanh."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def normalised(z: Array) -> Array:
    """Ba, Kiros and Hinton (2016), section 3, with Keras's number against division by zero."""
    centred = z - z.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-3)


def run(weights: Mapping[str, Array], x: Array, state: NDArray) -> tuple[Array, NDArray]:
    """x (batch, steps, features), complex state (batch, states) -> outputs, last state."""
    w = weights
    states = len(w["nu"])
    decay = np.exp(-np.exp(w["nu"]) + 1j * np.exp(w["theta"]))
    b = w["kernel_in"][:, :states] + 1j * w["kernel_in"][:, states:]
    c = w["kernel_out"][:states] - 1j * w["kernel_out"][states:]
    outputs = []
    for row in x.transpose(1, 0, 2):
        state = decay * state + np.exp(w["gamma"]) * (row @ b)
        y = (state @ c).real + row @ w["kernel_through"] + w["bias"]
        value, gate = np.split(gelu(y) @ w["gate_kernel"] + w["gate_bias"], 2, axis=-1)
        outputs.append(normalised(y + value * sigmoid(gate)))
    return np.stack(outputs, axis=1), state
