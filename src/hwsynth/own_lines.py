"""A user's own lines, brought to what a model was trained on: aligned by a reader, prepared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hwsynth import corpus_table
from hwsynth.aligning import LineReader, align
from hwsynth.alignment import ReaderRecord
from hwsynth.contracts import Role
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError, UsageError
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.plugins import Plugins
from hwsynth.preparation import prepare_line, writer_spreads
from hwsynth.reading import reader_of, record_of_reader
from hwsynth.run_options import PreparationOptions

if TYPE_CHECKING:
    from hwsynth.backend import Device

WRITER = "own"


@dataclass(frozen=True)
class _OwnLines:
    """Where a corpus says that its lines come from."""

    name: ClassVar[str] = "own lines"
    licence: ClassVar[str] = "the writer's own"
    splits: ClassVar[Mapping[str, Role]] = {"own": "train"}


def corpus_for(
    hand: Hand, lines: Sequence[Ink], plugins: Plugins, device: Device = "auto"
) -> tuple[Corpus, list[str]]:
    """Lines of one writer as a hand's model knows lines, with the ends of their characters where it
    is told those; and of those that cannot be used, which and why.

    Raises UsageError where the ends have to be found and the hand has no reader, DataError where
    no line can be used.
    """
    form = hand.record.preparation.form
    if hand.conditions.text != "aligned":
        return _prepared(_named(lines), form), []
    if hand.reader is None:
        raise UsageError("the lines have to be aligned: give a run that reads with --reader")
    reader = reader_of(hand.reader, plugins, device)
    return corpus_of_own(lines, reader, record_of_reader(hand.reader), form)


def corpus_of_own(
    lines: Sequence[Ink], reader: LineReader, record: ReaderRecord, options: PreparationOptions
) -> tuple[Corpus, list[str]]:
    """Lines of one writer as a model's preparation `options` have them, with the ends of their
    characters; and of those that cannot be aligned, which and why.

    Raises DataError where none can be.
    """
    named = _named(lines)
    corpus = _corpus(named)
    alignment = align(corpus, np.arange(len(corpus)), reader, record)
    left_out = [
        f"{line.source}: {line.reason} {line.detail}".strip() for line in alignment.left_out
    ]
    if not alignment.lines:
        raise DataError(
            f"none of the {len(lines)} lines can be aligned with its text: {'; '.join(left_out)}"
        )
    aligned = [alignment.mark(line) for line in named if line.id in alignment.lines]
    return _prepared(aligned, options.form), left_out


def _named(lines: Sequence[Ink]) -> list[Ink]:
    """As lines of one corpus, by one writer."""
    return [
        dataclasses.replace(
            line, writer=WRITER, split="own", id=f"{number}: {line.id or line.text}"
        )
        for number, line in enumerate(lines, start=1)
    ]


def _prepared(lines: Sequence[Ink], form: PreparationOptions) -> Corpus:
    spread = writer_spreads(_corpus(lines)).get(WRITER)
    return _corpus([prepare_line(line, form, spread) for line in lines])


def _corpus(lines: Sequence[Ink]) -> Corpus:
    return Corpus(corpus_table.build(_OwnLines(), lines))
