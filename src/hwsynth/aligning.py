"""Lines of a corpus and a reader -> where each character ends.

A line is brought to the form that the reader knows; the reader's frames stand for points of that
form, and the ends that are found there for points of the line as it was recorded.

Axis names: lines (of the corpus), points, frames, chars (of a text), written (chars but spaces).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

import hwsynth
from hwsynth.alignment import About, AlignedLine, Alignment, ReaderRecord
from hwsynth.alphabet import Alphabet, written
from hwsynth.character_ends import among, character_ends
from hwsynth.characters import named
from hwsynth.contracts import Dropped
from hwsynth.corpus import Corpus
from hwsynth.ink import Ink
from hwsynth.preparation import PreparationOptions, trace_line
from hwsynth.text_paths import frames_of_texts, side_by_side

TOGETHER = 256
"""Lines that are held in memory with what the reader makes of them."""


class LineReading(Protocol):
    """What a reader makes of a line."""

    @property
    def log_probabilities(self) -> NDArray[np.floating]:
        """(frames, classes): of the blank, then of the characters in the order of the charset."""

    @property
    def places(self) -> NDArray[np.int64]:
        """(frames,) the point of the prepared line that each frame is about."""


class LineReader(Protocol):
    """What tells for each frame of a line how likely each character is; `reading.Reader` does."""

    @property
    def charset(self) -> str:
        """Its characters."""

    @property
    def preparation(self) -> PreparationOptions:
        """The form that it brings lines to."""

    def read(self, lines: Sequence[Ink]) -> Sequence[LineReading]:
        """A reading a line."""


@dataclass(frozen=True)
class _Prepared:
    """A line that can be read."""

    own: Ink
    """As it was recorded."""
    ink: Ink
    """As the reader sees it."""
    index: NDArray[np.float64]
    """(points,) where its points lie among the line's own."""
    classes: NDArray[np.int32]
    """(chars,) of its text."""


def align(
    corpus: Corpus,
    lines: NDArray[np.int64],
    reader: LineReader,
    record: ReaderRecord,
    *,
    min_score: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Alignment:
    """The alignment of some lines of a corpus; those that score below `min_score` are left out.

    `record` is what is kept of the reader. `progress(done, of)` is called as lines are done.
    """
    alphabet = Alphabet(reader.charset)
    found: dict[int, AlignedLine | Dropped] = {}
    # Lines of like length are read side by side.
    order = lines[np.argsort(np.diff(corpus.starts)[lines], kind="stable")]
    for start in range(0, len(order), TOGETHER):
        part = [int(line) for line in order[start : start + TOGETHER]]
        aligned = _aligned([corpus[line] for line in part], reader, alphabet)
        found.update(zip(part, aligned, strict=True))
        if progress:
            progress(len(found), len(order))
    return Alignment(
        About(
            hwsynth=hwsynth.__version__,
            dataset=corpus.name,
            fingerprint=corpus.fingerprint,
            licence=corpus.licence,
            reader=record,
        ),
        *_parted({corpus.ids[line]: found[line] for line in lines.tolist()}, min_score),
    )


def _parted(
    found: Mapping[str, AlignedLine | Dropped], min_score: float | None
) -> tuple[dict[str, AlignedLine], tuple[Dropped, ...]]:
    aligned, left_out = {}, []
    for id, line in found.items():
        if isinstance(line, Dropped):
            left_out.append(line)
        elif min_score is not None and line.score < min_score:
            left_out.append(Dropped(id, f"a score below {min_score:g}", f"{line.score:.3g}"))
        else:
            aligned[id] = line
    return aligned, tuple(left_out)


def _aligned(
    inks: Sequence[Ink], reader: LineReader, alphabet: Alphabet
) -> list[AlignedLine | Dropped]:
    """One a line."""
    prepared = [_prepared(ink, alphabet, reader.preparation) for ink in inks]
    readable = [line for line in prepared if isinstance(line, _Prepared)]
    readings = reader.read([line.own for line in readable]) if readable else []
    ends = iter(_ends(readable, readings))
    return [line if isinstance(line, Dropped) else next(ends) for line in prepared]


def _prepared(ink: Ink, alphabet: Alphabet, options: PreparationOptions) -> _Prepared | Dropped:
    id, text = str(ink.id), ink.text or ""
    if not text.strip():
        return Dropped(id, "no text", "nothing is known to be written")
    if lacking := sorted({each for each in text if each not in alphabet}):
        # Counted by character, the first of a line.
        return Dropped(id, f"the reader lacks {named(lacking[:1])}", f"{text!r}")
    if written(text) > len(ink):
        return Dropped(id, "fewer points than characters", f"{len(ink)} for {text!r}")
    # What is known of ends would show in where points are placed.
    bare = dataclasses.replace(ink, char_end=None, score=None)
    traced = trace_line(bare, options)
    if isinstance(traced, Dropped):
        return traced
    if len(traced[0]) < 2:
        return Dropped(id, "one point", "there is no movement to read")
    return _Prepared(bare, *traced, alphabet.encode(text))


def _ends(
    lines: Sequence[_Prepared], readings: Sequence[LineReading]
) -> Iterator[AlignedLine | Dropped]:
    if not lines:
        return
    texts = [line.classes for line in lines]
    counts = np.array([len(reading.places) for reading in readings])
    shown = side_by_side([reading.log_probabilities for reading in readings])
    frames, shares = frames_of_texts(shown, counts, texts)
    for line, reading, at, score in zip(lines, readings, frames, shares.sum(axis=1), strict=True):
        text = line.own.text or ""
        if not np.isfinite(score):
            yield Dropped(str(line.own.id), "fewer frames than its text takes", f"{text!r}")
            continue
        places = reading.places[at[: len(text)]]
        ends = character_ends(line.ink.points, text, places.tolist())
        own = among(ends, line.index, len(line.own))
        yield AlignedLine(own, float(score) / len(text))
