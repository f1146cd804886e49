"""step.onnx: the same ink without a training framework, and clear words where it cannot be."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from arrays import numpy_of
from hwsynth import Ink
from hwsynth.cli import main
from hwsynth.contracts import Task
from hwsynth.exported_step import ExportedStep, StepMark, exported_step
from hwsynth.ink_file import read_page
from hwsynth.normalisation import Normalisation
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import ModelOptions
from hwsynth.sampling import sample
from hwsynth.step_export import ExportError, can_export, step_graph, write_step
from hwsynth.testing.fresh_process import frameworks_loaded_by
from hwsynth.training import model_arrays
from small_corpus import ink_of, plugins

if not can_export():
    pytest.skip(
        "what exporting needs is not installed, or not on this backend", allow_module_level=True
    )

NORMALISATION = Normalisation(mean=(8.0, 0.0), sd=(42.0, 36.0))
MARK = StepMark(model="", versions={})
MODELS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "lstm": ("lstm", {"units": 8, "clip_derivative": 10}, {"layers": 3}),
    "lstm-peepholes": ("lstm", {"units": 8, "peepholes": True}, {"layers": 2, "skips": False}),
    "gru": ("gru", {"units": 8}, {"layers": 2, "dropout": 0.3}),
    "rnn": ("rnn", {"units": 8}, {}),
    "cwrnn": ("cwrnn", {"units": 9, "modules": 3, "periods": (1, 3, 4)}, {"layers": 2}),
    "cwrnn-gru-zero": ("cwrnn", {"units": 6, "modules": 2, "cell": "gru", "inactive": "zero"}, {}),
    "lru": ("lru", {"units": 8}, {"layers": 2}),
}
"""Core, its options, those of the model."""


def built(name: str, **given: Any) -> Any:
    from hwsynth.model import build_model

    core, options, model = MODELS[name]
    return build_model(
        plugins().component("core", core)(**options),
        plugins().component("head", "mdn")(mixtures=3),
        ModelOptions(**model),
        task=Task(NORMALISATION.unit),
        **given,
    )


def step_of(model: Any) -> ExportedStep:
    return ExportedStep(step_graph(model, MARK), model_arrays(model))


@pytest.fixture(scope="module", params=MODELS)
def both(request: pytest.FixtureRequest) -> tuple[Any, ExportedStep]:
    """A model, and its exported step."""
    model = built(request.param)
    return model, step_of(model)


@pytest.fixture(scope="module")
def lstm() -> tuple[Any, ExportedStep]:
    model = built("lstm")
    return model, step_of(model)


def assert_equal_ink(a: list[Ink], b: list[Ink]) -> None:
    assert len(a) == len(b)
    for line, other in zip(a, b, strict=True):
        assert line.id == other.id
        np.testing.assert_allclose(line.points, other.points, rtol=1e-4, atol=0.02)


def test_raw_parameters_are_those_of_the_model_point_by_point(both):
    model, step = both
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((9, 2, 3)).astype(np.float32)
    state, own = model.initial_state(2), step.initial_state(2)
    for row in rows:
        wanted, state = model.step(row, state)
        _, found, own = step.step(row, own, np.zeros((2, 4), np.float32), 0.0)
        np.testing.assert_allclose(found, numpy_of(wanted), rtol=1e-4, atol=1e-5)


def test_lines_are_those_of_the_compiled_loop(both):
    given = {"count": 3, "steps": 40, "bias": 0.7, "seed": 5}
    assert_equal_ink(*(sample(each, NORMALISATION, **given) for each in both))


def test_primed_lines_of_a_clockwork_are_those_of_the_compiled_loop():
    model = built("cwrnn")
    primer = ink_of([(9, 4), (2, -30), (5, 1), (4, 0)])
    given = {"count": 2, "steps": 9, "primer": primer}
    assert_equal_ink(*(sample(each, NORMALISATION, **given) for each in (model, step_of(model))))


def test_many_lines_are_those_of_the_compiled_loop_beyond_its_pieces(lstm):
    assert_equal_ink(*(sample(each, NORMALISATION, count=64, steps=110) for each in lstm))


def test_primers_seeds_and_bias_are_heard(lstm):
    ways = ({}, {"primer": ink_of([(9, 4), (2, -30)])}, {"seed": 1}, {"bias": 2.0})
    drawn = [sample(lstm[1], NORMALISATION, count=1, steps=9, **way)[0] for way in ways]
    assert len({line.points.tobytes() for line in drawn}) == len(ways)


def test_a_model_of_coarse_products_has_a_step_that_is_near():
    model = built("lstm", precision="bfloat16")
    row, noise = np.ones((1, 3), np.float32), np.full((1, 4), 0.5, np.float32)
    step = step_of(model)
    found = step.step(row, step.initial_state(1), noise, 0.0)[1]
    wanted = numpy_of(model.step(row, model.initial_state(1))[0])
    np.testing.assert_allclose(found, wanted, atol=0.05)


def test_weights_are_no_part_of_a_step(lstm):
    model, step = lstm
    graph, other = step_graph(model, MARK), built("lstm", seed=7)
    again = ExportedStep(graph, model_arrays(other))
    given = {"count": 1, "steps": 20}
    assert_equal_ink(*(sample(each, NORMALISATION, **given) for each in (other, again)))
    lines = [sample(each, NORMALISATION, **given)[0] for each in (step, again)]
    assert np.abs(lines[0].points - lines[1].points).max() > 1
    assert len(graph) < 20_000


@pytest.fixture(scope="module")
def run_with_step(trained_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trained run, with its step; not to be changed."""
    from hwsynth.experiment import load

    path = Path(shutil.copytree(trained_run, tmp_path_factory.mktemp("exported") / "run"))
    record, model = load(path, plugins())
    write_step(RunFolder(path), record, model)
    return path


