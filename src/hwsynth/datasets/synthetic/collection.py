"""All lines of the dataset: who writes what, and for which split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hwsynth.datasets.synthetic.lines import write
from hwsynth.datasets.synthetic.sentences import make_sentence
from hwsynth.datasets.synthetic.writers import make_writer
from hwsynth.ink import Ink


def write_all(lines: int, writers: int, seed: int, rate: float) -> Iterator[Ink]:
    """`lines` lines, each drawn from (seed, writer, line) alone."""
    for number in range(writers):
        writer = make_writer(seed, number)
        share = lines // writers + (number < lines % writers)
        for line in range(share):
            # A trailing 0 would give the writer's own stream again.
            rng = np.random.default_rng(np.random.SeedSequence([seed, number, line + 1]))
            yield write(
                make_sentence(rng),
                writer,
                rng,
                rate=rate,
                writer=f"s{seed}-w{number:02d}",
                id=f"s{seed}-w{number:02d}-{line:04d}",
                split=split_of(number, writers),
            )


def split_of(writer: int, writers: int) -> str:
    """The first writers train; the last tenth tests, the tenth before validates."""
    held_out = max(1, writers // 10)
    if writer >= writers - held_out:
        return "test"
    return "validation" if writer >= writers - 2 * held_out else "train"
