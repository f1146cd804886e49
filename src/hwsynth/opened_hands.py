"""A hand, ready to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwsynth.exported_step import ExportedStep, exported_step
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.legible_writing import LegibleWriter
from hwsynth.plugins import Plugins
from hwsynth.proofreading import Proofreader
from hwsynth.reading import reader_of
from hwsynth.writing import LineWriter, TextWriter, check_learnt_text

if TYPE_CHECKING:
    from hwsynth.backend import Device
    from hwsynth.model import HandwritingModel

X_BY_LINE = 0.3
"""Height of an x by that of a line with ascenders and descenders, about."""


def open_hand(
    hand: Hand,
    plugins: Plugins,
    *,
    device: Device = "auto",
    check: bool = True,
    prime: Ink | None = None,
) -> LegibleWriter:
    """What writes with a hand, and reads what it wrote unless `check` says not to.

    prime: a real line with its text, in the manner of which all is written; see `prime_of`.
    Where the hand has an exported step and reader, as packed ones do, no training framework is
    loaded. Raises UsageError where it was trained without text, RunError where its files are
    damaged, and as `prime_of`.
    """
    check_learnt_text(hand.conditions)
    writer = _writer(hand, plugins, device, prime)
    reader = reader_of(hand.reader, plugins, device) if check and hand.reader else None
    return LegibleWriter(
        writer,
        Proofreader(reader) if reader else None,
        x_height=hand.record.data.line_height * X_BY_LINE,
    )


def _writer(hand: Hand, plugins: Plugins, device: Device, prime: Ink | None) -> LineWriter:
    if prime is None:
        return _plain_writer(hand, plugins, device)
    # What aligns and prepares takes its time to load.
    from hwsynth.priming import PrimedWriter, prime_of

    begun = prime_of(prime, hand, plugins, device)
    return PrimedWriter(_plain_writer(hand, plugins, device), begun)


def _plain_writer(hand: Hand, plugins: Plugins, device: Device) -> TextWriter:
    model = _model(hand, plugins, device)
    return TextWriter(model, hand.record.normalisation, hand.conditions)


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
