"""What a model writes as it learns: the same lines again and again, now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from pydantic import Field

from hwsynth.contracts import Callback, Page
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.preparation import without_origin
from hwsynth.styles import Style
from hwsynth.watching import Figures, Watcher

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel
    from hwsynth.run_record import RunRecord
    from hwsynth.watching import WatchedRun

SENTENCE = "Quick brown foxes jump over lazy dogs."
"""What models that write texts are shown with."""


class DrawingCallback(Callback):
    """Options of callbacks that draw samples."""

    minutes: float = Field(5.0, gt=0)
    """Minutes between drawings; one more is made at the end."""
    lines: int = Field(4, gt=0)
    """Lines that are drawn."""
    points: int = Field(600, gt=0)
    """Points a line; texts end where they end."""
    bias: float = Field(0.5, ge=0)
    """0: as varied as what was learnt; higher: neater and more alike."""


class Drawing:
    """Draws with the weights of the moment, from the run's seed."""

    def __init__(self, options: DrawingCallback, run: WatchedRun) -> None:
        self.options, self.record = options, run.record
        self._lines = _drawn_by(run, options)
        self.drawn_at = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.monotonic() - self.drawn_at >= 60 * self.options.minutes

    def page(self) -> Page | None:
        """The lines as they are written now; None where they leave all bounds, or come to no end,
        as those of a model that has hardly begun to learn may, and for a model that reads."""
        if self._lines is None:
            return None
        try:
            lines = self._lines()
        except DataError:
            return None
        finally:
            self.drawn_at = time.monotonic()
        return Page(lines, self.record.data.line_height)


Lines = Callable[[], list[Ink]]


def _drawn_by(run: WatchedRun, options: DrawingCallback) -> Lines | None:
    """What draws; what reads draws nothing."""
    if run.model.head.learns != "ink":
        return None
    model = cast("HandwritingModel", run.model)
    return (_texts if run.record.model.text != "none" else _samples)(model, run.record, options)


def _samples(model: HandwritingModel, record: RunRecord, options: DrawingCallback) -> Lines:
    """What the model likes."""
    from hwsynth.sampling import Sampler

    sampler = Sampler(model, record.normalisation)

    def draw() -> list[Ink]:
        lines = sampler(
            count=options.lines, steps=options.points, bias=options.bias, seed=record.seed
        )
        return [without_origin(line) for line in lines] if record.preparation.origin else lines

    return draw


def _texts(model: HandwritingModel, record: RunRecord, options: DrawingCallback) -> Lines:
    """A short text, in the styles of two writers in turn."""
    from hwsynth.experiment import conditions_of
    from hwsynth.writing import TextWriter

    writer = TextWriter(model, record.normalisation, conditions_of(record, model))
    text = short_text(record.data.charset)

    def draw() -> list[Ink]:
        styles = _two_styles(model, options.lines)
        return writer([text] * options.lines, styles, bias=options.bias, seed=record.seed)

    return draw


def _two_styles(model: HandwritingModel, lines: int) -> list[Style] | None:
    """Of the first writer and the last one in turn; None for a model without styles."""
    from keras import ops

    if model.writers is None:
        return None
    vectors = ops.convert_to_numpy(model.writers.table)
    last = len(vectors) - 1
    return [Style(vectors[last if i % 2 else min(1, last)]) for i in range(lines)]


def short_text(charset: str) -> str:
    """Some words that a model with these characters can write.

    >>> short_text(" .dgos")
    'dogs.'
    """
    words = [word for word in SENTENCE.split() if set(word) <= set(charset)]
    alone = "".join(char for char in charset if not char.isspace())
    return " ".join(words if " " in charset else words[:1]) or alone[: len(SENTENCE)]


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
