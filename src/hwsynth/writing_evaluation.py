"""How legible what a hand writes is: error rates by a reader, before and after words are written
anew."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hwsynth.ink import Ink
from hwsynth.legible_writing import LegibleWriter, Manner, Progress, WrittenLine
from hwsynth.misreadings import Misread, broken, misread
from hwsynth.proofreading import Reader
from hwsynth.styles import Style

LABELS = {
    "character_error_rate": "character error rate",
    "character_error_rate_at_first": "… before words were written anew",
    "broken": "share of lines with a word that is misread",
    "broken_at_first": "… before words were written anew",
    "broken_by_own_reader": "… by the reader that chose",
    "words_written_anew": "share of words that were tried again",
    "sentences": "sentences",
    "characters": "characters",
    "points_per_second": "points/s, with reading back",
}
"""The figures for people, in the order in which they are shown."""


def writing_report(
    write: LegibleWriter,
    judge: Reader,
    sentences: Sequence[str],
    styles: Mapping[str, Style],
    manner: Manner,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, Any]:
    """Has sentences written, in all styles in turn, and says how `judge` reads them.

    Error rates are errors for each character that is written. Figures that there are none for,
    since nothing was read back, are None.
    """
    names: list[str | None] = [*styles] or [None]
    turns = [names[i % len(names)] for i in range(len(sentences))]
    start = time.perf_counter()
    lines = write(sentences, [styles[turn] if turn else None for turn in turns], manner, progress)
    seconds = time.perf_counter() - start
    read = _read(judge, [line.ink for line in lines], "judging", progress)
    by_style: dict[str, Misread] = defaultdict(Misread)
    for turn, sentence, text in zip(turns, sentences, read, strict=True):
        by_style[turn or "none"] += Misread.of(sentence, text)
    return {
        "character_error_rate": misread(sentences, read).character_error_rate,
        "broken": broken(sentences, read),
        **_at_first(lines, judge, sentences, progress),
        "sentences": len(sentences),
        "characters": sum(map(len, sentences)),
        "points_per_second": sum(len(line.ink) for line in lines) / seconds,
        "by_style": {name: found.character_error_rate for name, found in by_style.items()},
    }


def _at_first(
    lines: Sequence[WrittenLine], judge: Reader, sentences: Sequence[str], progress: Progress
) -> dict[str, float | None]:
    """Figures of what reading back did."""
    first = [line.first for line in lines if line.first is not None]
    if len(first) < len(lines):
        names = ("character_error_rate_at_first", "broken_at_first")
        return dict.fromkeys((*names, "broken_by_own_reader", "words_written_anew"))
    read = _read(judge, first, "judging what was first", progress)
    words = sum(len(line.first_proof.errors) for line in lines)
    return {
        "character_error_rate_at_first": misread(sentences, read).character_error_rate,
        "broken_at_first": broken(sentences, read),
        "broken_by_own_reader": sum(any(line.proof.errors) for line in lines) / len(lines),
        "words_written_anew": sum(line.tried_anew for line in lines) / words,
    }


def _read(judge: Reader, inks: Sequence[Ink], what: str, progress: Progress) -> list[str]:
    progress(what, 0, 1)
    texts = [reading.text for reading in judge.read(inks)]
    progress(what, 1, 1)
    return texts
