"""The LSTM step by step in float64, from Graves (2013), eq. 7-11.

Gates are called by their letters, each with its own matrices: W_x (units, features),
W_h (units, units), peephole w_c (units,), bias b (units,).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GATES = "ifoc"


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Step:
    """What one step computed, kept for the way back."""

    x: Array
    h_before: Array
    c_before: Array
    i: Array
    f: Array
    o: Array
    g: Array
    c: Array
    h: Array


@dataclass(frozen=True)
class LSTMReference:
    w_x: Mapping[str, Array]
    w_h: Mapping[str, Array]
    b: Mapping[str, Array]
    w_c: Mapping[str, Array]
    """For i, f and o; zeros where there are no peepholes."""
    clip: float = np.inf

    def step(self, x: Array, h: Array, c: Array) -> Step:
        z = {gate: x @ self.w_x[gate].T + h @ self.w_h[gate].T + self.b[gate] for gate in GATES}
        i = sigmoid(z["i"] + self.w_c["i"] * c)
        f = sigmoid(z["f"] + self.w_c["f"] * c)
        g = np.tanh(z["c"])
        after = f * c + i * g
        o = sigmoid(z["o"] + self.w_c["o"] * after)
        return Step(x, h, c, i, f, o, g, after, o * np.tanh(after))

    def run(self, x: Array, h: Array, c: Array) -> list[Step]:
        """x (steps, batch, features), h and c (batch, units) before it."""
        steps = []
        for row in x:
            steps.append(self.step(row, h, c))
            h, c = steps[-1].h, steps[-1].c
        return steps

    def derivatives(self, steps: list[Step], dhs: Array, dh: Array, dc: Array) -> dict:
        """Back through time: dhs (steps, batch, units) by outputs, dh and dc by the last state."""
        found = {
            "w_x": {gate: np.zeros_like(self.w_x[gate]) for gate in GATES},
            "w_h": {gate: np.zeros_like(self.w_h[gate]) for gate in GATES},
            "b": {gate: np.zeros_like(self.b[gate]) for gate in GATES},
            "w_c": {gate: np.zeros_like(self.b[gate]) for gate in "ifo"},
            "x": [],
        }
        for step, from_output in zip(reversed(steps), reversed(dhs), strict=True):
            dz, dc = self._gate_derivatives(step, dh + from_output, dc)
            for gate in GATES:
                found["w_x"][gate] += dz[gate].T @ step.x
                found["w_h"][gate] += dz[gate].T @ step.h_before
                found["b"][gate] += dz[gate].sum(axis=0)
            for gate, seen in zip("ifo", (step.c_before, step.c_before, step.c), strict=True):
                found["w_c"][gate] += (dz[gate] * seen).sum(axis=0)
            dh = sum(dz[gate] @ self.w_h[gate] for gate in GATES)
            found["x"].insert(0, sum(dz[gate] @ self.w_x[gate] for gate in GATES))
        return found | {"x": np.stack(found["x"]), "h": dh, "c": dc}

    def _gate_derivatives(self, s: Step, dh: Array, dc: Array) -> tuple[dict[str, Array], Array]:
        """By the gates' inputs, each clipped, and by the cell before."""
        dz_o = self._clipped(dh * np.tanh(s.c) * s.o * (1 - s.o))
        dc = dc + dh * s.o * (1 - np.tanh(s.c) ** 2) + dz_o * self.w_c["o"]
        dz_i = self._clipped(dc * s.g * s.i * (1 - s.i))
        dz_f = self._clipped(dc * s.c_before * s.f * (1 - s.f))
        dz_c = self._clipped(dc * s.i * (1 - s.g**2))
        before = dc * s.f + dz_i * self.w_c["i"] + dz_f * self.w_c["f"]
        return {"i": dz_i, "f": dz_f, "o": dz_o, "c": dz_c}, before

    def _clipped(self, dz: Array) -> Array:
        return np.clip(dz, -self.clip, self.clip)
