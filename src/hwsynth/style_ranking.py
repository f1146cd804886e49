"""How legible styles are: what is written in each, as a reader finds it at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hwsynth.legible_writing import LegibleWriter, Manner, Progress
from hwsynth.proofreading import Proofreader
from hwsynth.styles import Style


@dataclass(frozen=True)
class Legibility:
    """Of a style."""

    doubt: float
    """Nats for each character that is written: −log of the probability of the likeliest way to read
    the text; inf where a line shows the reader nothing. It tells styles apart long before errors,
    which are few, do."""
    character_error_rate: float
    """Errors for each character that is written."""


def ranking(
    write: LegibleWriter,
    proofreader: Proofreader,
    sentences: Sequence[str],
    styles: Mapping[str, Style],
    manner: Manner,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, Legibility]:
    """The legibility of styles by name, the most legible first.

    Each sentence is written once in each style, with the same chances in all of them. `write` is to
    be one that reads nothing back. Raises DataError as `LegibleWriter` does.
    """
    characters = sum(map(len, sentences))
    found = {}
    for done, (name, style) in enumerate(styles.items()):
        progress("writing", done, len(styles))
        lines = write(sentences, [style] * len(sentences), manner)
        proofs = proofreader([line.ink for line in lines])
        doubts = sum(sum(proof.doubts) for proof in proofs)
        errors = sum(sum(proof.errors) for proof in proofs)
        found[name] = Legibility(doubts / characters, errors / characters)
    return dict(sorted(found.items(), key=lambda each: each[1].doubt))
