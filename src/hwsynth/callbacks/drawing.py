"""What a model writes as it learns: the same lines again and again, now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydantic import Field

from hwsynth.contracts import Callback, Page
from hwsynth.errors import DataError
from hwsynth.preparation import without_origin
from hwsynth.watching import Figures, Watcher

if TYPE_CHECKING:
    from hwsynth.watching import WatchedRun


class DrawingCallback(Callback):
    """Options of callbacks that draw samples."""

    minutes: float = Field(5.0, gt=0)
    """Minutes between drawings; one more is made at the end."""
    lines: int = Field(4, gt=0)
    """Lines that are drawn."""
    points: int = Field(600, gt=0)
    """Points a line."""
    bias: float = Field(0.5, ge=0)
    """0: as varied as what was learnt; higher: neater and more alike."""


class Drawing:
    """Draws with the weights of the moment, from the run's seed."""

    def __init__(self, options: DrawingCallback, run: WatchedRun) -> None:
        from hwsynth.sampling import Sampler

        self.options, self.record = options, run.record
        self.sampler = Sampler(run.model, run.record.normalisation)
        self.drawn_at = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.monotonic() - self.drawn_at >= 60 * self.options.minutes

    def page(self) -> Page | None:
        """The lines as they are written now; None where they leave all bounds, as those of a
        model that has hardly begun to learn may."""
        options = self.options
        try:
            lines = self.sampler(
                count=options.lines,
                steps=options.points,
                bias=options.bias,
                seed=self.record.seed,
            )
        except DataError:
            return None
        finally:
            self.drawn_at = time.monotonic()
        if self.record.preparation.origin:
            lines = [without_origin(line) for line in lines]
        return Page(lines, self.record.data.line_height)


class DrawingWatcher(Watcher):
    """Draws when it is time, and once more at the end."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.step = 0

    def stepped(self, figures: Figures) -> None:
        """See `Watcher`."""
        self.step = figures.step
        if self.drawing.due:
            self._draw()

    def ended(self) -> None:
        """See `Watcher`."""
        try:
            if self.step:
                self._draw()
        finally:
            self.finish()

    def _draw(self) -> None:
        page = self.drawing.page()
        if page is not None:
            self.show(page)

    def show(self, page: Page) -> None:
        """Puts what was drawn after `self.step` steps where it is looked at."""
        raise NotImplementedError

    def finish(self) -> None:
        """What is left to do at the end, whether it could be drawn or not."""
        raise NotImplementedError