@pytest.fixture
def own_run(run_with_step: Path, tmp_path: Path) -> Path:
    """A copy of that, to be changed."""
    return Path(shutil.copytree(run_with_step, tmp_path / "own"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def drawn(path: Path, *arguments: object) -> list[Ink]:
    out = path.parent / "lines.json"
    result = run("sample", "--run", path, "--out", out, "--steps", 20, *arguments)
    assert result.exit_code == 0, result.output
    return list(read_page(out).lines)


def test_a_command_draws_the_same_with_and_without_a_step(formula, trained_run, run_with_step):
    for given in ((), ("--count", 9, "--bias", 1.5, "--seed", 3), ("--prime", "line-5")):
        assert_equal_ink(drawn(run_with_step, *given), drawn(trained_run, *given))


def test_a_run_with_a_step_writes_svg_without_a_training_framework(run_with_step, tmp_path):
    out = tmp_path / "x.svg"
    given = ["sample", "--run", str(run_with_step), "--steps", "30", "--out", str(out)]
    loaded = frameworks_loaded_by(
        f"from hwsynth.cli import main; main({given!r}, standalone_mode=False)"
    )
    assert loaded == []
    assert "<svg" in out.read_text()


def test_a_run_with_a_step_writes_though_the_plugin_of_its_core_is_gone(own_run):
    wanted = drawn(own_run)
    record = json.loads((own_run / "run.json").read_text())
    record["core"].update(package="hwsynth-clockworks", version="3.1")
    (own_run / "run.json").write_text(json.dumps(record))
    assert_equal_ink(drawn(own_run), wanted)


def test_onnx_runtime_by_itself_opens_a_step_in_its_folder_with_its_weights(run_with_step):
    import onnxruntime

    folder = RunFolder(run_with_step)
    session = onnxruntime.InferenceSession(folder.step_file)
    own = ExportedStep(folder.step_file.read_bytes(), folder.weights())
    row, noise = np.ones((2, 3), np.float32), np.full((2, 4), 0.5, np.float32)
    state = own.initial_state(2)
    given = {"row": row, "noise": noise, "bias": np.array(0.0, np.float32), **state}
    (params,) = session.run(["params"], given)
    np.testing.assert_array_equal(params, own.step(row, state, noise, 0.0)[1])


def test_training_writes_a_step_whose_lines_are_those_of_the_newest_weights(formula, own_run):
    before = drawn(own_run)
    Path("own/step.onnx").unlink()
    given = ("--resume", "--steps", 24, "--callback", "none")
    assert run("train", "--run", own_run, *given).exit_code == 0
    assert Path("own/step.onnx").is_file()
    after = drawn(own_run)
    assert np.abs(after[0].points - before[0].points).max() > 0.05
    Path("own/step.onnx").unlink()
    assert_equal_ink(after, drawn(own_run))


def test_a_step_stays_good_while_training_leaves_other_weights(own_run):
    folder = RunFolder(own_run)
    before = drawn(own_run)
    folder.write_weights({name: array * 0.5 for name, array in folder.weights().items()})
    after = drawn(own_run)
    assert np.abs(after[0].points - before[0].points).max() > 0.1


def test_what_cannot_be_exported_trains_all_the_same_and_this_is_said_once(formula, monkeypatch):
    def fail(*_: object) -> None:
        raise ArithmeticError("no such operator")

    monkeypatch.setattr("hwsynth.backend.as_onnx", fail)
    given = ("--core", "rnn", "--set", "core.units=8", "--set", "batches.crop=20")
    given = (*given, "--steps", 1, "--callback", "none")
    result = run("train", "--dataset", "formula", "--run", "new", *given)
    assert result.exit_code == 0, result.output
    assert not Path("new/step.onnx").exists()
    assert result.output.count("cannot be exported: no such operator. It trains all the same") == 1
    assert len(drawn(Path("new"))) == 4


def test_a_core_that_says_it_has_none_is_named(lstm, monkeypatch):
    monkeypatch.setattr(type(lstm[0].cores[0]), "exportable", False)
    with pytest.raises(ExportError, match="LSTMCore says that it has none in ONNX"):
        step_graph(lstm[0], MARK)


def test_without_what_exporting_needs_a_run_trains_and_has_no_step(formula, own_run, monkeypatch):
    monkeypatch.setattr("hwsynth.step_export.can_export", lambda: False)
    Path("own/step.onnx").unlink()
    result = run("train", "--run", own_run, "--resume", "--steps", 9, "--callback", "none")
    assert result.exit_code == 0, result.output
    assert "cannot be exported" not in result.output
    assert not Path("own/step.onnx").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be run"),
        (b"\x00garbage" * 99, "cannot be run"),
        (b" " * 16_000_001, "16,000,001 bytes"),
    ],
)
def test_a_damaged_step_is_refused_with_what_to_do(own_run, content, words):
    (own_run / "step.onnx").write_bytes(content)
    result = run("sample", "--run", own_run, "--out", own_run.parent / "x.svg")
    assert result.exit_code == 1, result.output
    assert words in result.stderr
    assert f"hwsynth export-step --run {own_run}" in result.stderr
    assert not (own_run.parent / "x.svg").exists()


