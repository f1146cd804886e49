"""The looser clockwork step by step, from its definition, module by module and gate by gate.

A module of any cell reads the input and, of one step before, the states of the modules it is
coupled to; those go to its gates as the input does. Numbers may be complex, for derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray
GATES = {"tanh": "n", "gru": "rsn", "lstm": "ifog"}


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Modules:
    cell: str
    inactive: str
    periods: Sequence[int]
    w_x: Sequence[Mapping[str, Array]]
    """[i][gate] (size of i, features)."""
    w_h: Sequence[Mapping[int, Mapping[str, Array]]]
    """[i][j][gate] (size of i, size of j), for the modules j that i reads."""
    b: Sequence[Mapping[str, Array]]

    def run(self, x: Array, parts: list[list[Array]], clock: int) -> tuple[Array, list[Array]]:
        """x (steps, batch, features), parts[p][i] (batch, size of i) -> outputs (steps, batch,
        units), the parts of the state after, (batch, units) each."""
        outputs = []
        for t, row in enumerate(x, start=clock):
            ticking = [t % period == 0 for period in self.periods]
            after = [self._module(i, row, parts) for i in range(len(self.periods))]
            parts = [
                [after[i][p] if ticks else part[i] for i, ticks in enumerate(ticking)]
                for p, part in enumerate(parts)
            ]
            shown = [ticks or self.inactive == "hold" for ticks in ticking]
            outputs.append(
                np.concatenate([h if s else 0 * h for h, s in zip(parts[0], shown, strict=True)], 1)
            )
        return np.stack(outputs), [np.concatenate(part, 1) for part in parts]

    def _module(self, i: int, x: Array, parts: list[list[Array]]) -> list[Array]:
        own, hidden = [part[i] for part in parts], parts[0]
        heard, said = {}, {}
        for gate in GATES[self.cell]:
            heard[gate] = x @ self.w_x[i][gate].T + self.b[i][gate]
            for j, w in self.w_h[i].items():
                if j != i:
                    heard[gate] = heard[gate] + hidden[j] @ w[gate].T
            said[gate] = hidden[i] @ self.w_h[i][i][gate].T
        return {"tanh": tanh_cell, "gru": gru_cell, "lstm": lstm_cell}[self.cell](heard, said, own)


def tanh_cell(heard: Mapping, said: Mapping, own: list[Array]) -> list[Array]:
    return [np.tanh(heard["n"] + said["n"])]


def gru_cell(heard: Mapping, said: Mapping, own: list[Array]) -> list[Array]:
    r, s = (sigmoid(heard[gate] + said[gate]) for gate in "rs")
    n = np.tanh(heard["n"] + r * said["n"])
    return [s * own[0] + (1 - s) * n]


def lstm_cell(heard: Mapping, said: Mapping, own: list[Array]) -> list[Array]:
    i, f, o = (sigmoid(heard[gate] + said[gate]) for gate in "ifo")
    c = f * own[1] + i * np.tanh(heard["g"] + said["g"])
    return [o * np.tanh(c), c]
