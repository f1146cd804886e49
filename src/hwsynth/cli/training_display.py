"""What is seen of a training run: a live line in a terminal, lines now and then elsewhere."""

from __future__ import annotations

import logging
import math
import shlex
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn

from hwsynth import backend
from hwsynth.cli.options import console, say
from hwsynth.cli.reading import reading
from hwsynth.contracts import Callback
from hwsynth.errors import HwsynthError
from hwsynth.run_record import Progress as RunProgress
from hwsynth.run_record import out_of_patience
from hwsynth.watching import Figures, Watcher, watchers

if TYPE_CHECKING:
    from hwsynth.experiment import Run

log = logging.getLogger(__name__)

LINE_SECONDS = 30
"""Between lines where the output is no terminal."""
SMOOTHING = 0.95
"""Of the training nats shown: the share of what was shown before."""


def train_and_show(
    prepare: Callable[[Callable[[str, int], None]], Run], callbacks: Sequence[Callback]
) -> None:
    """Opens a run, trains it, shows it; the callbacks watch it, too."""
    with reading() as progress:
        run = prepare(progress)
    if run.finished:
        _say_finished(run)
        return
    _introduce(run)
    _warn_of_emulation(run)
    _export_step(run)
    watching = watchers(callbacks, run.watched)
    with _stop_on_signals() as stopped, _Display(run.progress.step) as display:
        after = run.train([display, *watching], stopped)
    _conclude(run, after, stopped())


def _say_finished(run: Run) -> None:
    path, progress = run.folder.path, run.progress
    if out_of_patience(progress, run.record.training):
        quoted = shlex.quote(str(path))
        how = (
            f"its last {progress.without_gain} validations gained nothing. A new run goes on from "
            f"its weights: hwsynth train --preset {quoted} --init {quoted} "
            "--set training.patience=0"
        )
    else:
        how = "a larger --steps, --epochs or --minutes goes on with it."
    say(f"{path} is finished: {progress.step} steps in {progress.minutes:.1f} minutes; {how}")


def _introduce(run: Run) -> None:
    record = run.record
    say(
        f"{run.folder.path}: {record.core.name} and {record.head.name}, "
        f"{record.parameters:,} parameters, on {record.data.lines.train:,} lines of "
        f"{record.dataset.name} ({run.batches.per_epoch} steps an epoch)"
    )
    if record.ancestors:
        parent = record.ancestors[-1]
        say(f"begun with the weights of {parent.path}, which was trained on {parent.dataset}")
    if run.progress.step:
        say(f"going on after step {run.progress.step}")


def _warn_of_emulation(run: Run) -> None:
    precision = run.record.precision
    if backend.emulates(precision):
        log.warning(
            "this processor has no units for %s, and PyTorch is many times slower with it than in "
            "float32; train a new run without --precision",
            precision,
        )


def _export_step(run: Run) -> None:
    """Before training, since weights are no part of it: so it is there however training ends."""
    from hwsynth.reader_export import write_reader
    from hwsynth.reading_model import ReadingModel
    from hwsynth.step_export import can_export, write_step

    if not can_export():
        return
    try:
        if isinstance(run.model, ReadingModel):
            write_reader(run.folder, run.record, run.model)
        else:
            write_step(run.folder, run.record, run.model)
    except HwsynthError as error:
        say(f"{error}. It trains all the same; using it will start a framework, in seconds")


def _conclude(run: Run, after: RunProgress, stopped: bool) -> None:
    path, reads = run.folder.path, run.model.head.learns == "text"
    quality = "" if after.best is None else f"; best validation {after.best:.3f} nats/point"
    if reads and after.least_error is not None:
        quality += f", {100 * after.least_error:.1f} % of characters misread"
    how = f"{after.step} steps in {after.minutes:.1f} minutes{quality}"
    say(f"{'stopped' if stopped else 'trained'}: {how}")
    if stopped:
        say(f"Go on with: hwsynth train --run {shlex.quote(str(path))} --resume")
    there = shlex.quote(str(path))
    if reads:
        say(f"Read with: hwsynth read LINES.json --run {there}")
    elif run.record.model.text != "none":
        say(f'Write with: hwsynth write "Dear reader," --run {there}')
    else:
        say(f"Draw with: hwsynth sample --run {there} --out sample.svg")


@contextmanager
def _stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM end training after the step at hand; a second Ctrl-C ends it at once."""
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Display(Watcher):
    """Epoch, step, nats/point, points/s and time left."""

    def __init__(self, done: int) -> None:
        self.done, self.began, self.said = done, time.monotonic(), time.monotonic()
        self.shown = math.nan
        self.validation = "–"
        self.share: float | None = None
        self.bar = Progress(
            BarColumn(bar_width=20), TextColumn("{task.description}"), console=console
        )
        self.task = self.bar.add_task("compiling …", total=1.0)

    def __enter__(self) -> _Display:
        if console.is_terminal:
            self.bar.start()
        else:
            console.print("compiling …")
        return self

    def __exit__(self, *_: object) -> None:
        if console.is_terminal:
            self.bar.stop()

    def stepped(self, figures: Figures) -> None:
        """See `Watcher`."""
        if self.share is None:
            # Compiling took most of the first step; time left is reckoned from its end.
            self.share, self.began = figures.used, time.monotonic()
        nats = figures.train_nats_per_point
        self.shown = (
            nats if math.isnan(self.shown) else SMOOTHING * self.shown + (1 - SMOOTHING) * nats
        )
        validated = not math.isnan(figures.validation_nats_per_point)
        if validated:
            self.validation = _validation(figures)
        text = self._text(figures)
        self.bar.update(self.task, completed=min(figures.used, 1.0), description=text)
        if not console.is_terminal and (validated or time.monotonic() - self.said > LINE_SECONDS):
            console.print(text)
            self.said = time.monotonic()

    def _text(self, figures: Figures) -> str:
        speed = f"{figures.points_per_second:,.0f} points/s"
        return (
            f"epoch {figures.epoch} step {figures.step}  train {self.shown:.3f} "
            f"valid {self.validation}  {speed}  {self._left(figures)}"
        )

    def _left(self, figures: Figures) -> str:
        advanced = figures.used - (self.share or 0.0)
        if advanced <= 0:
            return ""
        seconds = (time.monotonic() - self.began) * (1 - figures.used) / advanced
        return f"{max(seconds, 0) / 60:.1f} min left"


def _validation(figures: Figures) -> str:
    nats, misread = figures.validation_nats_per_point, figures.character_error_rate
    return f"{nats:.3f}" + ("" if math.isnan(misread) else f", CER {100 * misread:.1f} %")
