"""What slower modules say to faster ones, over a whole sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hwsynth_cwrnn.rates import Rate, delay, hold, take

Tensor = Any


@dataclass(frozen=True)
class Saying:
    """Sums of what modules say to the gates of the modules faster than themselves."""

    entries: Tensor
    """(entries at `rate`, batch, columns of the faster modules)."""
    before: Tensor
    """(batch, columns): what was said before the sequence began."""
    rate: Rate

    def held(self, finer: Rate, steps: Any) -> Saying:
        """The same at a finer rate."""
        entries = hold(self.entries, self.before, self.rate, finer, steps)
        return Saying(entries, self.before, finer)

    def heard(self, columns: slice, ticks: Rate, steps: Any) -> Tensor:
        """What a module with these columns hears at its ticks: what was said one step before."""
        delayed = delay(self.entries[..., columns], self.before[..., columns])
        return take(delayed, self.rate, ticks, steps)

    def to_faster(self, columns: int) -> Saying:
        """What is said to the first columns."""
        return Saying(self.entries[..., :columns], self.before[..., :columns], self.rate)

    def __add__(self, other: Saying) -> Saying:
        return Saying(self.entries + other.entries, self.before + other.before, self.rate)
