"""Training with a window over the text, in a process of its own, as `aligned.py` does.

    KERAS_BACKEND=torch python -m hwsynth.bench.window_step quickest

prints milliseconds of a whole step. Rows and texts are random.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.bench.aligned import asked_precision, by_both_ways
from hwsynth.bench.measuring import Context, Figures
from hwsynth.bench.models import NORMALISATION, installed
from hwsynth.contracts import Precision, Task
from hwsynth.run_options import ModelOptions

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel

BATCH, STEPS, CHARACTERS, SYMBOLS = 50, 300, 30, 57
LAYERS, UNITS = 3, 400


def window_step(context: Context) -> Figures:
    """PyTorch in its quickest precision, beside this backend in float32."""
    return Figures(*by_both_ways("hwsynth.bench.window_step"))


def milliseconds(precision: Precision, rounds: int = 7) -> float:
    """Of a whole training step, optimiser included."""
    from hwsynth.bench.measuring import side_by_side
    from hwsynth.run_options import TrainingOptions
    from hwsynth.training import compile_model

    model, batch = _model(precision), _batch()
    compile_model(model, TrainingOptions())
    (seconds,) = side_by_side(lambda: float(model.train_on_batch(batch)), rounds=rounds)
    return 1000 * seconds


def _model(precision: Precision) -> HandwritingModel:
    from hwsynth.model import build_model

    return build_model(
        installed("core", "lstm")(units=UNITS),
        installed("head", "mdn")(),
        ModelOptions(layers=LAYERS, text="window", writer=0),
        task=Task(NORMALISATION.unit, charset="".join(map(chr, range(33, 33 + SYMBOLS)))),
        precision=precision,
    )


def _batch() -> dict[str, NDArray]:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((BATCH, STEPS + 1, 3), np.float32)
    rows[..., 2] = rng.random((BATCH, STEPS + 1)) < 0.05
    texts = rng.integers(1, SYMBOLS, (BATCH, CHARACTERS), np.int32, endpoint=True)
    return {
        "inputs": rows[:, :-1],
        "targets": rows[:, 1:],
        "mask": np.ones((BATCH, STEPS), bool),
        "characters": np.pad(texts, ((0, 0), (0, 1))),
    }


if __name__ == "__main__":
    sys.stdout.write(str(milliseconds(asked_precision())))
