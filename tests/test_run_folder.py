"""Run folders: everything that made a run, whole or not at all, and one clear word for damage."""

from __future__ import annotations

import errno
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hwsynth.errors import RunError
from hwsynth.history import FIELDS, typical_speed
from hwsynth.plugins import Plugins
from hwsynth.recorded import component_of
from hwsynth.run_folder import RunFolder, new_run_path, newest_run
from hwsynth.run_record import Progress, RunRecord
from small_corpus import contents, plugins

ARRAYS = {"a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3), "a/count": np.array(7)}

RECORD = {
    "format": 1,
    "hwsynth": "0.1.0",
    "created": "2026-01-01T00:00:00Z",
    "dataset": {"name": "formula", "package": "p", "version": "1", "options": {}},
    "core": {"name": "lstm", "package": "hwsynth-lstm", "version": "1", "options": {"units": 8}},
    "head": {"name": "mdn", "package": "hwsynth-mdn", "version": "1", "options": {}},
    "model": {},
    "batches": {},
    "training": {},
    "budget": {"steps": 5},
    "precision": "float32",
    "seed": 3,
    "normalisation": {"mean": [1.5, 0.25], "sd": [2.0, 3.0], "clip": None},
    "parameters": 501,
    "data": {
        "path": None,
        "licence": "free",
        "lines": {"train": 2, "validation": 1, "test": 0},
        "fingerprint": "f",
        "charset": "ab",
        "line_height": 20.0,
    },
    "versions": {"python": "3.11"},
}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A folder with a record."""
    made = RunFolder(tmp_path / "run")
    made.create(RunRecord.model_validate(RECORD))
    return made


def rows(folder: RunFolder, count: int) -> None:
    """Writes the history of as many steps."""
    history = folder.start_history(0)
    for step in range(1, count + 1):
        history.append({"step": step, "epoch": 0, "train_nats_per_point": 1 / step})
    history.flush()
    history.close()


def refused(action: Callable[[], object], *words: str) -> None:
    """The action raises a RunError that has these words."""
    with pytest.raises(RunError) as caught:
        action()
    for word in words:
        assert word in str(caught.value)


def test_a_record_comes_back_as_it_was_written(folder):
    assert folder.record() == RunRecord.model_validate(RECORD)


@pytest.mark.parametrize(
    "path",
    [
        "dataset.name", "core.name", "core.version", "core.options.units", "head.package",
        "model.layers", "batches.crop", "training.optimiser", "budget.steps", "precision", "seed",
        "normalisation.mean", "normalisation.sd", "parameters", "data.licence", "data.charset",
        "data.lines.validation", "data.fingerprint", "data.line_height", "versions.python",
        "versions.keras", "versions.backend", "hwsynth", "created",
    ],
)  # fmt: skip
def test_everything_that_made_a_run_can_be_read_in_run_json(trained_run, path):
    value = json.loads((trained_run / "run.json").read_text())
    for key in path.split("."):
        value = value[key]
    assert value not in (None, "")


def test_weights_and_checkpoints_are_safetensors(trained_run):
    weights = load_file(trained_run / "weights.safetensors")
    checkpoint = load_file(trained_run / "checkpoint.safetensors")
    assert weights["model/core_1/recurrent_kernel"].shape == (8, 32)
    assert weights.keys() < checkpoint.keys()
    assert sorted(file.name for file in trained_run.iterdir()) == [
        "checkpoint.safetensors", "history.csv", "run.json", "weights.safetensors",
    ]  # fmt: skip


def test_the_number_of_parameters_is_that_of_the_trained_numbers(trained_run):
    weights = load_file(trained_run / "weights.safetensors")
    assert RunFolder(trained_run).record().parameters == sum(w.size for w in weights.values())


@pytest.fixture(params=[0o022, 0o077, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_files_have_the_permissions_that_the_user_gives_all_files(tmp_path, umask):
    folder = RunFolder(tmp_path / "run")
    folder.create(RunRecord.model_validate(RECORD))
    folder.write_weights(ARRAYS)
    folder.write_checkpoint(ARRAYS, Progress())
    rows(folder, 2)
    for file in folder.path.iterdir():
        assert file.stat().st_mode & 0o777 == 0o666 & ~umask, file.name


def test_arrays_come_back_with_their_shapes_scalars_too(folder):
    folder.write_checkpoint(ARRAYS, Progress(minutes=0.5, best=-1.5))
    arrays, progress = folder.checkpoint()
    assert progress == Progress(minutes=0.5, best=-1.5)
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].shape == array.shape
        assert arrays[name].dtype == array.dtype


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_do_not_replace_good_ones(folder, bad):
    folder.write_weights(ARRAYS)
    broken = {**ARRAYS, "a/kernel": np.array([[1, bad]], np.float32)}
    refused(lambda: folder.write_weights(broken), "a/kernel", "not finite", "kept")
    np.testing.assert_array_equal(folder.weights()["a/kernel"], ARRAYS["a/kernel"])


def test_a_folder_with_anything_in_it_is_not_made_a_run(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "letter.txt").write_text("mine")
    refused(
        lambda: RunFolder(tmp_path / "run").create(RunRecord.model_validate(RECORD)),
        "is there already", "--resume", "another --run",
    )  # fmt: skip
    assert contents(tmp_path) == {"run/letter.txt": b"mine"}


def test_a_file_in_the_place_of_a_folder_is_named_and_left(tmp_path):
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        refused(
            lambda path=path: RunFolder(path).create(RunRecord.model_validate(RECORD)), str(path)
        )
    assert contents(tmp_path) == {"file": b"mine"}


def test_an_empty_folder_becomes_a_run(tmp_path):
    RunFolder(tmp_path).create(RunRecord.model_validate(RECORD))
    assert RunFolder(tmp_path).record().seed == 3


def test_a_missing_run_is_told_with_the_runs_beside_it(folder):
    refused(RunFolder(folder.path.parent / "rum").record, "no run folder", "runs here: run")
    refused(RunFolder(folder.path.parent).record, "no run.json", "copy it whole")


def changed(**fields: object) -> bytes:
    return json.dumps({**RECORD, **fields}).encode()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        pytest.param(b"", ["damaged", "copy the run again"], id="empty"),
        pytest.param(changed()[:200], ["damaged", "copy the run again"], id="cut off"),
        pytest.param(b"\xff\xfe\x00", ["damaged"], id="not text"),
        pytest.param(b"[" * 100_000, ["damaged"], id="nested without end"),
        pytest.param(b"[1]", ["format None", "format 1"], id="no object"),
        pytest.param(changed(format=2, hwsynth="9.0"), ["format 2", "9.0"], id="a later version"),
        pytest.param(changed(colour=1), ["damaged", "colour"], id="an unknown key"),
        pytest.param(changed(seed="x"), ["damaged", "seed"], id="a seed of letters"),
        pytest.param(changed(model={"layers": 0}), ["model.layers"], id="no layers"),
        pytest.param(
            changed(normalisation={"mean": [0, 0], "sd": [0, 1]}), ["sd.0"], id="a spread of zero"
        ),
        pytest.param(
            changed(parameters=1).replace(b"1.5", b"NaN"), ["normalisation.mean.0"], id="not finite"
        ),
        pytest.param(
            changed(data={**RECORD["data"], "lines": {}}), ["data.lines.train"], id="no counts"
        ),
    ],
)
def test_a_damaged_record_is_told_by_file_and_place(folder, written, words):
    folder.record_file.write_bytes(written)
    refused(folder.record, "run.json", *words)


@pytest.mark.parametrize("file", ["weights", "checkpoint"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-5], id="cut off at the end"),
        pytest.param(lambda data: data[:20], id="cut off in its head"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"\xff" * 8 + data, id="with a head of any length"),
        pytest.param(lambda data: pickle.dumps({"a": 1}), id="a pickle"),
    ],
)
def test_damaged_arrays_are_told_by_file(folder, file, damage):
    folder.write_weights(ARRAYS)
    folder.write_checkpoint(ARRAYS, Progress())
    path = folder.path / f"{file}.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    refused(getattr(folder, file), f"{file}.safetensors is damaged", "copy the run again")


def test_missing_weights_are_told_with_what_to_do(folder):
    refused(folder.weights, "no weights.safetensors", "copied whole", "--resume")


@pytest.mark.parametrize(
    "progress",
    ["", "3", "[1, 2]", '{"step": "x"}', '{"step": -1}', '{"stride": 1}', '{"best": NaN}'],
)
def test_a_checkpoint_that_does_not_say_how_far_it_came_is_refused(folder, progress):
    save_file(ARRAYS, folder.checkpoint_file, metadata={"progress": progress})
    refused(folder.checkpoint, "checkpoint.safetensors does not say how far it came")


def test_arrays_of_another_program_are_no_checkpoint(folder):
    save_file(ARRAYS, folder.checkpoint_file)
    refused(folder.checkpoint, "does not say how far it came")


def test_a_run_that_was_stopped_before_its_first_checkpoint_has_none(folder):
    assert folder.checkpoint() is None


@pytest.mark.parametrize("left", ["weights", "history"])
def test_a_copy_without_its_checkpoint_is_not_taken_for_a_new_run(folder, left):
    folder.write_weights(ARRAYS) if left == "weights" else rows(folder, 2)
    refused(folder.checkpoint, left, "no checkpoint.safetensors", "copy it whole")


def no_space(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_history_is_read_as_it_was_written(folder):
    rows(folder, 3)
    history = folder.history()
    assert [row["step"] for row in history] == [1, 2, 3]
    assert history[2]["train_nats_per_point"] == 1 / 3
    assert np.isnan(history[2]["validation_nats_per_point"])
    assert folder.history_file.read_text().splitlines()[0] == ",".join(FIELDS)


def test_a_history_without_rates_of_misread_characters_is_read_and_gone_on_with(folder):
    rows(folder, 3)
    lines = folder.history_file.read_text().splitlines()
    older = [line.rpartition(",")[0] for line in lines]
    folder.history_file.write_text("\n".join(older) + "\n")
    np.testing.assert_equal(folder.history()[-1]["character_error_rate"], np.nan)
    speed = typical_speed(folder.history_file)
    folder.start_history(3).close()
    assert folder.history_file.read_text().splitlines() == lines
    np.testing.assert_equal(typical_speed(folder.history_file), speed)


def test_half_a_row_at_the_end_is_passed_over(folder):
    rows(folder, 3)
    folder.history_file.write_bytes(folder.history_file.read_bytes()[:-4])
    assert [row["step"] for row in folder.history()] == [1, 2]


def test_going_on_takes_off_the_rows_after_the_checkpoint(folder):
    rows(folder, 5)
    history = folder.start_history(3)
    history.append({"step": 4, "epoch": 0})
    history.close()
    assert [row["step"] for row in folder.history()] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda lines: lines[:3], ["ends at step 2", "step 4"], id="cut off"),
        pytest.param(lambda lines: [*lines[:2], *lines[3:]], ["step 3", "step 2"], id="gap"),
        pytest.param(lambda lines: [*lines[:2], *lines[1:]], ["step 1", "step 2"], id="twice"),
        pytest.param(lambda lines: [*lines[:2], b"x,y", *lines[3:]], ["line 3"], id="other cells"),
        pytest.param(lambda lines: [*lines[:2], b",,,,,,,", *lines[3:]], ["line 3"], id="no step"),
        pytest.param(
            lambda lines: [*lines[:2], b"\xff" * 9, *lines[3:]], ["line 3"], id="not text"
        ),
        pytest.param(lambda lines: lines[1:], ["line 1"], id="no head"),
    ],
)
def test_a_history_that_does_not_lead_to_the_checkpoint_is_refused(folder, damage, words):
    rows(folder, 4)
    folder.write_checkpoint(ARRAYS, Progress(step=4))
    whole = folder.history_file.read_bytes().splitlines()
    folder.history_file.write_bytes(b"".join(line + b"\n" for line in damage(whole)))
    before = contents(folder.path)
    refused(folder.checkpoint, "history.csv", *words)
    assert contents(folder.path) == before


def test_a_full_disk_is_told_by_the_history_with_what_to_do(folder, monkeypatch):
    history = folder.start_history(0)
    with monkeypatch.context() as full:
        full.setattr("os.fsync", no_space)
        refused(history.flush, "history.csv cannot be written: No space left", "kept", "Make room")
    history.close()


def test_a_missing_plugin_is_told_with_the_package_to_install():
    record = RunRecord.model_validate(RECORD)
    refused(
        lambda: component_of(record.core, "core", Plugins((), ())),
        "needs the core 'lstm' of hwsynth-lstm 1", "pip install 'hwsynth-lstm==1'",
    )  # fmt: skip


def test_options_that_the_installed_plugin_does_not_know_are_told_as_the_runs_fault():
    record = RunRecord.model_validate(
        {**RECORD, "core": {**RECORD["core"], "options": {"cells": 3}}}
    )
    refused(
        lambda: component_of(record.core, "core", plugins()),
        "run.json does not fit the core 'lstm'", "core.cells", "made with 1",
        "pip install 'hwsynth-lstm==1'",
    )  # fmt: skip


def test_the_newest_run_is_the_one_made_last(tmp_path):
    for name in ("b", "a"):
        RunFolder(tmp_path / name).create(RunRecord.model_validate(RECORD))
        os.utime(tmp_path / name / "run.json", ns=(0, 10**9 * ord(name)))
    (tmp_path / "later, no run").mkdir()
    assert newest_run(tmp_path) == tmp_path / "b"


def test_no_runs_at_all_are_told_with_how_to_make_one(tmp_path):
    refused(lambda: newest_run(tmp_path / "runs"), "no runs in", "--run DIR", "hwsynth train")


def test_a_new_run_has_a_name_that_is_not_taken(tmp_path):
    first = new_run_path("lstm", tmp_path)
    first.mkdir()
    second = new_run_path("lstm", tmp_path)
    assert first.name.endswith("-lstm")
    assert second != first
    assert not second.exists()
