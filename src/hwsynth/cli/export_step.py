"""hwsynth export-step"""

from __future__ import annotations

import os
from pathlib import Path

import click

from hwsynth.cli.options import run_option, say
from hwsynth.errors import UsageError
from hwsynth.exported_step import is_runnable
from hwsynth.plugins import load
from hwsynth.run_folder import RunFolder, newest_run


@click.command()
@run_option
def command(path: Path | None) -> None:
    """Make step.onnx, to work without a training framework.

    Of a run that reads: reader.onnx. Training writes it where it can. This is for runs that JAX,
    PyTorch or an older version trained.
    """
    path = path or newest_run()
    folder = RunFolder(path)
    folder.record()
    from hwsynth import backend

    # The one backend that it can be done on, whatever trained the run.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    backend.prepare("cpu")
    from hwsynth.experiment import load as load_run
    from hwsynth.reader_export import write_reader
    from hwsynth.reading_model import ReadingModel
    from hwsynth.step_export import can_export, write_step

    if not can_export():
        lacking = "tf2onnx" if is_runnable() else "onnxruntime"
        raise UsageError(f"{lacking} is not installed. Try: pip install hwsynth[onnx]")
    record, model = load_run(path, load())
    if isinstance(model, ReadingModel):
        write_reader(folder, record, model)
        written = folder.reader_file
    else:
        write_step(folder, record, model)
        written = folder.step_file
    say(f"{written}: {written.stat().st_size / 1000:.0f} kB")