def other_graph(shapes: dict[str, list[Any]]) -> bytes:
    """An ONNX file that hwsynth did not make: what it takes, name -> shape."""
    from onnx import TensorProto, helper

    given = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in shapes
    ]
    results = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        for name in ("next_row", "params", *(f"next_{n}" for n in shapes if n.startswith("state")))
    ]
    nodes = [helper.make_node("Tanh", [given[0].name], [result.name]) for result in results]
    graph = helper.make_graph(nodes, "other", given, results)
    opset = helper.make_opsetid("", 18)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    return bytes(model.SerializeToString())


STEP: dict[str, list[Any]] = {"row": ["n", 3], "noise": ["n", 4], "bias": [], "state_0": ["n", 8]}


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"image": ["n", 3]}, "takes image; a step takes bias, noise, row"),
        ({**STEP, "row": ["n", "m"]}, "takes row as"),
        ({**STEP, "row": ["n"]}, "takes row as"),
        ({**STEP, "row": ["n", 2]}, "takes rows of 2 and noise of 4"),
        ({**STEP, "noise": ["n", 5]}, "takes rows of 3 and noise of 5"),
        ({**STEP, "state_0": ["n", "m"]}, "takes state_0 as"),
    ],
)
def test_a_file_that_is_no_step_is_told_apart_by_what_it_takes(shapes, words):
    with pytest.raises(ValueError, match=words):
        ExportedStep(other_graph(shapes), {})


def test_weights_that_a_step_does_not_know_are_refused():
    assert ExportedStep(other_graph(STEP), {}).marks == 1
    with pytest.raises(ValueError, match=r"cannot be run.*model/head/kernel"):
        ExportedStep(other_graph(STEP), {"model/head/kernel": np.zeros(3, np.float32)})


