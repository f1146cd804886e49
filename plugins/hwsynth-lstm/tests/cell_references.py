"""Gated and plain tanh units step by step in float64, from their equations.

W_x (units, features), W_h (units, units) and bias b (units,) of each gate by its letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from lstm_reference import Array, sigmoid


@dataclass(frozen=True)
class TanhReference:
    """h_t = tanh(W_x x_t + W_h h_{t−1} + b)."""

    w_x: Mapping[str, Array]
    w_h: Mapping[str, Array]
    b: Mapping[str, Array]
    clip: float = np.inf
    gates = "n"

    def inputs(self, x: Array, h: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """What the input, and what h, say to each gate."""
        z = {gate: x @ self.w_x[gate].T + self.b[gate] for gate in self.gates}
        return z, {gate: h @ self.w_h[gate].T for gate in self.gates}

    def step(self, x: Array, h: Array) -> Array:
        z, u = self.inputs(x, h)
        return np.tanh(z["n"] + u["n"])

    def run(self, x: Array, h: Array) -> Array:
        """x (steps, batch, features), h (batch, units) before it -> h after every step."""
        hs = []
        for row in x:
            h = self.step(row, h)
            hs.append(h)
        return np.stack(hs)

    def gate_derivatives(self, x: Array, h: Array, dh: Array) -> tuple[dict, dict, Array]:
        """By z and by u of each gate, and by h other than through u."""
        dz = {"n": self.clipped(dh * (1 - self.step(x, h) ** 2))}
        return dz, dz, np.zeros_like(h)

    def derivatives(self, x: Array, h0: Array, dhs: Array, dh: Array) -> dict:
        """Back through time: dhs (steps, batch, units) by outputs, dh by the last state."""
        befores = [h0, *self.run(x, h0)[:-1]]
        found: dict = {name: dict.fromkeys(self.gates, 0.0) for name in ("w_x", "w_h", "b")} | {
            "x": []
        }
        for row, before, from_output in zip(x[::-1], befores[::-1], dhs[::-1], strict=True):
            dz, du, dh = self.gate_derivatives(row, before, dh + from_output)
            for gate in self.gates:
                found["w_x"][gate] += dz[gate].T @ row
                found["w_h"][gate] += du[gate].T @ before
                found["b"][gate] += dz[gate].sum(axis=0)
                dh = dh + du[gate] @ self.w_h[gate]
            found["x"].insert(0, sum(dz[gate] @ self.w_x[gate] for gate in self.gates))
        return found | {"x": np.stack(found["x"]), "h": dh}

    def clipped(self, dz: Array) -> Array:
        return np.clip(dz, -self.clip, self.clip)


@dataclass(frozen=True)
class GRUReference(TanhReference):
    """Cho et al. (2014), eq. 5-8, with r laid on the product W_hn h; s is their z."""

    gates = "rsn"

    def values(self, x: Array, h: Array) -> tuple[Array, Array, Array, Array]:
        z, u = self.inputs(x, h)
        r, s = sigmoid(z["r"] + u["r"]), sigmoid(z["s"] + u["s"])
        return r, s, np.tanh(z["n"] + r * u["n"]), u["n"]

    def step(self, x: Array, h: Array) -> Array:
        _, s, n, _ = self.values(x, h)
        return s * h + (1 - s) * n

    def gate_derivatives(self, x: Array, h: Array, dh: Array) -> tuple[dict, dict, Array]:
        r, s, n, u_n = self.values(x, h)
        dn = self.clipped(dh * (1 - s) * (1 - n**2))
        ds = self.clipped(dh * (h - n) * s * (1 - s))
        dr = self.clipped(dn * u_n * r * (1 - r))
        return {"r": dr, "s": ds, "n": dn}, {"r": dr, "s": ds, "n": dn * r}, dh * s
