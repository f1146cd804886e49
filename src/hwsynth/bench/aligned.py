"""Training on text as data, in a process of its own: the backend and the precision that are
quickest at it need not be those that the other rows are measured with.

    KERAS_BACKEND=torch python -m hwsynth.bench.aligned bfloat16

prints points a second. Rows are random numbers, as wide as what such a model is told at a point.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

from hwsynth.bench.measuring import Context, Figures, SkippedError
from hwsynth.contracts import Precision

BATCH, STEPS = 50, 300
LAYERS, UNITS = 3, 400
FEATURES = 4 + 2 + 6 * 24 + 24
"""A row; height and points of the character; six characters; the writer."""


def aligned(context: Context) -> Figures:
    """PyTorch with operands of bfloat16, beside this backend in float32."""
    if importlib.util.find_spec("torch") is None:
        raise SkippedError("PyTorch is not installed; try: pip install hwsynth[bench]")
    from hwsynth import backend

    return Figures(_in_a_process("torch", "bfloat16"), _in_a_process(backend.name(), "float32"))


def _in_a_process(backend: str, precision: Precision) -> float:
    command = [sys.executable, "-m", "hwsynth.bench.aligned", precision]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def points_a_second(precision: Precision, rounds: int = 7) -> float:
    """Of whole training steps, optimiser included."""
    import numpy as np

    from hwsynth import backend
    from hwsynth.bench.measuring import side_by_side
    from hwsynth.bench.models import NORMALISATION, installed
    from hwsynth.run_options import TrainingOptions
    from hwsynth.training import compile_model

    backend.prepare()
    from hwsynth.model import HandwritingModel

    class Told(HandwritingModel):
        """Is told so many numbers a point."""

        features = FEATURES

    lstm, mdn = installed("core", "lstm")(units=UNITS), installed("head", "mdn")()
    cores = [lstm.build(precision=precision, seed=10 * i, name=f"core_{i}") for i in range(LAYERS)]
    model = Told(cores, mdn.build(unit=NORMALISATION.unit, precision=precision, name="head"))
    model.build()
    compile_model(model, TrainingOptions())
    rows = np.random.default_rng(0).standard_normal((BATCH, STEPS, FEATURES + 2), np.float32)
    targets = np.concatenate([rows[..., -2:], rows[..., :1] > 0], axis=-1)
    mask = np.ones((BATCH, STEPS), bool)
    batch = {"inputs": rows[..., :FEATURES], "targets": targets, "mask": mask}
    (seconds,) = side_by_side(lambda: float(model.train_on_batch(batch)), rounds=rounds)
    return BATCH * STEPS / seconds


if __name__ == "__main__":
    precision: Precision = "bfloat16" if sys.argv[1] == "bfloat16" else "float32"
    sys.stdout.write(str(points_a_second(precision)))
