"""A hand, ready to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwsynth.exported_step import ExportedStep, exported_step
from hwsynth.hands import Hand
from hwsynth.legible_writing import LegibleWriter
from hwsynth.plugins import Plugins
from hwsynth.proofreading import Proofreader
from hwsynth.reading import reader_of
from hwsynth.writing import TextWriter, check_learnt_text

if TYPE_CHECKING:
    from hwsynth.backend import Device
    from hwsynth.model import HandwritingModel

X_BY_LINE = 0.3
"""Height of an x by that of a line with ascenders and descenders, about."""


def open_hand(
    hand: Hand, plugins: Plugins, *, device: Device = "auto", check: bool = True
) -> LegibleWriter:
    """What writes with a hand, and reads what it wrote unless `check` says not to.

    Where the hand has an exported step and reader, as packed ones do, no training framework is
    loaded. Raises UsageError where it was trained without text, RunError where its files are
    damaged.
    """
    check_learnt_text(hand.conditions)
    model = _model(hand, plugins, device)
    writer = TextWriter(model, hand.record.normalisation, hand.conditions)
    reader = reader_of(hand.reader, plugins, device) if check and hand.reader else None
    return LegibleWriter(
        writer,
        Proofreader(reader) if reader else None,
        x_height=hand.record.data.line_height * X_BY_LINE,
    )


def _model(hand: Hand, plugins: Plugins, device: Device) -> ExportedStep | HandwritingModel:
    """The exported step, where there is one and the CPU will do; it starts at once."""
    if device != "gpu":
        step = exported_step(hand.generator, hand.record)
        if step is not None:
            return step
    return trained_model(hand, plugins, device)


def trained_model(hand: Hand, plugins: Plugins, device: Device = "auto") -> HandwritingModel:
    """A hand's generator itself, which says more than what it draws; it takes a training framework.

    Raises UsageError where none is installed, RunError where a plugin or weights are missing.
    """
    from hwsynth import backend

    backend.prepare(device)
    from hwsynth.experiment import load

    return load(hand.generator.path, plugins)[1]
