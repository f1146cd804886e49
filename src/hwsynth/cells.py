"""What one step of a recurrence computes, and how it goes back.

A cell sees z (batch, gates·units), what its inputs say to each gate, and u of the same shape,
what its own last output h says: u = h·W. Its state is h and, for an LSTM, the cell c. Gates lie
side by side. `hwsynth.unroll` runs a cell over a whole sequence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from keras import ops

Tensor = Any
State = tuple[Tensor, ...]
Rows = tuple[Tensor, ...]
Inputs = Any
"""z, or a tuple of it and what else a cell asks for."""
Mark = Callable[[Tensor], Tensor]


def _as_it_is(x: Tensor) -> Tensor:
    return x


class Cell:
    """A recurrence of one step. State: tensors (batch, units), the output h first."""

    first_bias: ClassVar[tuple[float, ...]]
    """What each gate's bias starts at."""
    sums: ClassVar[bool] = False
    """Whether z + u is all that it sees of both, so that one product may give the sum."""

    @property
    def parts(self) -> int:
        """Tensors in the state."""
        raise NotImplementedError

    @property
    def gates(self) -> int:
        """Columns of z a unit."""
        return len(self.first_bias)

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """Weights that are the cell's own, beside W."""
        return ()

    def with_weights(self, weights: tuple[Tensor, ...]) -> Cell:
        """The same cell with other values of its own weights."""
        return self

    def forward(self, z: Inputs, u: Tensor, state: State, mark: Mark = _as_it_is) -> Any:
        """z, u (batch, gates·units), state -> state after, and what `backward` needs of it.

        `mark` is laid on each gate's whole input.
        """
        raise NotImplementedError

    def to_go_back(self, before: State, after: State, kept: Rows) -> Rows:
        """What `backward` reads of a step, from the states before and after all steps."""
        raise NotImplementedError

    def backward(self, dstate: State, row: Rows, bounded: Mark) -> tuple[Inputs, State]:
        """Derivatives by the state after a step -> by z, and by the state before other than by
        way of u. `bounded` clips the derivatives by the gates' inputs."""
        raise NotImplementedError

    def by_product(self, dz: Inputs, row: Rows) -> Tensor:
        """The derivative by u, from that by z; of one step or of all."""
        return dz

    def weight_derivatives(self, dz: Inputs, before: State, after: State) -> tuple[Tensor, ...]:
        """By the cell's own weights, from all steps."""
        return ()


class TanhCell(Cell):
    """h_t = tanh(z_t + u_t)."""

    first_bias = (0.0,)
    parts = 1
    sums = True

    def forward(self, z: Tensor, u: Tensor, state: State, mark: Mark = _as_it_is) -> Any:
        """See `Cell`."""
        return (ops.tanh(mark(z + u)),), ()

    def to_go_back(self, before: State, after: State, kept: Rows) -> Rows:
        """The slope of tanh."""
        return (1 - after[0] * after[0],)

    def backward(self, dstate: State, row: Rows, bounded: Mark) -> tuple[Tensor, State]:
        """See `Cell`."""
        return bounded(dstate[0] * row[0]), (0.0,)


class GRUCell(Cell):
    """Gated recurrent unit (Cho et al. 2014, arXiv 1406.1078, eq. 5-8), reset after the product.

        r = σ(z_r + u_r)
        s = σ(z_s + u_s)
        n = tanh(z_n + r·u_n)
        h = s·h + (1 − s)·n

    Cho et al. reset h before it is multiplied: u_n = (r·h)·U, which takes a second product that
    waits for the first. Here the product is reset, as in cuDNN and by default in Keras (there
    with one more bias inside u_n). Gates lie as r, s (the update gate, their z), n.
    """

    first_bias = (0.0, 0.0, 0.0)
    parts = 1

    def forward(self, z: Tensor, u: Tensor, state: State, mark: Mark = _as_it_is) -> Any:
        """See `Cell`."""
        (zr, zs, zn), (ur, us, un) = ops.split(z, 3, axis=-1), ops.split(u, 3, axis=-1)
        r, s = ops.sigmoid(mark(zr + ur)), ops.sigmoid(mark(zs + us))
        n = ops.tanh(mark(zn + r * un))
        return (n + s * (state[0] - n),), (ops.concatenate([r, s, n], axis=-1), un)

    def to_go_back(self, before: State, after: State, kept: Rows) -> Rows:
        """The gates, u_n, and h before."""
        return (*kept, before[0])

    def backward(self, dstate: State, row: Rows, bounded: Mark) -> tuple[Tensor, State]:
        """See `Cell`."""
        (dh,), (gates, un, h_before) = dstate, row
        r, s, n = ops.split(gates, 3, axis=-1)
        dzn = bounded(dh * (1 - s) * (1 - n * n))
        dzs = bounded(dh * (h_before - n) * s * (1 - s))
        dzr = bounded(dzn * un * r * (1 - r))
        return ops.concatenate([dzr, dzs, dzn], axis=-1), (dh * s,)

    def by_product(self, dz: Tensor, row: Rows) -> Tensor:
        """As by z, but for the candidate, whose product was reset."""
        dzr, dzs, dzn = ops.split(dz, 3, axis=-1)
        r = ops.split(row[0], 3, axis=-1)[0]
        return ops.concatenate([dzr, dzs, dzn * r], axis=-1)


