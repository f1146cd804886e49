"""How legible styles are: by what a reader doubts and misreads of sentences in each."""

from __future__ import annotations

import numpy as np

from hwsynth import Ink
from hwsynth.legible_writing import Manner, WrittenLine
from hwsynth.proofreading import Proof
from hwsynth.style_ranking import Legibility, ranking
from hwsynth.styles import Style

SENTENCES = ["so it goes", "on"]


def styles(**numbers: float) -> dict[str, Style]:
    return {name: Style(np.array([number], np.float32)) for name, number in numbers.items()}


class Writer:
    """Writes lines whose first point tells the style; notes the manner."""

    def __init__(self) -> None:
        self.manners: list[Manner] = []

    def __call__(self, texts, styles, manner):
        self.manners.append(manner)
        return [
            WrittenLine(Ink(np.array([[style.vector[0], 0, 1]]), text=text))
            for text, style in zip(texts, styles, strict=True)
        ]


def proofread(lines: list[Ink]) -> list[Proof]:
    """Doubts each word as much as the style's number says, and misreads one of each line by it."""
    return [
        Proof(
            errors=(int(ink.points[0, 0]), *(0 for _ in ink.text.split()[1:])),
            doubts=tuple(float(ink.points[0, 0]) for _ in ink.text.split()),
        )
        for ink in lines
    ]


def test_the_least_doubted_style_comes_first_with_its_figures_for_each_character():
    found = ranking(Writer(), proofread, SENTENCES, styles(ann=3, ben=1, carl=2), Manner())
    assert list(found) == ["ben", "carl", "ann"]
    # Four words and two lines, of twelve characters in all.
    assert found["ann"] == Legibility(doubt=4 * 3 / 12, character_error_rate=2 * 3 / 12)


def test_all_styles_have_the_same_chances():
    write, manner = Writer(), Manner(seed=7, bias=0.5)
    ranking(write, proofread, SENTENCES, styles(ann=3, ben=1), manner)
    assert write.manners == [manner, manner]


def test_a_style_that_shows_the_reader_nothing_comes_last():
    def blind(lines: list[Ink]) -> list[Proof]:
        proofs = proofread(lines)
        return [
            Proof(p.errors, (np.inf,) * len(p.doubts)) if p.errors[0] == 0 else p for p in proofs
        ]

    found = ranking(Writer(), blind, SENTENCES, styles(none=0, ann=3), Manner())
    assert list(found) == ["ann", "none"]
    assert found["none"].doubt == np.inf


def test_one_is_told_how_far_it_is():
    heard = []
    ranking(
        Writer(),
        proofread,
        SENTENCES,
        styles(ann=3, ben=1),
        Manner(),
        lambda what, done, of: heard.append((what, done, of)),
    )
    assert heard == [("writing", 0, 2), ("writing", 1, 2)]
