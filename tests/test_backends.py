"""The whole path on whatever backend is active, and one run on all that are installed."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from arrays import numpy_of
from hwsynth import backend
from hwsynth.cli import main
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import Budget, ModelOptions, TrainingOptions
from small_corpus import SETTINGS, experiment, plugins, small_core, small_corpus

BACKENDS = ("tensorflow", "jax", "torch")
RUNS: Mapping[str, Mapping[str, Any]] = {
    "cwrnn": {"core": "cwrnn", "model": ModelOptions(layers=2)},
    "lstm": {"core": "lstm"},
    "gru, rmsprop": {"core": "gru", "training": TrainingOptions(optimiser="rmsprop")},
    "rnn, dropout": {"core": "rnn", "model": ModelOptions(dropout=0.2)},
    "lru": {"core": "lru"},
}
EQUAL = 1e-4
"""What a foretold parameter may differ by."""


def hwsynth(*arguments: object) -> str:
    result = CliRunner().invoke(main, list(map(str, arguments)), prog_name="hwsynth")
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.mark.parametrize("core", plugins().names("core"))
def test_a_run_is_trained_resumed_evaluated_and_written_with(formula, core):
    options = dict(small_core(core).model_dump(exclude_defaults=True))
    given = [f"core.{name}={value}" for name, value in options.items()]
    given += [setting for setting in SETTINGS if not setting.startswith("core.")]
    chosen = [word for setting in given for word in ("--set", setting)]
    hwsynth("train", "--dataset", "formula", "--core", core, "--run", "r", "--steps", 2, *chosen)
    hwsynth("train", "--run", "r", "--resume", "--steps", 4)
    assert [row["step"] for row in RunFolder(Path("r")).history()] == [1, 2, 3, 4]
    assert json.loads(Path("r/run.json").read_text())["versions"]["backend"] == backend.name()
    hwsynth("evaluate", "--run", "r", "--json", "figures.json")
    figures = json.loads(Path("figures.json").read_text())
    assert all(np.isfinite(value) for value in figures.values() if isinstance(value, float))
    for out in ("lines.svg", "lines.json"):
        hwsynth("sample", "--run", "r", "--count", 2, "--steps", 30, "--out", out)
    assert ET.parse("lines.svg").getroot().findall(".//{*}path")
    assert len(json.loads(Path("lines.json").read_text())["lines"]) == 2


def test_training_is_compiled_where_that_is_of_use():
    compiled = {"tensorflow": [False, True], "jax": [True, True], "torch": [False, False]}
    found = [backend.compiles_training(gains) for gains in (False, True)]
    assert found == compiled[backend.name()]


def used(runs: Path) -> dict[str, NDArray]:
    """What the active backend makes of the runs: parameters of a line from each way through the
    model, figures, ink, and the losses of going on with it (which changes the runs)."""
    from hwsynth.evaluation import Evaluator
    from hwsynth.experiment import load, resume
    from hwsynth.sampling import sample

    corpus, found = small_corpus(), {}
    for name in RUNS:
        record, model = load(runs / name, plugins())
        rows = record.normalisation.rows(corpus[4].offsets())[None]
        found[f"{name}: parameters"] = numpy_of(model.unroll(rows)[0])
        params, _ = model.step(rows[:, 9], model.unroll(rows[:, :9])[1])
        found[f"{name}: parameters of a step"] = numpy_of(params)
        scores = Evaluator(model, record.normalisation)(corpus, [2, 4])
        found[f"{name}: nats"] = np.array([scores.nats_per_point, scores.squared_error])
        ink = sample(model, record.normalisation, count=2, steps=20, primer=corpus[4])
        found[f"{name}: ink"] = np.stack([line.points for line in ink])
        resume(runs / name, plugins(), budget=Budget(steps=9)).train()
        rows = RunFolder(runs / name).history()
        found[f"{name}: losses"] = np.array([row["train_nats_per_point"] for row in rows])
    return found


@pytest.fixture(scope="module", params=BACKENDS)
def other(request: pytest.FixtureRequest) -> str:
    """A backend that is not the active one. Asked for before all else, as the rest takes long."""
    if request.param == backend.name():
        pytest.skip(f"{request.param} is the backend that trains here")
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed here")
    return str(request.param)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of 6 steps by the active backend; not to be changed."""
    from hwsynth.experiment import start

    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        for name, options in RUNS.items():
            start(experiment(**options, budget=Budget(steps=6)), folder / name, plugins()).train()
    return folder


@pytest.fixture(scope="module")
def here(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray]:
    """What the active backend makes of its runs."""
    return used(Path(shutil.copytree(runs, tmp_path_factory.mktemp("here") / "runs")))


@pytest.fixture(scope="module")
def elsewhere(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """By name: what another backend makes of these runs, in a process of its own."""

    @functools.cache
    def find(name: str) -> dict[str, NDArray]:
        folder = tmp_path_factory.mktemp(name)
        shutil.copytree(runs, folder / "runs")
        # TensorFlow, although it is installed, must not be needed by another.
        absent = "" if name == "tensorflow" else "import sys; sys.modules['tensorflow'] = None\n"
        code = (
            f"{absent}from pathlib import Path; import numpy as np; from hwsynth import backend\n"
            "backend.prepare('cpu'); import test_backends\n"
            "np.savez('found.npz', **test_backends.used(Path('runs')))"
        )
        paths = [str(Path(__file__).parent), *sys.path]
        given = {"KERAS_BACKEND": name, "PYTHONPATH": os.pathsep.join(paths)}
        given["HWSYNTH_CACHE"] = str(folder / "cache")
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        with np.load(folder / "found.npz") as arrays:
            return dict(arrays)

    return find


@pytest.mark.parametrize("run", RUNS)
def test_another_backend_goes_on_as_the_one_that_trained_it(other, here, elsewhere, run):
    there = elsewhere(other)
    for kind in ("parameters", "parameters of a step"):
        wanted = here[f"{run}: {kind}"]
        assert np.abs(wanted).max() > 0.1
        np.testing.assert_allclose(there[f"{run}: {kind}"], wanted, rtol=0, atol=EQUAL)
    np.testing.assert_allclose(there[f"{run}: nats"], here[f"{run}: nats"], rtol=EQUAL)
    np.testing.assert_allclose(there[f"{run}: ink"], here[f"{run}: ink"], rtol=EQUAL, atol=0.02)
    # Backends draw other dropout from one random state: these losses agree up to there alone.
    steps = 6 if "dropout" in run else 9
    losses, wanted = there[f"{run}: losses"], here[f"{run}: losses"]
    assert losses.shape == (9,)
    assert np.isfinite(losses).all()
    np.testing.assert_allclose(losses[:steps], wanted[:steps], rtol=EQUAL)