@dataclass(frozen=True)
class LSTMCell(Cell):
    """Long short-term memory (Graves 2013, arXiv 1308.0850, eq. 7-11).

        i = σ(z_i + u_i + p_i·c)
        f = σ(z_f + u_f + p_f·c)
        g = tanh(z_g + u_g)
        c' = f·c + i·g
        o = σ(z_o + u_o + p_o·c')
        h = o·tanh(c')

    Gates lie as i, f, o, g.
    """

    peephole: Tensor | None = None
    """p (3, units) for i, f and o."""

    first_bias = (0.0, 1.0, 0.0, 0.0)
    parts = 2
    sums = True

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """The peepholes, if there are."""
        return () if self.peephole is None else (self.peephole,)

    def with_weights(self, weights: tuple[Tensor, ...]) -> Cell:
        """See `Cell`."""
        return LSTMCell(*weights)

    def forward(self, z: Tensor, u: Tensor, state: State, mark: Mark = _as_it_is) -> Any:
        """See `Cell`."""
        c = state[1]
        zi, zf, zo, zg = ops.split(z + u, 4, axis=-1)
        if self.peephole is not None:
            zi, zf = zi + self.peephole[0] * c, zf + self.peephole[1] * c
        i, f, g = ops.sigmoid(mark(zi)), ops.sigmoid(mark(zf)), ops.tanh(mark(zg))
        c = f * c + i * g
        if self.peephole is not None:
            zo = zo + self.peephole[2] * c
        o = ops.sigmoid(mark(zo))
        return (o * ops.tanh(c), c), (ops.concatenate([i, f, o, g], axis=-1),)

    def to_go_back(self, before: State, after: State, kept: Rows) -> Rows:
        """The gates, and c after and before."""
        return (*kept, after[1], before[1])

    def backward(self, dstate: State, row: Rows, bounded: Mark) -> tuple[Tensor, State]:
        """See `Cell`."""
        (dh, dc), (gates, c, c_before) = dstate, row
        i, f, o, g = ops.split(gates, 4, axis=-1)
        tanh_c = ops.tanh(c)
        dzo = bounded(dh * tanh_c * o * (1 - o))
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        if self.peephole is not None:
            dc = dc + dzo * self.peephole[2]
        dzi = bounded(dc * g * i * (1 - i))
        dzf = bounded(dc * c_before * f * (1 - f))
        dzg = bounded(dc * i * (1 - g * g))
        dc = dc * f
        if self.peephole is not None:
            dc = dc + dzi * self.peephole[0] + dzf * self.peephole[1]
        return ops.concatenate([dzi, dzf, dzo, dzg], axis=-1), (0.0, dc)

    def weight_derivatives(self, dz: Tensor, before: State, after: State) -> tuple[Tensor, ...]:
        """By the peepholes, if there are."""
        if self.peephole is None:
            return ()
        dzi, dzf, dzo, _ = ops.split(dz, 4, axis=-1)
        parts = [dzi * before[1], dzf * before[1], dzo * after[1]]
        return (ops.stack([ops.sum(part, axis=(0, 1)) for part in parts]),)


@dataclass(frozen=True)
class OneCell:
    """A core that is one cell over its inputs: z = inputs·kernel + bias, u = h·recurrent_kernel.

    The core's state begins with the cell's.
    """

    cell: Cell
    kernel: Tensor
    """(features, gates·units)."""
    recurrent_kernel: Tensor
    """(units, gates·units)."""
    bias: Tensor
    """(gates·units,)."""
    clip: float | None = None
    """Bound of derivatives by the gates' inputs."""
    beside: tuple[Tensor, ...] = ()
    """What the cell asks for beside z, each (steps, …)."""
    left: State = ()
    """The rest of the core's state, as it is after these steps."""
