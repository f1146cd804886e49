"""Letters of a style that are hard to read, borrowed from styles that write them better.

A mixture of writers of two forms of a letter has neither; and a writer who never wrote a letter has
none. What a letter is written in need not be what the line is: the model is told at each point (see
`aligned_text.py`). Whether one that is borrowed does better is read off what is written with it,
among the style's own letters: how far readers doubt the words that hold it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsynth.legible_writing import Manner, Pen, Progress
from hwsynth.proofreading import Proof, Proofreader
from hwsynth.styles import Style, Vector
from hwsynth.writing import Line, LineWriter

LINES = Path(__file__).parent / "letters.txt"
DOUBTED = 0.5
"""Nats: a letter is left alone where the words that hold it are doubted less."""
LEAST = 0.25
"""Nats of the doubt that have to go where a letter is borrowed."""
MOST_DOUBT = 6.0
"""Nats of a word; one that is not there at all counts no more, or a few such words would decide."""
FEW, MANY = 4, 20
"""Lines, of those that hold a letter, in which all lenders are compared, and then the best of
them."""
BEST = 4
"""Lenders that are compared in many lines."""


@dataclass(frozen=True)
class Loan:
    """A letter that is borrowed."""

    lender: str
    before: float
    """Nats doubted of a word that holds the letter, in the style's own form."""
    after: float
    """… as the lender writes it."""


def usual_lines(charset: str) -> list[str]:
    """Lines in which letters of the Latin alphabet, digits and marks stand often, as far as a model
    of these characters can write them."""
    lines = LINES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if set(line) <= set(charset)]


class Borrower:
    """Finds which letters of styles are better borrowed, and from whom."""

    def __init__(
        self,
        writer: LineWriter,
        readers: Sequence[Proofreader],
        texts: Sequence[str],
        manner: Manner,
    ) -> None:
        """readers: what they doubt on average counts. texts: what is written to compare; letters
        that they do not hold are left alone."""
        self.writer, self.readers, self.texts, self.manner = writer, readers, texts, manner

    def __call__(
        self,
        style: Style,
        lenders: Mapping[str, Style],
        only: Collection[str] | None = None,
        progress: Progress = lambda what, done, of: None,
    ) -> dict[str, Loan]:
        """Letter -> what is gained, the most doubted first; of those in `only`, if that is given.

        All of a round are compared with the same chances; what found the best lenders of a letter
        has no part in choosing among them, for they write anew. Raises DataError as `LineWriter`.
        """
        held = {each for text in self.texts for each in text if not each.isspace()}
        letters = sorted(held if only is None else held.intersection(only))
        own = self._doubts([self._trial(style, each, MANY) for each in letters], 0, progress)
        hard = [letter for letter, doubt in zip(letters, own, strict=True) if doubt > DOUBTED]
        pairs = [(letter, lender) for letter in hard for lender in lenders]
        few = self._lent(style, lenders, pairs, FEW, 0, progress)
        best = [pair for letter in hard for pair in _least(few, letter)]
        many = self._lent(style, lenders, best, MANY, 1, progress)
        before = self._doubts([self._trial(style, each, MANY) for each in hard], 1, progress)
        found = {
            letter: Loan(lender, doubt, many[letter, lender])
            for letter, doubt in zip(hard, before, strict=True)
            for _, lender in _least(many, letter)[:1]
        }
        worth = {key: loan for key, loan in found.items() if loan.after <= loan.before - LEAST}
        return dict(sorted(worth.items(), key=lambda each: -each[1].before))

    def _lent(
        self,
        style: Style,
        lenders: Mapping[str, Style],
        pairs: Sequence[tuple[str, str]],
        lines: int,
        turn: int,
        progress: Progress,
    ) -> dict[tuple[str, str], float]:
        """Of each letter as each lender writes it."""
        trials = [
            self._trial(with_letters(style, {letter: lenders[name].of(letter)}), letter, lines)
            for letter, name in pairs
        ]
        return dict(zip(pairs, self._doubts(trials, turn, progress), strict=True))

    def _trial(self, style: Style, letter: str, lines: int) -> _Trial:
        holding = sorted(range(len(self.texts)), key=lambda i: -self.texts[i].count(letter))
        places = [i for i in holding if letter in self.texts[i]][:lines]
        return _Trial(style, letter, places)

    def _doubts(self, trials: Sequence[_Trial], turn: int, progress: Progress) -> list[float]:
        """Nats of a word that holds the letter, on average of all lines and readers."""
        lines = [
            Line(self.texts[i], trial.style, (i, turn)) for trial in trials for i in trial.lines
        ]
        pen = Pen(self.writer, self.manner, progress)
        inks = [pen.ink_or_none(drawn) for drawn in pen.draw(lines, "writing")]
        shown = [ink for ink in inks if ink is not None]
        by_reader = [reader(shown, partial(progress, "reading")) for reader in self.readers]
        read = zip(*by_reader, strict=True)
        # One that did not come to its end is not there at all.
        proofs = [None if ink is None else next(read) for ink in inks]
        found, at = [], 0
        for trial in trials:
            own = zip(lines[at : at + len(trial.lines)], proofs[at:], strict=False)
            words = [_of_words(line.text, trial.letter, of_line) for line, of_line in own]
            found.append(float(np.concatenate(words).mean()))
            at += len(trial.lines)
        return found


@dataclass(frozen=True)
class _Trial:
    """A style in which some of the texts are written, for the sake of one letter."""

    style: Style
    letter: str
    lines: Sequence[int]


def with_letters(style: Style, letters: Mapping[str, Vector]) -> Style:
    """A style with other vectors for some letters."""
    return replace(style, letters={**style.letters, **letters})


def _least(doubts: Mapping[tuple[str, str], float], letter: str) -> list[tuple[str, str]]:
    """The pairs of a letter with its best lenders."""
    return sorted((pair for pair in doubts if pair[0] == letter), key=lambda each: doubts[each])[
        :BEST
    ]


def _of_words(text: str, letter: str, proofs: Sequence[Proof] | None) -> NDArray[np.float64]:
    """(words that hold the letter,) what is doubted of each, on average of all readers."""
    holding = [letter in word for word in text.split()]
    if proofs is None:
        return np.full(sum(holding), MOST_DOUBT)
    doubts = np.minimum([proof.doubts for proof in proofs], MOST_DOUBT)
    of_each: NDArray[np.float64] = doubts[:, holding].mean(axis=0)
    return of_each
