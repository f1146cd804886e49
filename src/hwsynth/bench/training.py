"""Cores over whole sequences, forwards and backwards, as a model trains them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.bench.measuring import Context, Figures, SkippedError, side_by_side
from hwsynth.bench.models import installed
from hwsynth.bench.references import MaskedClockworkCell, torch_lstm
from hwsynth.contracts import Precision

BATCH, STEPS, FEATURES = 50, 300, 3
"""The notebook's."""
PERIODS, MODULE = (1, 2, 4, 8, 16, 32, 64, 128), 128
LSTM_UNITS, LARGE_LSTM_UNITS = 400, 1024

Pass = Callable[[], Any]


def cwrnn_train(context: Context) -> Figures:
    """Beside the masked cell, in the faster of its two ways."""
    ours = our_pass("cwrnn")
    masked = [_masked_pass(compiled) for compiled in (False, True)]
    seconds = side_by_side(ours, *masked, rounds=context.rounds)
    return _in_ms(seconds[0], min(seconds[1:]), graph=seconds[1], compiled=seconds[2])


def cwrnn_against_lstm(context: Context) -> Figures:
    """Beside an LSTM of 1024 units, in the fastest way that there is for one here."""
    ours = our_pass("cwrnn")
    lstm = _lstm_passes(LARGE_LSTM_UNITS)
    seconds = side_by_side(ours, *lstm.values(), rounds=context.rounds)
    return _in_ms(seconds[0], min(seconds[1:]), **dict(zip(lstm, seconds[1:], strict=True)))


def lstm_train(context: Context, precision: Precision = "float32") -> Figures:
    """Beside PyTorch's."""
    ours = our_pass("lstm", precision, units=LSTM_UNITS)
    reference = torch_lstm(LSTM_UNITS, _inputs(FEATURES), _inputs(LSTM_UNITS))
    seconds = side_by_side(ours, reference, rounds=context.rounds)
    return _in_ms(*seconds)


def _in_ms(ours: float, reference: float, **more: float) -> Figures:
    return Figures(
        1000 * ours,
        1000 * reference,
        {f"{name}_ms": 1000 * value for name, value in more.items()},
    )


def _lstm_passes(units: int) -> dict[str, Pass]:
    passes = {
        f"keras_{kind}": _pass(keras.layers.LSTM(units, return_sequences=True), units, compiled)
        for kind, compiled in (("graph", False), ("compiled", True))
    }
    with contextlib.suppress(SkippedError):
        passes["pytorch"] = torch_lstm(units, _inputs(FEATURES), _inputs(units))
    return passes


def our_pass(
    name: str,
    precision: Precision = "float32",
    *,
    batch: int = BATCH,
    steps: int = STEPS,
    **options: Any,
) -> Pass:
    """A pass of the core of that name, compiled as in training. Raises SkippedError where it is
    not installed."""
    core = installed("core", name)(**options).build(precision=precision, seed=1)
    compiled = backend.compiles_training(core.xla.get(backend.name(), True))
    return _pass(core, core.units, compiled, batch, steps)


def _masked_pass(compiled: bool) -> Pass:
    cell = MaskedClockworkCell(PERIODS, MODULE)
    layer = keras.layers.RNN(cell, return_sequences=True)
    return _pass(layer, cell.units, compiled)


def _pass(layer: Any, units: int, compiled: bool, batch: int = BATCH, steps: int = STEPS) -> Pass:
    """Forwards to outputs (batch, steps, units), which are handed over as PyTorch's are, and
    backwards from a weighted sum of them to the weights."""
    layer.build((None, None, FEATURES))
    inputs = ops.convert_to_tensor(_inputs(FEATURES, batch, steps))
    weights = ops.convert_to_tensor(_inputs(units, batch, steps))

    def weighted(sources: Any, rest: Any) -> tuple[Any, Any]:
        outputs = layer(rest[0])
        # Our cores give their state beside the outputs.
        outputs = outputs[0] if isinstance(outputs, tuple) else outputs
        return ops.sum(outputs * rest[1]), outputs

    program = backend.gradients(weighted, layer.trainable_variables, compiled=compiled)

    def one_pass() -> Any:
        outputs, derivatives = program([], [inputs, weights])
        # Frameworks that run ahead are waited for.
        ops.convert_to_numpy(derivatives[-1])
        return outputs

    return one_pass


def _inputs(width: int, batch: int = BATCH, steps: int = STEPS) -> NDArray[np.float32]:
    """(batch, steps, width) of random numbers."""
    return np.random.default_rng(width).standard_normal((batch, steps, width), np.float32)
