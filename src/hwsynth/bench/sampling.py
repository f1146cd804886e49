"""Writing, one line and many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hwsynth.bench.measuring import Context, Figures, side_by_side
from hwsynth.bench.models import NORMALISATION, untrained
from hwsynth.bench.references import torch_writer
from hwsynth.sampling import Sampler

STEPS = 500
"""Points a line."""
STEPS_OF_REFERENCE = 100
"""A plain loop costs the same a point, however many there are."""
ROUNDS = 5


def lstm(context: Context, *, layers: int, units: int, lines: int) -> Figures:
    """Points a second of LSTM layers, beside PyTorch's, stepped in a Python loop."""
    ours = _our_writer("lstm", layers=layers, lines=lines, units=units)
    reference = torch_writer(layers, units, lines, STEPS_OF_REFERENCE)
    seconds = side_by_side(ours, reference, rounds=ROUNDS)
    return Figures(lines * STEPS / seconds[0], lines * STEPS_OF_REFERENCE / seconds[1])


def cwrnn(context: Context, *, lines: int) -> Figures:
    """Points a second of the clockwork core; there is nothing public to compare it with."""
    (seconds,) = side_by_side(_our_writer("cwrnn", layers=1, lines=lines), rounds=ROUNDS)
    return Figures(lines * STEPS / seconds)


def _our_writer(core: str, *, layers: int, lines: int, **options: Any) -> Callable[[], object]:
    sampler = Sampler(untrained(core, layers, options), NORMALISATION)
    return lambda: sampler(count=lines, steps=STEPS, bias=1.0)
