"""Watching a run as it trains: what a callback is told, and when.

Nothing that watches may change what is learnt, and its time counts against no budget. One that
fails is named, once, and training goes on without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from hwsynth.errors import HwsynthError

if TYPE_CHECKING:
    from hwsynth.contracts import Callback
    from hwsynth.experiment import AnyModel
    from hwsynth.run_folder import RunFolder
    from hwsynth.run_record import RunRecord

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Figures:
    """What a step showed."""

    step: int
    epoch: int
    train_nats_per_point: float
    validation_nats_per_point: float
    """NaN where the step was not followed by a validation."""
    character_error_rate: float
    """Of a reader, on the same lines; NaN for what writes."""
    learning_rate: float
    points_per_second: float
    minutes: float
    used: float
    """Share of the budget that is spent."""


@dataclass(frozen=True)
class WatchedRun:
    """A run that is about to be trained on."""

    folder: RunFolder
    record: RunRecord
    model: AnyModel
    """Its weights are those of the moment; leave them, and all that is random in it, alone."""


class Watcher:
    """What a callback does at the moments of a run; nothing, where it does not say."""

    def stepped(self, figures: Figures) -> None:
        """After every step, and its validation if there was one."""

    def checkpointed(self) -> None:
        """After a checkpoint, when history and weights are on disk."""

    def ended(self) -> None:
        """At the end, also of a run that was stopped or failed."""


class Guarded(Watcher):
    """A watcher that can fail without harm."""

    def __init__(self, name: str, watcher: Watcher) -> None:
        self.name = name
        self.watcher: Watcher | None = watcher

    def stepped(self, figures: Figures) -> None:
        """See `Watcher`."""
        self._tell(lambda watcher: watcher.stepped(figures))

    def checkpointed(self) -> None:
        """See `Watcher`."""
        self._tell(lambda watcher: watcher.checkpointed())

    def ended(self) -> None:
        """See `Watcher`."""
        self._tell(lambda watcher: watcher.ended())

    def _tell(self, moment: Callable[[Watcher], None]) -> None:
        if self.watcher is None:
            return
        try:
            moment(self.watcher)
        except (Exception, SystemExit) as error:
            self.watcher = None
            _report(self.name, error)


def able(callbacks: Iterable[Callback]) -> list[Callback]:
    """The callbacks whose `check` passes. A HwsynthError of one is raised: it says why the run
    should not start; any other error leaves that callback out."""
    return [each for each in callbacks for _ in _attempted(each.name, each.check)]


def watchers(callbacks: Iterable[Callback], run: WatchedRun) -> list[Watcher]:
    """What the callbacks watch with; errors are taken as by `able`."""
    return [
        Guarded(callback.name, watcher)
        for callback in callbacks
        for watcher in _attempted(callback.name, partial(callback.watch, run))
    ]


def _attempted(name: str, call: Callable[[], T]) -> list[T]:
    """What a callback gives, or nothing where it fails."""
    try:
        return [call()]
    except HwsynthError:
        raise
    except (Exception, SystemExit) as error:
        _report(name, error)
        return []


def _report(name: str, error: BaseException) -> None:
    log.warning(
        "callback '%s' failed and is left out from here on: %s: %s",
        name,
        type(error).__name__,
        " ".join(str(error).split()),
    )
