"""Sequences at a slower rate: which steps a module ticks at, and how its values are held.

A *rate* is a period and an offset: its entries lie at steps offset, offset + period, … counted
from the start of the sequence at hand. A sequence of `steps` steps has ⌈steps/period⌉ entries
at a rate; with an offset the last may lie beyond the end: it is computed and never looked at.

Holding is broadcasting and reshaping, and taking entries is reshaping, since the derivatives
of gather and repeat are scatters, which are slow on every CPU backend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops

Tensor = Any


@dataclass(frozen=True)
class Rate:
    """Every `period`-th step from `offset` on; the offset may be a traced number."""

    period: int
    offset: Any = 0

    @classmethod
    def of_clock(cls, period: int, clock: Any) -> Rate:
        """The steps at which a clock that now stands at `clock` is a multiple of `period`."""
        return cls(period, -clock % period)

    def entries(self, steps: Any) -> Any:
        """How many entries a sequence of `steps` steps has."""
        return (steps + self.period - 1) // self.period


def take(x: Tensor, fine: Rate, coarse: Rate, steps: Any) -> Tensor:
    """Entries of x (entries at `fine`, batch, n) at the rate `coarse`, a multiple of `fine`."""
    ratio = coarse.period // fine.period
    if ratio == 1:
        return x
    entries = coarse.entries(steps)
    start = _apart(coarse, fine)
    # Enough zeros that a whole number of groups of `ratio` fits, wherever the first one starts.
    missing = entries * ratio - fine.entries(steps) + (0 if _is_zero(start) else ratio - 1)
    x = _cut(_pad_end(x, missing), start, entries * ratio)
    return ops.reshape(x, (entries, ratio, *_tail(x)))[:, 0]


def hold(x: Tensor, before: Tensor, coarse: Rate, fine: Rate, steps: Any) -> Tensor:
    """x (entries at `coarse`, batch, n), each held until the next, at the rate `fine`.

    before (batch, n): what is held until the first entry.
    """
    return _refined(x, before, coarse, fine, steps, _repeated)


def spread(x: Tensor, coarse: Rate, fine: Rate, steps: Any) -> Tensor:
    """x (entries at `coarse`, batch, n) at the rate `fine`, with zeros between its entries."""
    return _refined(x, ops.zeros_like(x[0]), coarse, fine, steps, _with_zeros)


def last(x: Tensor, before: Tensor, *, rate: Rate, steps: Any) -> Tensor:
    """The last entry of x (entries at `rate`, batch, n) within `steps` steps; before (batch, n)
    where there is none."""
    if rate.period == 1 or _is_zero(rate.offset):
        return x[-1]
    within = (steps - rate.offset + rate.period - 1) // rate.period
    return _cut(ops.concatenate([before[None], x]), within, 1)[0]


def _refined(x: Tensor, before: Tensor, coarse: Rate, fine: Rate, steps: Any, widened: Any) -> Any:
    ratio = coarse.period // fine.period
    if ratio == 1:
        return x
    start = _apart(coarse, fine)
    if not _is_zero(start):
        x = ops.concatenate([before[None], x])
        start = ratio - start
    x = ops.reshape(widened(x, ratio), (ops.shape(x)[0] * ratio, *_tail(x)))
    return _cut(x, start, fine.entries(steps))


def _repeated(x: Tensor, ratio: int) -> Tensor:
    """x (entries, ...) -> (entries, ratio, ...), each entry again and again."""
    return ops.broadcast_to(x[:, None], (ops.shape(x)[0], ratio, *_tail(x)))


def _with_zeros(x: Tensor, ratio: int) -> Tensor:
    """x (entries, ...) -> (entries, ratio, ...), each entry and then zeros."""
    return ops.pad(x[:, None], ((0, 0), (0, ratio - 1), *((0, 0) for _ in _tail(x))))


def delay(x: Tensor, before: Tensor) -> Tensor:
    """x (entries, batch, n) one entry later; before (batch, n) comes first."""
    return ops.concatenate([before[None], x[:-1]])


def _apart(coarse: Rate, fine: Rate) -> Any:
    """Entries of `fine` before the first of `coarse`."""
    return (coarse.offset - fine.offset) // fine.period


def _is_zero(start: Any) -> bool:
    return isinstance(start, int) and start == 0


def _cut(x: Tensor, start: Any, length: Any) -> Tensor:
    if isinstance(start, int):
        return x[start : start + length]
    return ops.slice(x, (start, *(0 for _ in _tail(x))), (length, *_tail(x)))


def _pad_end(x: Tensor, rows: Any) -> Tensor:
    if isinstance(rows, int) and rows == 0:
        return x
    return ops.concatenate([x, ops.zeros((rows, *_tail(x)), x.dtype)])


def _tail(x: Tensor) -> tuple[Any, ...]:
    return tuple(ops.shape(x)[1:])
