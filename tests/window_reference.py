"""An LSTM that moves a window over its text, step by step in float64, from the equations.

Graves 2013, eq. 7-11 and 46-51, for one line; u counts from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def written_line(
    weights: Mapping[str, Array], rows: Array, style: Array, text: Sequence[int], symbols: int
) -> tuple[Array, Array, Array]:
    """rows (steps, features), style (width,), numbers of a text's characters from 1 on -> h
    (steps, units), w (steps, symbols) and κ (steps, bells).

    weights: kernel and recurrent_kernel with the gates i, f, o, g side by side, bias, peephole
    (3, units), and window_kernel, window_bias with α̂, β̂, κ̂ side by side.
    """
    units = len(weights["recurrent_kernel"])
    h, c = np.zeros(units), np.zeros(units)
    w, kappa = np.zeros(symbols), np.zeros(len(weights["window_bias"]) // 3)
    p_i, p_f, p_o = weights["peephole"]
    found = []
    for row in rows:
        x = np.concatenate([row, w, style])
        gates = x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights["bias"]
        z_i, z_f, z_o, z_g = np.split(gates, 4)
        i, f, g = sigmoid(z_i + p_i * c), sigmoid(z_f + p_f * c), np.tanh(z_g)
        c = f * c + i * g
        h = sigmoid(z_o + p_o * c) * np.tanh(c)
        alpha, beta, moved = np.split(
            np.exp(h @ weights["window_kernel"] + weights["window_bias"]), 3
        )
        kappa = kappa + moved
        w = np.zeros(symbols)
        for u, character in enumerate(text, start=1):
            w[character - 1] += np.sum(alpha * np.exp(-beta * (kappa - u) ** 2))
        found.append((h, w, kappa))
    hs, ws, kappas = (np.stack(each) for each in zip(*found, strict=True))
    return hs, ws, kappas
