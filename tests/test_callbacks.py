"""What watches a run as it trains."""

from __future__ import annotations

import logging
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth.callbacks import RunPage, TensorBoard
from hwsynth.cli import main
from hwsynth.cli.callbacks import NONE, chosen_callbacks
from hwsynth.contracts import Callback, Page
from hwsynth.errors import UsageError
from hwsynth.plots import lines_image
from hwsynth.plugins import find
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import Budget
from hwsynth.watching import Figures, WatchedRun, Watcher, able, watchers
from small_corpus import experiment, ink_of, plugins

FIGURES = Figures(1, 0, 2.0, math.nan, math.nan, 0.1, 50.0, 0.5, 0.25)
SMALL = {"lines": 2, "points": 20}


class Diary(Callback):
    """Writes down what it is told, and fails where it is asked to."""

    name = "diary"

    fails: str = ""
    """The moment at which it fails."""

    def check(self) -> None:
        if self.fails == "check":
            raise ImportError("no library of pens")

    def watch(self, run: WatchedRun) -> Watcher:
        if self.fails == "watch":
            raise ValueError("no pen")
        if self.fails == "refuse":
            raise UsageError("no paper; buy some")
        return _Writer(self, run)


class _Writer(Watcher):
    def __init__(self, diary: Diary, run: WatchedRun) -> None:
        self.fails, self.file = diary.fails, run.folder.path / "diary.txt"

    def _write(self, moment: str) -> None:
        with self.file.open("a") as file:
            file.write(f"{moment}\n")
        if self.fails == "exit":
            sys.exit(3)
        if moment.startswith(self.fails or "never"):
            raise ValueError("ink\nspilt")

    def stepped(self, figures: Figures) -> None:
        self._write(f"step {figures.step}")

    def checkpointed(self) -> None:
        self._write("checkpoint")

    def ended(self) -> None:
        self._write("end")


def trained(path: Path, callbacks: Sequence[Callback], steps: int = 3, **fields: Any) -> RunFolder:
    from hwsynth.experiment import start

    run = start(experiment(budget=Budget(steps=steps), **fields), path, plugins())
    run.train(watchers(callbacks, run.watched))
    return run.folder


def moments(folder: RunFolder) -> list[str]:
    return (folder.path / "diary.txt").read_text().splitlines()


@pytest.fixture
def watched(tmp_path: Path) -> Any:
    """A run that needs no framework, for callbacks that only look at its folder."""
    return WatchedRun(RunFolder(tmp_path), record=None, model=None)  # type: ignore[arg-type]


@pytest.mark.usefixtures("formula")
def test_a_callback_is_told_of_each_moment_in_order(tmp_path):
    steps = [line for line in moments(trained(tmp_path / "run", [Diary()])) if line[0] != "c"]
    assert steps == ["step 1", "step 2", "step 3", "end"]
    assert "checkpoint" in moments(RunFolder(tmp_path / "run"))


@pytest.mark.parametrize("moment", ["step 2", "checkpoint", "end", "watch"])
@pytest.mark.usefixtures("formula")
def test_a_callback_that_fails_is_named_once_and_training_goes_on(tmp_path, caplog, moment):
    folder = trained(tmp_path / "run", [Diary(fails=moment)])
    assert folder.checkpoint()[1].step == 3
    (warning,) = [record.getMessage() for record in caplog.records if "diary" in record.message]
    assert re.search(r"'diary' failed and is left out .*: ValueError: (ink spilt|no pen)", warning)
    if moment == "step 2":
        assert moments(folder)[-1] == "step 2"


def test_a_callback_that_cannot_watch_at_all_refuses_the_run(watched):
    with pytest.raises(UsageError, match="no paper; buy some"):
        watchers([Diary(fails="refuse")], watched)


def test_a_callback_whose_check_fails_is_named_and_left_out(caplog):
    sound = Diary()
    assert able([Diary(fails="check"), sound]) == [sound]
    assert "callback 'diary' failed and is left out from here on: ImportError" in caplog.text


@pytest.mark.usefixtures("formula")
def test_a_callback_cannot_end_the_program(tmp_path, caplog):
    folder = trained(tmp_path / "run", [Diary(fails="exit")])
    assert folder.checkpoint()[1].step == 3
    assert "callback 'diary' failed and is left out from here on: SystemExit: 3" in caplog.text


