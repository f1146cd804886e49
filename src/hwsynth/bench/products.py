"""How fast an LSTM's matrix products can be: python -m hwsynth.bench.products

A step multiplies (batch, units)·(units, 4·units), and waits for the step before; the derivative by
the weights is one product over all steps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from hwsynth import backend
from hwsynth.bench.measuring import side_by_side
from hwsynth.bench.training import BATCH, STEPS
from hwsynth.contracts import Precision

UNITS = (32, 128, 256, 400, 512, 1024)


def main() -> None:
    """Writes GFLOP/s, step by step in a compiled loop and of all steps at once."""
    backend.prepare()
    sys.stdout.write(f"GFLOP/s, {BATCH} lines, {STEPS} steps\n")
    columns = [f"{precision} {how.__name__}" for precision, how in _COLUMNS]
    sys.stdout.write("  ".join(["units", *columns]) + "\n")
    for units in UNITS:
        seconds = side_by_side(*(how(units, precision) for precision, how in _COLUMNS))
        rates = [2 * BATCH * STEPS * units * 4 * units / 1e9 / each for each in seconds]
        cells = (f"{rate:{len(column)}.0f}" for rate, column in zip(rates, columns, strict=True))
        sys.stdout.write("  ".join([f"{units:5}", *cells]) + "\n")


def step_by_step(units: int, precision: Precision) -> Callable[[], Any]:
    """Each product waits for the one before."""
    kernel, rows = _numbers((units, 4 * units), precision), _numbers((STEPS, BATCH, units))

    def run(kernel: Any, rows: Any) -> Any:
        def step(carry: tuple, row: tuple) -> tuple[tuple, tuple]:
            said = ops.cast(ops.matmul(ops.cast(carry[0], precision), kernel), "float32")
            return (row[0] + said[:, :units],), ()

        return backend.scan(step, (rows[0],), (rows,))[0][0]

    program = backend.compiled(run, [])
    return lambda: ops.convert_to_numpy(program(kernel, rows))


def all_at_once(units: int, precision: Precision) -> Callable[[], Any]:
    """The rows of all steps, (steps·batch, units), in one product."""
    kernel = _numbers((units, 4 * units), precision)
    rows = _numbers((STEPS * BATCH, units), precision)
    program = backend.compiled(lambda kernel, rows: ops.matmul(rows, kernel), [])
    return lambda: ops.convert_to_numpy(program(kernel, rows)[:1])


def _numbers(shape: tuple[int, ...], precision: Precision = "float32") -> Any:
    # Small, so that the loop's numbers stay finite.
    drawn = np.random.default_rng(0).standard_normal(shape) / (4 * shape[-1])
    return ops.convert_to_tensor(drawn, precision)


_COLUMNS: tuple[tuple[Precision, Callable[[int, Precision], Callable[[], Any]]], ...] = (
    ("float32", step_by_step),
    ("float32", all_at_once),
    ("bfloat16", step_by_step),
    ("bfloat16", all_at_once),
)


if __name__ == "__main__":
    main()