def test_a_step_that_does_not_say_what_it_is_of_is_refused(own_run):
    import onnx

    model = onnx.load(own_run / "step.onnx", load_external_data=False)
    del model.metadata_props[:]
    (own_run / "step.onnx").write_bytes(model.SerializeToString())
    folder = RunFolder(own_run)
    with pytest.raises(Exception, match="does not say which model it is a step of"):
        exported_step(folder, folder.record())


def test_a_step_of_another_model_is_refused(own_run):
    record = json.loads((own_run / "run.json").read_text())
    record["normalisation"]["sd"][0] *= 2
    (own_run / "run.json").write_text(json.dumps(record))
    result = run("sample", "--run", own_run, "--out", own_run.parent / "x.svg")
    assert result.exit_code == 1, result.output
    assert "is of another model than that of run.json. Remove it" in result.stderr


def test_a_step_with_the_weights_of_another_model_is_refused(own_run):
    folder = RunFolder(own_run)
    folder.write_weights({**folder.weights(), "model/core_1/more": np.zeros(2, np.float32)})
    result = run("sample", "--run", own_run, "--out", own_run.parent / "x.svg")
    assert result.exit_code == 1, result.output
    assert "model/core_1/more" in result.stderr


def test_a_step_that_other_versions_made_is_not_used_and_this_is_said(
    formula, own_run, trained_run, monkeypatch
):
    from importlib import metadata

    installed = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "9.9" if name == "hwsynth-lstm" else installed(name)
    )
    result = run("sample", "--run", own_run, "--steps", 20, "--out", "a.svg")
    assert result.exit_code == 0, result.output
    assert "is not used, since it was made by hwsynth-lstm" in result.stderr
    assert "(here is 9.9)" in result.stderr
    assert run("sample", "--run", trained_run, "--steps", 20, "--out", "b.svg").exit_code == 0
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


def test_a_step_that_another_version_knew_by_other_options_is_no_error(
    own_run, monkeypatch, caplog
):
    from importlib import metadata

    installed = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "9.9" if name == "hwsynth" else installed(name)
    )
    monkeypatch.setattr("hwsynth.exported_step.hashlib.sha256", hashlib.sha512)
    folder = RunFolder(own_run)
    assert exported_step(folder, folder.record()) is None
    assert "is not used, since it was made by hwsynth" in caplog.text


def test_without_onnx_runtime_the_model_draws_and_this_is_said(formula, own_run, monkeypatch):
    wanted = drawn(own_run)
    monkeypatch.setattr("hwsynth.exported_step.is_runnable", lambda: False)
    result = run("sample", "--run", own_run, "--steps", 20, "--out", "lines.json")
    assert result.exit_code == 0, result.output
    assert "pip install hwsynth[onnx]" in result.stderr
    assert_equal_ink(list(read_page(Path("lines.json")).lines), wanted)


def test_a_heat_map_is_drawn_of_a_run_with_a_step(formula, own_run):
    drawn(own_run, "--count", 1, "--density", "heat.png")
    assert Path("heat.png").stat().st_size > 100


def test_a_step_is_made_anew_by_its_command(formula, run_copy):
    result = run("export-step", "--run", run_copy)
    assert result.exit_code == 0, result.output
    assert f"{run_copy}/step.onnx" in result.output
    folder = RunFolder(run_copy)
    assert exported_step(folder, folder.record()) is not None


def test_the_command_names_the_packages_that_it_lacks(formula, run_copy, monkeypatch):
    monkeypatch.setattr("hwsynth.step_export.can_export", lambda: False)
    result = run("export-step", "--run", run_copy)
    assert result.exit_code == 2, result.output
    assert "tf2onnx is not installed. Try: pip install hwsynth[onnx]" in result.stderr
    assert not (run_copy / "step.onnx").exists()


def test_a_step_that_gives_something_else_than_the_model_is_not_written(lstm, monkeypatch):
    step = ExportedStep.step

    def otherwise(*given: Any) -> Any:
        row, params, state = step(*given)
        return row, params + 0.01, state

    monkeypatch.setattr(ExportedStep, "step", otherwise)
    with pytest.raises(ExportError, match="params comes out differently, by"):
        step_graph(lstm[0], MARK)
