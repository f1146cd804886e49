"""A user's own lines, brought to what a model was trained on: aligned by a reader, prepared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hwsynth import corpus_table
from hwsynth.aligning import LineReader, align
from hwsynth.alignment import ReaderRecord
from hwsynth.contracts import Role
from hwsynth.corpus import Corpus
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.preparation import prepare_line, writer_spreads
from hwsynth.run_options import PreparationOptions

WRITER = "own"


@dataclass(frozen=True)
class _OwnLines:
    """Where a corpus says that its lines come from."""

    name: ClassVar[str] = "own lines"
    licence: ClassVar[str] = "the writer's own"
    splits: ClassVar[Mapping[str, Role]] = {"own": "train"}


def corpus_of_own(
    lines: Sequence[Ink], reader: LineReader, record: ReaderRecord, options: PreparationOptions
) -> tuple[Corpus, list[str]]:
    """Lines of one writer as a model's preparation `options` have them, with the ends of their
    characters; and of those that cannot be aligned, which and why.

    Raises DataError where none can be.
    """
    named = [
        dataclasses.replace(
            line, writer=WRITER, split="own", id=f"{number}: {line.id or line.text}"
        )
        for number, line in enumerate(lines, start=1)
    ]
    corpus = _corpus(named)
    alignment = align(corpus, np.arange(len(corpus)), reader, record)
    left_out = [
        f"{line.source}: {line.reason} {line.detail}".strip() for line in alignment.left_out
    ]
    if not alignment.lines:
        raise DataError(
            f"none of the {len(lines)} lines can be aligned with its text: {'; '.join(left_out)}"
        )
    spread = writer_spreads(corpus).get(WRITER)
    prepared = [
        prepare_line(alignment.mark(line), options.form, spread)
        for line in named
        if line.id in alignment.lines
    ]
    return _corpus(prepared), left_out


def _corpus(lines: Sequence[Ink]) -> Corpus:
    return Corpus(corpus_table.build(_OwnLines(), lines))
