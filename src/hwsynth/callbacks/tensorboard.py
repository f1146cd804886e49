"""Figures and samples for TensorBoard, on every backend."""

from __future__ import annotations

import importlib.util
import math
from typing import TYPE_CHECKING, ClassVar

from hwsynth.callbacks.drawing import Drawing, DrawingCallback, DrawingWatcher
from hwsynth.contracts import Page
from hwsynth.errors import UsageError
from hwsynth.run_figures import progress_of
from hwsynth.watching import Figures, Watcher

if TYPE_CHECKING:
    from hwsynth.watching import WatchedRun


class TensorBoard(DrawingCallback):
    """Writes scalars of every step, and samples as images, into the run's `tensorboard`."""

    name: ClassVar[str] = "tensorboard"

    def check(self) -> None:
        """Raises UsageError where tensorboardX is not installed."""
        if importlib.util.find_spec("tensorboardX") is None:
            raise UsageError(
                "callback 'tensorboard' needs the package tensorboardX, which is not installed. "
                "Try: pip install hwsynth[tensorboard], or leave out --callback tensorboard"
            )

    def watch(self, run: WatchedRun) -> Watcher:
        """See `Callback`."""
        return _BoardWatcher(self, run)


class _BoardWatcher(DrawingWatcher):
    def __init__(self, options: TensorBoard, run: WatchedRun) -> None:
        from tensorboardX import SummaryWriter

        super().__init__(Drawing(options, run))
        # What a run that was killed had written beyond its last checkpoint is written again.
        progress = progress_of(run.folder)
        purge = progress.step + 1 if progress else None
        self.writer = SummaryWriter(str(run.folder.path / "tensorboard"), purge_step=purge)

    def stepped(self, figures: Figures) -> None:
        """See `Watcher`."""
        scalars = {
            "nats_per_point/train": figures.train_nats_per_point,
            "nats_per_point/validation": figures.validation_nats_per_point,
            "character_error_rate": figures.character_error_rate,
            "learning_rate": figures.learning_rate,
            "points_per_second": figures.points_per_second,
        }
        for name, value in scalars.items():
            if not math.isnan(value):
                self.writer.add_scalar(name, value, figures.step)
        super().stepped(figures)

    def checkpointed(self) -> None:
        """See `Watcher`."""
        self.writer.flush()

    def show(self, page: Page) -> None:
        """See `DrawingWatcher`."""
        from hwsynth.plots import lines_image

        self.writer.add_image("samples", lines_image(page), self.step, dataformats="HWC")

    def finish(self) -> None:
        """Closes the file."""
        self.writer.close()
