"""The clockwork RNN step by step in float64, from the equations of Koutník et al. (2014).

    y_H(t) = f_H(W_H·y_H(t−1) + W_I·x(t))

One full matrix W_H, block upper triangular; the rows of module i are used when t mod T_i = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Clockwork:
    """W_H (units, units) and W_I (units, features) with a row for the unit that reads."""

    w_h: Array
    w_i: Array
    b: Array
    periods: Array
    """A period a unit."""
    modules: Array
    """A module's number a unit, fast to slow."""
    clip: float = np.inf

    def run(self, x: Array, y: Array, clock: int) -> Array:
        """x (steps, batch, features), y (batch, units) before it -> outputs of all steps."""
        ys = []
        for t, row in enumerate(x, start=clock):
            ticks = t % self.periods == 0
            y = np.where(ticks, np.tanh(y @ self.w_h.T + row @ self.w_i.T + self.b), y)
            ys.append(y)
        return np.stack(ys)

    def derivatives(self, x: Array, y0: Array, clock: int, dys: Array, dy: Array) -> dict:
        """Back through time: dys by the outputs, dy by the last one as the final state."""
        ys = self.run(x, y0, clock)
        dx = np.zeros_like(x)
        dw_h, dw_i, db = np.zeros_like(self.w_h), np.zeros_like(self.w_i), np.zeros_like(self.b)
        for n in reversed(range(len(x))):
            before = ys[n - 1] if n else y0
            ticks = (clock + n) % self.periods == 0
            dy = dy + dys[n]
            dz = np.where(ticks, dy * (1 - ys[n] ** 2), 0.0)
            dz = np.clip(dz, -self.clip, self.clip)
            dx[n] = dz @ self.w_i
            dw_h += dz.T @ before
            dw_i += dz.T @ x[n]
            db += dz.sum(axis=0)
            # What an inactive module is told of its error goes back as it is.
            dy = np.where(ticks, 0.0, dy) + dz @ self.w_h
        return {"x": dx, "y": dy, "w_h": dw_h * self.links(), "w_i": dw_i, "b": db}

    def links(self) -> Array:
        """1 where W_H has a weight: from a module to itself and to the faster ones."""
        return (self.modules[:, None] <= self.modules[None, :]).astype(float)