@pytest.mark.usefixtures("formula")
def test_the_end_is_told_of_a_run_that_failed(tmp_path):
    from hwsynth.errors import TrainingError
    from hwsynth.experiment import start

    run = start(experiment(budget=Budget(steps=3)), tmp_path / "run", plugins())
    weight = run.model.trainable_variables[0]

    class Vandal(Watcher):
        def stepped(self, figures: Figures) -> None:
            weight.assign(np.full(weight.shape, np.nan, np.float32))

    with pytest.raises(TrainingError):
        run.train([Vandal(), *watchers([Diary()], run.watched)])
    assert moments(run.folder) == ["step 1", "end"]


@pytest.mark.usefixtures("formula")
def test_the_end_is_told_of_a_run_that_failed_before_its_first_step(tmp_path, monkeypatch):
    from hwsynth.errors import RunError

    def full(folder: RunFolder, steps: int) -> Any:
        raise RunError("no space")

    monkeypatch.setattr(RunFolder, "start_history", full)
    with pytest.raises(RunError, match="no space"):
        trained(tmp_path / "run", [Diary()])
    assert moments(RunFolder(tmp_path / "run")) == ["end"]


@pytest.mark.usefixtures("formula")
def test_watching_changes_nothing_that_is_learnt(tmp_path):
    from hwsynth.run_options import ModelOptions

    alone, seen = (
        trained(tmp_path / name, callbacks, steps=5, model=ModelOptions(dropout=0.3))
        for name, callbacks in (
            ("alone", []),
            ("seen", [RunPage(minutes=1e-9, **SMALL), Diary()]),
        )
    )
    losses = [[row["train_nats_per_point"] for row in run.history()] for run in (alone, seen)]
    assert losses[0] == losses[1]
    for name, weights in alone.weights().items():
        np.testing.assert_array_equal(weights, seen.weights()[name])


@pytest.mark.usefixtures("formula")
def test_the_page_is_written_with_samples_of_each_drawing(tmp_path):
    folder = trained(tmp_path / "run", [RunPage(minutes=1e-9, **SMALL)])
    assert [step for step, _ in folder.sample_files()] == [1, 2, 3]
    html = folder.page_file.read_text()
    assert html.count("<img") >= 3


@pytest.mark.usefixtures("formula")
def test_samples_come_as_seldom_as_asked_for_and_at_the_end(tmp_path):
    folder = trained(tmp_path / "run", [RunPage(minutes=60, **SMALL)])
    assert [step for step, _ in folder.sample_files()] == [3]


def test_a_page_is_written_once_a_minute_however_often_the_run_validates(monkeypatch, watched):
    clock, written = [0.0], []
    monkeypatch.setattr("hwsynth.callbacks.page.Drawing", lambda options, run: None)
    monkeypatch.setattr("hwsynth.callbacks.page.time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr("hwsynth.run_page.write_page", lambda folder: written.append(clock[0]))
    watcher = RunPage().watch(watched)
    for clock[0] in (0.0, 1.0, 59.0, 60.0, 61.0):
        watcher.checkpointed()
    watcher.ended()
    assert written == [0.0, 60.0, 61.0]


def test_the_page_is_written_at_the_end_also_where_nothing_can_be_drawn(monkeypatch, watched):
    def fail() -> Page:
        raise OSError("no space")

    written: list[RunFolder] = []
    drawing = SimpleNamespace(due=False, page=fail)
    monkeypatch.setattr("hwsynth.callbacks.page.Drawing", lambda options, run: drawing)
    monkeypatch.setattr("hwsynth.run_page.write_page", written.append)
    watcher = RunPage().watch(watched)
    watcher.stepped(FIGURES)
    with pytest.raises(OSError, match="no space"):
        watcher.ended()
    assert written == [watched.folder]


def test_lines_that_leave_all_bounds_are_not_drawn(monkeypatch, trained_run):
    from hwsynth.callbacks.drawing import Drawing
    from hwsynth.errors import DataError
    from hwsynth.experiment import load

    record, model = load(trained_run, plugins())
    drawing = Drawing(RunPage(**SMALL), WatchedRun(RunFolder(trained_run), record, model))
    assert drawing.page() is not None

    def far(**how: Any) -> Any:
        raise DataError("left all bounds")

    monkeypatch.setattr(drawing, "_lines", far)
    assert drawing.page() is None


@pytest.mark.usefixtures("formula")
def test_tensorboard_is_given_scalars_and_images(tmp_path):
    pytest.importorskip("tensorboardX", reason="needs the extra 'tensorboard'")
    folder = trained(tmp_path / "run", [TensorBoard(**SMALL)])
    (file,) = (folder.path / "tensorboard").glob("events*")
    found = list(events(file))
    scalars = {(step, name): value for step, name, value in found if value is not None}
    for row in folder.history():
        step = int(row["step"])
        for column, name in (
            ("train_nats_per_point", "nats_per_point/train"),
            ("learning_rate", "learning_rate"),
        ):
            assert scalars[step, name] == pytest.approx(row[column], rel=1e-6)
    assert (3, "nats_per_point/validation") in scalars
    assert [(step, name) for step, name, value in found if value is None] == [(3, "samples")]


def events(file: Path) -> Any:
    """(step, name, value, or None of an image) of what is in a file of TensorBoard's."""
    from tensorboardX.proto.event_pb2 import Event

    data = file.read_bytes()
    while data:
        # A record: its length, a checksum, the event, a checksum.
        length = int.from_bytes(data[:8], "little")
        event = Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]
        for value in event.summary.value:
            image = value.HasField("image")
            yield event.step, value.tag, None if image else value.simple_value


