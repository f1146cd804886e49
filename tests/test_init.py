"""hwsynth train --init: a new run that begins with the weights of a trained one."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth import hands, initial_weights
from hwsynth.aligned_text import Units
from hwsynth.cli import main
from hwsynth.contracts import Task
from hwsynth.errors import RunError, UsageError
from hwsynth.experiment import resume, start
from hwsynth.hands import Hand, InstalledHand
from hwsynth.initial_weights import InitialWeights
from hwsynth.model import HandwritingModel, build_model
from hwsynth.reading_model import build_reading_model
from hwsynth.run_folder import RunFolder, is_random_state
from hwsynth.run_options import BatchOptions, Budget, ModelOptions
from hwsynth.run_record import RunRecord
from hwsynth.trained_model import TrainedModel
from hwsynth.training import model_arrays
from small_corpus import Formula, contents, experiment, plugins

NEW = RunFolder(Path("new"))
TERMS = "for non-commercial research only"
BATCHES = ("--set", "batches.crop=20", "--set", "batches.batch_size=4")

pytestmark = pytest.mark.usefixtures("formula")


def train(init: Path, *arguments: object) -> Result:
    given = ("train", "--dataset", "formula", "--init", init, "--run", "new", *BATCHES, *arguments)
    return CliRunner().invoke(main, list(map(str, given)))


def begun(init: Path, *arguments: object) -> RunRecord:
    """What is recorded of a run that was opened, and not trained."""
    result = train(init, *arguments)
    assert result.exit_code == 0, result.output
    return NEW.record()


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """`hwsynth train` opens its run and stops there."""
    import hwsynth.cli.training_display as display

    monkeypatch.setattr(display, "train_and_show", lambda prepare, _: prepare(lambda *read: None))


def rewrite(run: Path, section: str, **fields: object) -> None:
    record = json.loads((run / "run.json").read_text())
    record[section].update(fields)
    (run / "run.json").write_text(json.dumps(record))


@pytest.mark.usefixtures("untrained")
def test_a_run_begins_with_the_weights_of_another_and_with_nothing_else_of_its_training(
    trained_run,
):
    begun(trained_run, "--set", "model.dropout=0.2")
    arrays, progress = NEW.checkpoint()
    weights = RunFolder(trained_run).weights()
    assert {name for name in arrays if name.startswith("model/") and not is_random_state(name)} == (
        weights.keys()
    )
    for name, array in weights.items():
        np.testing.assert_array_equal(arrays[name], array)
    assert (progress.step, progress.minutes, progress.best) == (0, 0, None)
    trained, _ = RunFolder(trained_run).checkpoint()
    optimiser = [name for name in arrays if name.startswith("optimiser/")]
    assert any(trained[name].any() for name in optimiser)
    moments = [name for name in optimiser if arrays[name].ndim]
    assert moments
    assert not any(arrays[name].any() for name in moments)


@pytest.mark.usefixtures("untrained")
def test_a_run_begins_with_the_weights_of_an_installed_hand_by_its_name(trained_run, monkeypatch):
    hand = Hand("plain", RunFolder(trained_run), None)
    installed = [InstalledHand(hand, "hwsynth-hand-plain", "0.1")]
    monkeypatch.setattr(hands, "installed_hands", lambda plugins: installed)
    assert begun(Path("plain")).ancestors[-1].path == str(trained_run)
    assert hands.run_or_hand(Path("another"), plugins()) == Path("another")
    with pytest.raises(UsageError, match="has no reader; give a run that reads: --init RUN"):
        hands.run_or_hand(Path("plain"), plugins(), reads=True)


def test_a_folder_is_taken_whatever_hands_are_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(hands, "installed_hands", lambda plugins: pytest.fail("asked for"))
    assert hands.run_or_hand(tmp_path, plugins()) == tmp_path


@pytest.mark.usefixtures("untrained")
def test_the_reader_of_an_installed_hand_is_taken_for_a_head_that_reads(trained_run, monkeypatch):
    reads = experiment(head=plugins().component("head", "ctc")(), batches=BatchOptions(crop=0))
    reader = start(reads, Path("reader"), plugins())
    reader.folder.write_weights(model_arrays(reader.model))
    hand = Hand("plain", RunFolder(trained_run), reader.folder.path)
    installed = [InstalledHand(hand, "hwsynth-hand-plain", "0.1")]
    monkeypatch.setattr(hands, "installed_hands", lambda plugins: installed)
    given = "train --dataset formula --init plain --run new --head ctc --set batches.crop=0"
    result = CliRunner().invoke(main, given.split())
    assert result.exit_code == 0, result.output
    assert NEW.record().ancestors[-1].path == str(reader.folder.path.resolve())


def test_random_states_of_the_other_run_are_left_behind(tmp_path):
    dropout = ModelOptions(dropout=0.2)
    old = start(experiment(model=dropout), tmp_path / "old", plugins())
    old.folder.write_weights(model_arrays(old.model))
    init = initial_weights.read(tmp_path / "old")

    def arrays(name: str, **fields: Any) -> dict[str, Any]:
        return model_arrays(start(experiment(**fields), tmp_path / name, plugins()).model)

    drawn = arrays("drawn", model=dropout, seed=5)
    inherited = arrays("inherited", model=dropout, seed=5, init=init)
    states = [name for name in init.arrays if is_random_state(name)]
    assert states
    for name in init.arrays:
        expected = drawn if name in states else init.arrays
        np.testing.assert_array_equal(inherited[name], expected[name])
    assert arrays("plain", init=init).keys() == init.arrays.keys() - set(states)


@pytest.mark.usefixtures("untrained")
def test_the_model_is_the_other_runs_and_all_else_is_as_given_or_by_default(trained_run):
    old = RunFolder(trained_run).record()
    record = begun(trained_run, "--seed", 7, "--set", "dataset.scale=3")
    assert (record.core, record.head, record.model) == (old.core, old.head, old.model)
    assert old.budget == Budget(steps=8)
    assert record.budget == Budget(minutes=10)
    assert (record.seed, record.batches.crop) == (7, 20)
    assert record.preset is None
    # The data's own: what is three times as large looks the same to the model.
    np.testing.assert_allclose(record.normalisation.sd, 3 * np.array(old.normalisation.sd), 0.02)


def text_model(writers: str, charset: str) -> HandwritingModel:
    return build_model(
        plugins().component("core", "lstm")(units=4),
        plugins().component("head", "mdn")(mixtures=2),
        ModelOptions(text="aligned", embedding=3, writer=5),
        task=Task((1.0, 1.0), marks=2, charset=charset),
        units=Units(0.0, 1.0, 4.0),
        writers=len(writers),
        seed=len(charset),
    )


def test_what_was_learnt_of_writers_and_characters_goes_to_those_of_the_same_name():
    old = {name: np.array(v) for name, v in text_model("ab", "xyz").variables_to_keep().items()}
    record = SimpleNamespace(writers=("a", "b"), data=SimpleNamespace(charset="xyz"))
    new = text_model("cbd", "wyzx")
    first = {name: np.array(v) for name, v in new.variables_to_keep().items()}
    names = {"writers": tuple("cbd"), "characters": "wyzx"}
    InitialWeights(Path("old"), record, old, "").set(new, {}, names)
    now = {name: np.array(v) for name, v in new.variables_to_keep().items()}
    vectors, characters = "model/writers/vectors", "model/text/characters"
    nobody_and_b = now[vectors][[0, 2]]
    np.testing.assert_array_equal(nobody_and_b, old[vectors][[0, 2]])
    np.testing.assert_array_equal(now[vectors][[1, 3]], first[vectors][[1, 3]])
    none_x_y_z = now[characters][:, [0, 4, 2, 3]]
    np.testing.assert_array_equal(none_x_y_z, old[characters])
    np.testing.assert_array_equal(now[characters][:, 1], first[characters][:, 1])
    for name in old.keys() - {vectors, characters}:
        np.testing.assert_array_equal(now[name], old[name])


def test_what_a_reader_learnt_of_characters_goes_to_those_of_the_same_name():
    def reader(charset: str) -> tuple[TrainedModel, dict[str, Any]]:
        model = build_reading_model(
            plugins().component("core", "lstm")(units=4),
            plugins().component("head", "ctc")(),
            ModelOptions(),
            task=Task((1.0, 1.0), charset=charset),
            seed=len(charset),
        )
        for place, variable in enumerate(model.head.variables):
            variable.assign(variable + place + len(charset))
        return model, {name: np.array(v) for name, v in model.variables_to_keep().items()}

    _, old = reader("xyz")
    record = SimpleNamespace(writers=(), data=SimpleNamespace(charset="xyz"))
    new, first = reader("wyzx")
    names = {"writers": (), "characters": "wyzx"}
    InitialWeights(Path("old"), record, old, "").set(new, {}, names)
    now = {name: np.array(v) for name, v in new.variables_to_keep().items()}
    classes = {"model/head/kernel", "model/head/bias"}
    for name in classes:
        blank_x_y_z = now[name][..., [0, 4, 2, 3]]
        np.testing.assert_array_equal(blank_x_y_z, old[name])
        np.testing.assert_array_equal(now[name][..., 1], first[name][..., 1])
    for name in old.keys() - classes:
        np.testing.assert_array_equal(now[name], old[name])


@pytest.mark.usefixtures("untrained")
def test_a_preset_goes_before_the_other_run_and_what_is_given_before_both(trained_run):
    Path("mine.toml").write_text(
        '[core]\nname = "lstm"\nclip_derivative = 3\n[model]\ndropout = 0.3\n[budget]\nsteps = 2\n'
    )
    record = begun(trained_run, "--preset", "mine.toml", "--set", "core.clip_derivative=4")
    assert record.core.options == {
        **RunFolder(trained_run).record().core.options, "clip_derivative": 4,
    }  # fmt: skip
    assert (record.model.dropout, record.budget) == (0.3, Budget(steps=2))
    assert record.preset == "mine.toml"


@pytest.mark.usefixtures("untrained")
def test_where_the_weights_come_from_is_recorded_with_the_terms_of_their_data(run_copy):
    rewrite(run_copy, "data", licence=TERMS)
    before = contents(run_copy)
    (parent,) = begun(run_copy).ancestors
    assert parent.path == str(run_copy)
    assert parent.weights == hashlib.sha256(before["weights.safetensors"]).hexdigest()
    assert (parent.dataset, parent.licence) == ("formula", TERMS)
    assert contents(run_copy) == before


@pytest.mark.usefixtures("untrained")
def test_terms_of_all_data_go_down_through_the_generations_and_are_said(run_copy):
    rewrite(run_copy, "data", licence=TERMS)
    weights = RunFolder(run_copy).weights()
    begun(run_copy)
    NEW.write_weights(weights)
    middle = NEW.path.rename("middle")
    record = begun(middle)
    NEW.write_weights(weights)
    assert [Path(ancestor.path).name for ancestor in record.ancestors] == ["copy", "middle"]
    assert record.licences == [TERMS, Formula.licence]
    for command in (("sample", "--steps", "5"), ("evaluate",)):
        output = CliRunner().invoke(main, [*command, "--run", "new"]).output
        assert [line for line in output.splitlines() if line.startswith("Trained on: ")] == [
            f"Trained on: {TERMS}", f"Trained on: {Formula.licence}",
        ]  # fmt: skip


def test_what_a_run_begins_with_is_said(trained_run):
    result = train(trained_run, "--steps", 1)
    assert result.exit_code == 0, result.output
    assert f"begun with the weights of {trained_run}, which was trained on formula" in result.output


def losses(folder: Path) -> list[float]:
    return [row["train_nats_per_point"] for row in RunFolder(folder).history()]


def test_a_run_goes_on_without_the_run_that_it_began_with(run_copy, tmp_path):
    fields: dict[str, Any] = {"init": initial_weights.read(run_copy), "budget": Budget(steps=3)}
    for name in ("whole", "cut"):
        start(experiment(**fields), tmp_path / name, plugins())
    assert losses(tmp_path / "whole") == []
    shutil.rmtree(run_copy)
    resume(tmp_path / "whole", plugins()).train()
    resumed = resume(tmp_path / "cut", plugins())
    resumed.train(stopped=lambda: len(losses(tmp_path / "cut")) > 1)
    resume(tmp_path / "cut", plugins()).train()
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")
    assert len(losses(tmp_path / "whole")) == 3


def test_a_run_stopped_before_it_had_its_first_weights_does_not_begin_with_others(
    trained_run, tmp_path
):
    init = initial_weights.read(trained_run)
    start(experiment(init=init), tmp_path / "new", plugins())
    RunFolder(tmp_path / "new").checkpoint_file.unlink()
    with pytest.raises(RunError, match=r"stopped before it had the weights of .*; begin again"):
        resume(tmp_path / "new", plugins())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--core", "cwrnn"), ("are those of the core 'lstm'", "'cwrnn'")),
        (("--preset", "notebook"), ("are those of the core 'lstm'", "'cwrnn'")),
        (
            ("--set", "core.units=9"),
            (
                "model/core_1/kernel is of shape (3, 32), and (3, 36) is wanted",
                "core.units (8 there, 9 here)", "own are: --set core.units=8",
            ),
        ),
        (
            ("--set", "model.layers=2"),
            (
                "model/core_2/kernel of shape (11, 32) is wanted and not there",
                "model.layers (1 there, 2 here)",
            ),
        ),
        (("--set", "head.mixtures=5", "--set", "core.units=9"), ("and 2 more", "head.mixtures")),
        (("--resume",), ("its own weights", "leave out --init")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_what_the_weights_do_not_fit_is_refused_and_nothing_is_made(trained_run, arguments, words):
    result = train(trained_run, "--steps", 1, *arguments)
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.stderr
    assert not NEW.path.exists()


def test_arrays_that_the_model_lacks_are_refused_though_no_option_differs(trained_run, tmp_path):
    init = initial_weights.read(trained_run)
    more = dataclasses.replace(init, arrays={**init.arrays, "model/core_1/peephole": np.ones(8)})
    with pytest.raises(
        UsageError,
        match=r"core_1/peephole of shape \(8,\) is there and not wanted.*No option differs",
    ):
        start(experiment(init=more), tmp_path / "new", plugins())


def test_another_head_is_refused(run_copy):
    rewrite(run_copy, "head", name="ruler", package="hwsynth-ruler")
    result = train(run_copy, "--head", "mdn")
    assert result.exit_code == 2
    assert "are those of the head 'ruler', and of no use to 'mdn'" in result.stderr
    result = train(run_copy)
    assert result.exit_code == 1
    assert "pip install 'hwsynth-ruler==" in result.stderr
    assert not NEW.path.exists()


def test_a_run_that_is_none_or_has_no_whole_weights_is_refused(run_copy):
    weights = run_copy / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-3])
    assert "weights.safetensors is damaged" in train(run_copy).stderr
    weights.unlink()
    result = train(run_copy)
    assert result.exit_code == 1
    assert f"{run_copy} has no weights.safetensors: it was stopped before" in result.stderr
    result = train(Path("nowhere"))
    assert result.exit_code == 1
    assert "there is no run folder nowhere" in result.stderr
    assert not NEW.path.exists()
