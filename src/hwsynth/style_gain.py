"""What fitting a style gains: how well a model foretells writers whom it never saw, by how many of
their lines a style was fitted to."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.batches import Sequences
from hwsynth.corpus import Corpus
from hwsynth.errors import UsageError
from hwsynth.model import HandwritingModel
from hwsynth.style_fitting import STEPS, Nats, fit_style

HELD = 5
"""Lines, at least, that no style is fitted to."""


@dataclass(frozen=True)
class Fit:
    """A style that was fitted."""

    lines: int
    """To so many lines of the writer's."""
    nats: float
    """Nats per point of the writer's other lines, with that style."""
    seconds: float
    """That fitting took."""


@dataclass(frozen=True)
class Gain:
    """What it gained for one writer; nats per point of lines that no style was fitted to."""

    held: int
    """So many lines."""
    nobody: float
    """With the style of a writer who is not known."""
    nearest: float
    """With the known style that is likeliest for the lines that most were fitted to."""
    fits: tuple[Fit, ...]
    """By number of lines."""


def lines_by_writer(
    corpus: Corpus, lines: NDArray[np.int64], least: int
) -> dict[str, NDArray[np.int64]]:
    """Writer -> which of `lines` are the writer's, of writers with `least` of them or more; who
    has the most comes first. Raises UsageError where nobody has."""
    own: dict[str, list[int]] = defaultdict(list)
    for line in lines.tolist():
        writer = corpus.writers[line]
        if writer is not None and corpus.texts[line]:
            own[writer].append(line)
    enough = {writer: np.array(each) for writer, each in own.items() if len(each) >= least}
    if not enough:
        most = max(map(len, own.values()), default=0)
        raise UsageError(
            f"no writer of these {len(lines)} lines of '{corpus.name}' has {least} with a text, of "
            f"which {HELD} are kept from fitting; the most that one has is {most}. Take another "
            "split, or fewer lines"
        )
    return dict(sorted(enough.items(), key=lambda each: -len(each[1])))


def gain_of(
    model: HandwritingModel,
    sequences: Sequences,
    styles: NDArray[np.float32],
    counts: Sequence[int],
    *,
    steps: int = STEPS,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Gain:
    """Of the lines of one writer, prepared as the model's: styles are fitted to the first ones, as
    many as `counts` says, and judged by those after the most.

    styles (styles, width): known ones, nobody's first. Raises as `fit_style`, and UsageError where
    no line is left to judge by.
    """
    lines = sequences.usable(np.arange(len(sequences.corpus))).tolist()
    counts = sorted(set(counts))
    held = lines[counts[-1] :]
    if not held:
        raise UsageError(
            f"of {len(lines)} lines that can be used none is left beside {counts[-1]} to fit a "
            "style to; fit it to fewer"
        )
    others = Nats(model, sequences, held)
    fits, nearest = [], 0
    for count in counts:
        start = time.perf_counter()
        found = fit_style(model, sequences, lines[:count], styles, steps=steps, progress=progress)
        seconds = time.perf_counter() - start
        fits.append(Fit(count, others.of(found.vector), seconds))
        nearest = found.nearest
    return Gain(len(held), others.of(styles[0]), others.of(styles[nearest]), tuple(fits))
