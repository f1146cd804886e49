"""Training on text as data, in a process of its own: the backend and the precision that are
quickest at it need not be those that the other rows are measured with.

    KERAS_BACKEND=torch python -m hwsynth.bench.aligned quickest

prints points a second. Rows and texts are random.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.bench.measuring import Context, Figures, SkippedError
from hwsynth.bench.models import NORMALISATION, installed
from hwsynth.contracts import Precision, Task
from hwsynth.run_options import ModelOptions

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel

BATCH, STEPS = 100, 300
"""As many points as a batch of the preset `aligned` has."""
LAYERS, UNITS = 3, 400
POINTS_A_CHARACTER = 14
SYMBOLS, WRITERS = 90, 200
QUICKEST = "quickest"
"""bfloat16 where the processor has units for it, else float32."""


def aligned(context: Context) -> Figures:
    """PyTorch in its quickest precision, beside this backend in float32."""
    return Figures(*by_both_ways("hwsynth.bench.aligned"))


def by_both_ways(module: str) -> tuple[float, float]:
    """What the module prints on PyTorch in the precision that is `quickest` there, and on this
    backend in float32.

    Raises SkippedError where PyTorch is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        raise SkippedError("PyTorch is not installed; try: pip install hwsynth[bench]")
    from hwsynth import backend

    ways = (("torch", QUICKEST), (backend.name(), "float32"))
    ours, reference = (_in_a_process(module, *way) for way in ways)
    return ours, reference


def asked_precision() -> Precision:
    """What this process was asked for on its command line; starts the backend."""
    from hwsynth import backend

    backend.prepare()
    bfloat16 = sys.argv[1] == "bfloat16" or (
        sys.argv[1] == QUICKEST and not backend.emulates("bfloat16")
    )
    return "bfloat16" if bfloat16 else "float32"


def _in_a_process(module: str, backend: str, precision: str) -> float:
    command = [sys.executable, "-m", module, precision]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def points_a_second(precision: Precision, rounds: int = 7) -> float:
    """Of whole training steps, optimiser included."""
    from hwsynth.bench.measuring import side_by_side
    from hwsynth.run_options import TrainingOptions
    from hwsynth.training import compile_model

    model, batch = _model(precision), _batch()
    compile_model(model, TrainingOptions())
    (seconds,) = side_by_side(lambda: float(model.train_on_batch(batch)), rounds=rounds)
    return BATCH * STEPS / seconds


def _model(precision: Precision) -> HandwritingModel:
    from hwsynth.aligned_text import Units
    from hwsynth.model import build_model

    return build_model(
        installed("core", "lstm")(units=UNITS),
        installed("head", "mdn")(),
        ModelOptions(text="aligned", layers=LAYERS),
        task=Task(NORMALISATION.unit, marks=2, charset="".join(map(chr, range(33, 33 + SYMBOLS)))),
        units=Units(NORMALISATION.mean[1], NORMALISATION.sd[1], line_height=500.0),
        writers=WRITERS,
        precision=precision,
    )


def _batch() -> dict[str, NDArray]:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((BATCH, STEPS + 1, 4), np.float32)
    rows[..., 2:] = rng.random((BATCH, STEPS + 1, 2)) < 1 / POINTS_A_CHARACTER
    chars = 2 * STEPS // POINTS_A_CHARACTER
    return {
        "inputs": rows[:, :-1],
        "targets": rows[:, 1:],
        "mask": np.ones((BATCH, STEPS), bool),
        "contexts": rng.integers(0, SYMBOLS, (BATCH, chars, 6), np.int32, endpoint=True),
        "writer": rng.integers(0, WRITERS, BATCH, np.int32, endpoint=True),
    }


if __name__ == "__main__":
    sys.stdout.write(str(points_a_second(asked_precision())))