def test_without_its_package_tensorboard_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install hwsynth\[tensorboard\]"):
        chosen_callbacks(["tensorboard"], [], find())


def test_an_image_holds_every_line():
    lines = [ink_of([(10, 0), (10, 5)]), ink_of([(3, -40)] * 20)]
    image = lines_image(Page(lines, line_height=40), width=400)
    assert image.shape == (80, 400, 3)
    assert image.dtype == np.uint8
    halves = (image[:40], image[40:])
    assert all((half < 128).any() and (half[0] == 255).all() for half in halves)


def test_options_of_a_callback_stand_under_its_own_name():
    given = ("page.minutes=2", "core.units=8")
    callbacks, rest = chosen_callbacks(["page"], given, find())
    assert callbacks == [RunPage(minutes=2)]
    assert rest == ("core.units=8",)


@pytest.mark.parametrize(
    ("names", "assignments", "message"),
    [
        (["none", "page"], [], "leaves nothing to watch"),
        (["diary"], [], "no callback named 'diary'; there are: page, tensorboard"),
        (["none"], ["page.minutes=2"], "add --callback page"),
        (["page"], ["page.seconds=2"], "minutes"),
        (["page"], ["page.minutes=0"], "minutes"),
    ],
)
def test_callbacks_that_cannot_be_are_refused(names, assignments, message):
    with pytest.raises(UsageError, match=message):
        chosen_callbacks(names, assignments, find())


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.usefixtures("formula")
def test_a_callback_of_another_package_watches_a_run_of_the_command_line(monkeypatch, tmp_path):
    package = tmp_path / "hwsynth_diary-2.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: hwsynth-diary\nVersion: 2.0\n")
    (package / "entry_points.txt").write_text("[hwsynth]\ndiary = diary_plugin\n")
    (tmp_path / "diary_plugin.py").write_text(
        "import hwsynth\nfrom test_callbacks import Diary\n\n"
        "@hwsynth.hookimpl\ndef hwsynth_callbacks():\n    return [Diary]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    train = ("train", "--dataset", "formula", "--core", "lstm", "--steps", "2", "--run", "new")
    small = ("--set", "core.units=4", "--set", "head.mixtures=2", "--set", "batches.crop=20")
    result = command(*train, *small, "--callback", "diary")
    assert result.exit_code == 0, result.output
    assert moments(RunFolder(Path("new")))[-1] == "end"
    assert not RunFolder(Path("new")).page_file.exists()
    more = command("train", "--run", "new", "--resume", "--steps", "3", "--callback", "none")
    assert more.exit_code == 0, more.output
    assert moments(RunFolder(Path("new")))[-1] == "end"
    assert "step 3" not in moments(RunFolder(Path("new")))


def test_a_callback_may_not_take_the_name_of_other_options(monkeypatch):
    from hwsynth import plugin_loading
    from hwsynth.errors import PluginError

    class Model(Callback):
        """Named like a section."""

        name = "model"

    with pytest.raises(PluginError, match="'model', under which other options are set"):
        plugin_loading.check_class(Model)


def test_every_section_of_options_is_a_name_that_no_callback_may_take():
    from hwsynth.plugin_loading import _SECTIONS
    from hwsynth.presets import COMPONENTS
    from hwsynth.run_options import SECTIONS

    assert {*COMPONENTS, *SECTIONS, NONE} <= _SECTIONS


@pytest.fixture(autouse=True)
def _warnings_are_seen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="hwsynth")
