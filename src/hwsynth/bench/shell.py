"""From the shell to an SVG, with all that starting a process costs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hwsynth.bench.measuring import Context, Figures, SkippedError, side_by_side
from hwsynth.bench.models import installed
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.experiment import Experiment, start
from hwsynth.plugins import Plugins, load
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import ModelOptions
from hwsynth.step_export import can_export, write_step
from hwsynth.training import model_arrays

STEPS, LAYERS, UNITS = 700, 3, 400
ROUNDS = 3
"""The reference takes seconds."""


def shell_to_svg(context: Context) -> Figures:
    """A run with an exported step beside one without; both have weights that learnt nothing."""
    if not can_export():
        raise SkippedError(
            "no step can be exported here; try: pip install hwsynth[onnx], on TensorFlow"
        )
    with tempfile.TemporaryDirectory() as folder:
        without, ours = Path(folder) / "without", Path(folder) / "with"
        _make_run(without, load())
        shutil.copytree(without, ours)
        (without / "step.onnx").unlink()
        with_step, by_framework = side_by_side(_command(ours), _command(without), rounds=ROUNDS)
    return Figures(with_step, by_framework)


def _make_run(path: Path, plugins: Plugins) -> None:
    experiment = Experiment(
        dataset=Synthetic(),
        core=installed("core", "lstm")(units=UNITS),
        head=installed("head", "mdn")(),
        model=ModelOptions(layers=LAYERS),
    )
    run = start(experiment, path, plugins)
    run.folder.write_weights(model_arrays(run.model))
    write_step(RunFolder(path), run.record, run.model)


def _command(run: Path) -> Callable[[], object]:
    given = ["--run", str(run), "--steps", str(STEPS), "--out", str(run / "x.svg")]
    command = [sys.executable, "-m", "hwsynth", "sample", *given]
    return lambda: subprocess.run(command, check=True, capture_output=True)
