"""page.html of the run's folder, kept up to date, with samples drawn along the way."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, ClassVar

from hwsynth.callbacks.drawing import Drawing, DrawingCallback
from hwsynth.exporters.svg import Svg
from hwsynth.watching import Figures, Watcher

if TYPE_CHECKING:
    from hwsynth.watching import WatchedRun

PAGE_SECONDS = 60
"""Between writings of the page, which takes longer than a step where validations are frequent."""


class RunPage(DrawingCallback):
    """Draws samples into the run's folder, and writes its page."""

    name: ClassVar[str] = "page"

    def watch(self, run: WatchedRun) -> Watcher:
        """See `Callback`."""
        return _PageWatcher(self, run)


class _PageWatcher(Watcher):
    def __init__(self, options: RunPage, run: WatchedRun) -> None:
        self.folder = run.folder
        self.drawing = Drawing(options, run)
        self.step = 0
        self.written_at = -math.inf

    def stepped(self, figures: Figures) -> None:
        """See `Watcher`."""
        self.step = figures.step
        if self.drawing.due:
            self._draw()

    def checkpointed(self) -> None:
        """See `Watcher`."""
        if time.monotonic() - self.written_at >= PAGE_SECONDS:
            self._write()

    def ended(self) -> None:
        """See `Watcher`."""
        try:
            if self.step:
                self._draw()
        finally:
            self._write()

    def _draw(self) -> None:
        page = self.drawing.page()
        if page is not None:
            self.folder.samples.mkdir(exist_ok=True)
            Svg().write(page, self.folder.sample_file(self.step))

    def _write(self) -> None:
        from hwsynth.run_page import write_page

        write_page(self.folder)
        self.written_at = time.monotonic()
