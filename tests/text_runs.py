"""Runs that write texts and that read, made without training, for tests of what uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_corpus import plugins


def make_runs(folder: Path) -> tuple[Path, Path]:
    """A run that writes and one that reads, both exported; neither has learnt anything."""
    writer, reader = folder / "writer", folder / "reader"
    _make(writer, "mdn", {"mixtures": 2}, text="aligned", embedding=2, writer=2)
    _make(reader, "ctc", {}, convolution=4)
    return writer, reader


def make_window_run(path: Path) -> None:
    """A run that writes by a window, in no style, exported; it has learnt nothing."""
    window = {"window_components": 2, "window_step": 0.2}
    _make(path, "mdn", {"mixtures": 2}, text="window", writer=0, **window)


def _make(path: Path, head: str, options: dict[str, Any], **model: Any) -> None:
    from hwsynth.experiment import Experiment, start
    from hwsynth.reader_export import write_reader
    from hwsynth.run_options import BatchOptions, ModelOptions
    from hwsynth.step_export import write_step
    from hwsynth.training import model_arrays

    found = plugins()
    experiment = Experiment(
        dataset=found.component("dataset", "synthetic")(lines=20, writers=4),
        core=found.component("core", "lstm")(units=8),
        head=found.component("head", head)(**options),
        model=ModelOptions(**model),
        batches=BatchOptions(crop=0, batch_size=4),
    )
    run = start(experiment, path, found)
    run.folder.write_weights(model_arrays(run.model))
    export: Any = write_reader if head == "ctc" else write_step
    export(run.folder, run.record, run.model)
