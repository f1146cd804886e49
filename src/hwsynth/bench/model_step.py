"""A whole training step, and what its parts take."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from hwsynth import backend
from hwsynth.batches import Sequences, TrainingBatches
from hwsynth.bench.measuring import Context, Figures, side_by_side
from hwsynth.bench.models import untrained
from hwsynth.corpus import open_corpus
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.model import HandwritingModel
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import BatchOptions, TrainingOptions
from hwsynth.training import compile_model


def model_step(context: Context, *, core: str, layers: int, **options: Any) -> Figures:
    """The whole step beside its core alone; `more` has the parts, each in ms.

    Head and loss, and the optimiser, are differences of programs that grow by one part.
    """
    batches = _batches()
    model = _model(core, layers, options)
    batch = batches[0].tensors()
    whole, cores, loss, feed = side_by_side(
        lambda: float(model.train_on_batch(batch)),
        _program(model, batch, with_head=False),
        _program(model, batch, with_head=True),
        iter(_fed(batches)).__next__,
        rounds=context.rounds,
    )
    parts = {
        "core_ms": 1000 * cores,
        "head_and_loss_ms": 1000 * (loss - cores),
        "optimiser_ms": 1000 * (whole - loss),
        "input_ms": 1000 * feed,
        "input_share": feed / (whole + feed),
    }
    return Figures(1000 * (whole + feed), 1000 * cores, parts)


def _fed(batches: TrainingBatches) -> Any:
    for number in range(10_000):
        yield batches[number].tensors()


def _batches() -> TrainingBatches:
    corpus = open_corpus(Synthetic(), None)
    lines = corpus.lines_in("train")
    sequences = Sequences(corpus, Normalisation.of(corpus, lines))
    return TrainingBatches(sequences, lines, BatchOptions(), 0)


def _model(core: str, layers: int, options: dict[str, Any]) -> HandwritingModel:
    model = untrained(core, layers, options)
    compile_model(model, TrainingOptions())
    return model


def _program(model: HandwritingModel, batch: dict[str, Any], *, with_head: bool) -> Any:
    """Forwards and backwards through the cores, with head and loss or with a plain sum."""
    tensors = {name: ops.convert_to_tensor(value) for name, value in batch.items()}

    def summed(sources: Any, rest: Any) -> tuple[Any, Any]:
        if with_head:
            return model.compute_loss(x=tensors, y_pred=model(tensors, training=True)), ()
        return ops.sum(model.outputs(tensors["inputs"], mask=tensors["mask"])[0]), ()

    variables = [
        variable
        for layer in (*model.cores, *([model.head] if with_head else []))
        for variable in layer.trainable_variables
    ]
    compiled = backend.compiles_training(model.gains_from_xla())
    program = backend.gradients(summed, variables, compiled=compiled)

    def run() -> None:
        _, derivatives = program([], [])
        np.asarray(ops.convert_to_numpy(derivatives[-1]))

    return run
