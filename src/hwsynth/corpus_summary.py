"""What a corpus holds, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.corpus import Corpus


@dataclass(frozen=True)
class Summary:
    """Figures of some lines of a corpus; what was dropped is always that of the whole source."""

    dataset: str
    lines: int
    strokes: int
    points: int
    writers: int
    """Different ones that are known."""
    with_text: int
    """Lines whose text is known."""
    splits: Mapping[str, Mapping[str, object]]
    """The dataset's own name -> `role` and `lines`; 'none' for lines in no split."""
    characters: Mapping[str, int]
    """Each character of the texts -> how often, the most frequent first."""
    median_points: float
    """Points a line."""
    median_strokes: float
    """Strokes a line."""
    median_height: float
    """Corpus units."""
    dropped: Mapping[str, int]
    """Reason -> how many."""
    drop_examples: Mapping[str, str]
    """Reason -> the first source that was dropped for it, and why."""
    licence: str
    fingerprint: str


def summarise(corpus: Corpus, lines: NDArray[np.int64]) -> Summary:
    """The figures of the lines at these indices."""
    lengths = np.diff(corpus.starts)[lines]
    strokes = np.add.reduceat(corpus.points[:, 2] == 1, corpus.starts[:-1], dtype=np.int64)[lines]
    texts = [text for line in lines if (text := corpus.texts[line]) is not None]
    return Summary(
        dataset=corpus.name,
        lines=len(lines),
        strokes=int(strokes.sum()),
        points=int(lengths.sum()),
        writers=len({corpus.writers[line] for line in lines} - {None}),
        with_text=len(texts),
        splits=_splits(corpus, lines),
        characters=dict(Counter("".join(texts)).most_common()),
        median_points=float(np.median(lengths)),
        median_strokes=float(np.median(strokes)),
        median_height=float(np.median(_heights(corpus)[lines])),
        dropped=corpus.dropped,
        drop_examples=_examples(corpus),
        licence=corpus.licence,
        fingerprint=corpus.fingerprint,
    )


def _splits(corpus: Corpus, lines: NDArray[np.int64]) -> dict[str, dict[str, object]]:
    sizes = Counter(corpus.line_splits[line] or "none" for line in lines)
    order = [*corpus.splits, "none"]
    return {
        split: {"role": corpus.splits.get(split), "lines": size}
        for split, size in sorted(sizes.items(), key=lambda item: order.index(item[0]))
    }


def _heights(corpus: Corpus) -> NDArray[np.float32]:
    y, firsts = corpus.points[:, 1], corpus.starts[:-1]
    return np.maximum.reduceat(y, firsts) - np.minimum.reduceat(y, firsts)


def _examples(corpus: Corpus) -> dict[str, str]:
    return {
        drop.reason: f"{drop.source}: {drop.detail}" if drop.detail else drop.source
        for drop in reversed(corpus.drops)
    }
