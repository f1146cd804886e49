"""A trained run that reads, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops

from hwsynth import backend
from hwsynth.aligning import Frames
from hwsynth.alignment import ReaderRecord
from hwsynth.batches import Sequences
from hwsynth.errors import RunError
from hwsynth.experiment import Setting, load
from hwsynth.plugins import Plugins
from hwsynth.preparation import PreparationOptions
from hwsynth.reading_evaluation import SIDE_BY_SIDE, whole_lines
from hwsynth.reading_model import ReadingModel
from hwsynth.run_folder import RunFolder


class RunReader:
    """A `FrameReader`: a model whose head gives, for each frame, logits of the blank and of each
    character (`ctc`)."""

    def __init__(self, path: Path, plugins: Plugins) -> None:
        """Raises RunError where the run does not read."""
        run, model = load(path, plugins)
        if not isinstance(model, ReadingModel) or model.head.params != 1 + len(run.data.charset):
            raise RunError(
                f"{path} does not read: its head is '{run.head.name}'. Give a run that does with "
                "--run, made by: hwsynth train --head ctc"
            )
        self.model, self.setting = model, Setting.recorded(run)
        self.charset: str = run.data.charset
        self.points_a_frame: int = model.points_a_frame
        self.preparation: PreparationOptions = run.preparation.form
        weights = RunFolder(path).weights_and_checksum()[1]
        self.record = ReaderRecord(
            name=path.resolve().name, weights=weights, licences=tuple(run.licences)
        )
        self._read = backend.compiled(self._log_probabilities, model.variables)

    def read(self, corpus: Any) -> Iterator[Frames]:
        """All lines of a prepared corpus, those of like length side by side."""
        conditions = self.setting.conditions(self.model)
        sequences = Sequences(corpus, self.setting.normalisation, conditions)
        for batch in whole_lines(sequences, np.arange(len(corpus)), SIDE_BY_SIDE):
            read = ops.convert_to_numpy(self._read({"inputs": batch.inputs, "mask": batch.mask}))
            steps = batch.mask.sum(axis=1)[: len(batch.lines)]
            yield Frames(batch.lines, read[: len(batch.lines)], -(-steps // self.points_a_frame))

    def _log_probabilities(self, batch: dict[str, Any]) -> Any:
        return ops.log_softmax(self.model(batch), axis=-1)
