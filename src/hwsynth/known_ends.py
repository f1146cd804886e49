"""How far an alignment is from ends of characters that are known by construction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsynth.alignment import Alignment
from hwsynth.corpus import Corpus

SHARES = (0.5, 0.9, 0.99)
"""Of the characters, for which the error is told."""


@dataclass(frozen=True)
class EndErrors:
    """Of the ends of all characters but the last of each line, which cannot be wrong."""

    characters: int
    exact: float
    """Share of ends that are at the very point."""
    same_lift: float | None
    """Share found among the ends at which the pen is lifted; None where it never is."""
    points: dict[str, float]
    """Share of characters -> how many points their ends are off at most."""


def compare(alignment: Alignment, corpus: Corpus) -> EndErrors | None:
    """None where no aligned line of the corpus has known ends of more than one character."""
    errors, lifted = [], []
    for line, id in enumerate(corpus.ids):
        known, found = corpus.ends_of(line), alignment.lines.get(id)
        if known is None or found is None:
            continue
        at = np.flatnonzero(known)[:-1]
        errors.append(np.abs(found.ends[:-1] - at))
        lifted.append(corpus.points[corpus.starts[line] + at, 2] == 1)
    off = np.concatenate(errors) if errors else np.zeros(0)
    if not len(off):
        return None
    at_lifts = off[np.concatenate(lifted)]
    return EndErrors(
        characters=len(off),
        exact=float((off == 0).mean()),
        same_lift=float((at_lifts == 0).mean()) if len(at_lifts) else None,
        points={f"{share:g}": float(np.quantile(off, share)) for share in SHARES},
    )
