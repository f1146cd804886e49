"""page.html of the run's folder, kept up to date, with samples drawn along the way."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, ClassVar

from hwsynth.callbacks.drawing import Drawing, DrawingCallback, DrawingWatcher
from hwsynth.contracts import Page
from hwsynth.exporters.svg import Svg
from hwsynth.watching import Watcher

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


class _PageWatcher(DrawingWatcher):
    def __init__(self, options: RunPage, run: WatchedRun) -> None:
        super().__init__(Drawing(options, run))
        self.folder = run.folder
        self.written_at = -math.inf

    def checkpointed(self) -> None:
        """See `Watcher`."""
        if time.monotonic() - self.written_at >= PAGE_SECONDS:
            self._write()

    def show(self, page: Page) -> None:
        """See `DrawingWatcher`."""
        self.folder.samples.mkdir(exist_ok=True)
        Svg().write(page, self.folder.sample_file(self.step))

    def finish(self) -> None:
        """See `DrawingWatcher`."""
        self._write()

    def _write(self) -> None:
        from hwsynth.run_page import write_page

        write_page(self.folder)
        self.written_at = time.monotonic()
