"""Lines of a corpus and a reader -> where each character ends.

A line is brought to the form that the reader knows; the reader's frames stand for points of that
form, and the ends that are found there for points of the line as it was recorded.

Axis names: lines (of the corpus), points, frames, chars (of a text), written (chars but spaces).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

import hwsynth
from hwsynth import corpus_table
from hwsynth.alignment import About, AlignedLine, Alignment, ReaderRecord
from hwsynth.alphabet import Alphabet, named, written
from hwsynth.character_ends import among, character_ends
from hwsynth.contracts import Dropped
from hwsynth.corpus import Corpus
from hwsynth.ink import Ink
from hwsynth.preparation import PreparationOptions, trace_line, writer_spreads
from hwsynth.text_paths import frames_of_texts


@dataclass(frozen=True)
class Frames:
    """What a reader makes of some lines, side by side."""

    lines: Sequence[int]
    """Which lines."""
    log_probabilities: NDArray[np.floating]
    """(lines, frames, classes): the blank, then the characters in the order of the charset."""
    counts: NDArray[np.int64]
    """(lines,) how many frames each line has."""


class FrameReader(Protocol):
    """What tells for each frame of a line how likely each character is."""

    @property
    def record(self) -> ReaderRecord:
        """What is to be kept of it."""

    @property
    def charset(self) -> str:
        """Its characters."""

    @property
    def preparation(self) -> PreparationOptions:
        """The form of lines that it knows."""

    @property
    def points_a_frame(self) -> int:
        """Frame f stands for point 1 + f·points_a_frame of a prepared line."""

    def read(self, corpus: Corpus) -> Iterator[Frames]:
        """All lines of a prepared corpus, in any order."""


@dataclass(frozen=True)
class _Prepared:
    """A line that can be read."""

    own: Ink
    """As it was recorded."""
    ink: Ink
    """As the reader is to see it."""
    index: NDArray[np.float64]
    """(points,) where its points lie among the line's own."""
    classes: NDArray[np.int32]
    """(chars,) of its text."""

    @property
    def id(self) -> str:
        return str(self.own.id)

    @property
    def text(self) -> str:
        return self.own.text or ""


def align(
    corpus: Corpus,
    lines: NDArray[np.int64],
    reader: FrameReader,
    *,
    min_score: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Alignment:
    """The alignment of some lines of a corpus; lines that score below `min_score` are left out.

    `progress(done, of)` is called as lines are read.
    """
    found: dict[str, AlignedLine | Dropped] = {}
    prepared = []
    for line in _prepared(corpus, lines, reader):
        if isinstance(line, Dropped):
            found[line.source] = line
        else:
            prepared.append(line)
    for id, aligned in _aligned(corpus, prepared, reader, progress):
        found[id] = _good_enough(id, aligned, min_score)
    in_order = [(corpus.ids[line], found[corpus.ids[line]]) for line in lines]
    return Alignment(
        _about(corpus, reader),
        {id: line for id, line in in_order if isinstance(line, AlignedLine)},
        tuple(line for _, line in in_order if isinstance(line, Dropped)),
    )


def _about(corpus: Corpus, reader: FrameReader) -> About:
    return About(
        hwsynth=hwsynth.__version__,
        dataset=corpus.name,
        fingerprint=corpus.fingerprint,
        licence=corpus.licence,
        reader=reader.record,
    )


def _prepared(
    corpus: Corpus, lines: NDArray[np.int64], reader: FrameReader
) -> Iterator[_Prepared | Dropped]:
    options = reader.preparation
    spreads = writer_spreads(corpus) if options.unit == "writer" else {}
    alphabet = Alphabet(reader.charset)
    for line in lines:
        ink = corpus[int(line)]
        spread = spreads.get(ink.writer) if ink.writer else None
        yield _unreadable(ink, alphabet) or _for_reader(ink, alphabet, options, spread)


def _unreadable(ink: Ink, alphabet: Alphabet) -> Dropped | None:
    id, text = str(ink.id), ink.text or ""
    if not text.strip():
        return Dropped(id, "no text", "nothing is known to be written")
    if lacking := sorted({each for each in text if each not in alphabet}):
        # Counted by character, the first of a line.
        return Dropped(id, f"the reader lacks {named(lacking[:1])}", f"{text!r}")
    if written(text) > len(ink):
        return Dropped(id, "fewer points than characters", f"{len(ink)} for {text!r}")
    return None


def _for_reader(
    ink: Ink, alphabet: Alphabet, options: PreparationOptions, spread: float | None
) -> _Prepared | Dropped:
    # What is known of ends would show in where points are placed.
    traced = trace_line(dataclasses.replace(ink, char_end=None, score=None), options, spread)
    if isinstance(traced, Dropped):
        return traced
    if len(traced[0]) < 2:
        return Dropped(str(ink.id), "one point", "there is no movement to read")
    return _Prepared(ink, *traced, alphabet.encode(ink.text or ""))


def _aligned(
    corpus: Corpus,
    prepared: Sequence[_Prepared],
    reader: FrameReader,
    progress: Callable[[int, int], None] | None,
) -> Iterator[tuple[str, AlignedLine | Dropped]]:
    if not prepared:
        return
    readable = Corpus(corpus_table.build(corpus, [line.ink for line in prepared]))
    done = 0
    for frames in reader.read(readable):
        lines = [prepared[line] for line in frames.lines]
        texts = [line.classes for line in lines]
        places, scores = frames_of_texts(frames.log_probabilities, frames.counts, texts)
        for line, at, score in zip(lines, places, scores, strict=True):
            points = 1 + at[: len(line.classes)] * reader.points_a_frame
            yield line.id, _line(line, points, float(score))
        done += len(lines)
        if progress:
            progress(done, len(prepared))


def _line(line: _Prepared, points: NDArray[np.int64], score: float) -> AlignedLine | Dropped:
    if not np.isfinite(score):
        return Dropped(line.id, "fewer frames than its text takes", f"{line.text!r}")
    ends = character_ends(line.ink.points, line.text, points.tolist())
    return AlignedLine(among(ends, line.index, len(line.own)), score / len(line.text))


def _good_enough(
    id: str, line: AlignedLine | Dropped, min_score: float | None
) -> AlignedLine | Dropped:
    if isinstance(line, Dropped) or min_score is None or line.score >= min_score:
        return line
    return Dropped(id, f"a score below {min_score:g}", f"{line.score:.3g}")
