"""Lines that are read as they are written, and written anew where they are misread or doubted.

A word that is misread, or read with doubts, is drawn anew in its place, several times side by side:
the pen is held to the line up to it, and is then free. The version that is read best takes its
place, and the rest of the line follows it. Choosing by a recogniser is Afonin, Maksai et al.'s
(2023, arXiv 2306.03103), who choose among whole lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hwsynth.alphabet import written
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.proofreading import NOTHING_READ, Proof, Proofreader
from hwsynth.styles import Style
from hwsynth.tracks import Track
from hwsynth.word_gaps import kept_apart
from hwsynth.words import points_of_words, spans, with_word
from hwsynth.writing import Line, LineWriter

DOUBTED = 0.3
"""Nats: a word that is doubted more is drawn anew though it was read as it is. The right reading
was then less than three times as likely as all others."""

Progress = Callable[[str, int, int], None]
"""Called as the work goes on: what is done, how far it is, and of how much."""


@dataclass(frozen=True)
class Manner:
    """How lines are written."""

    bias: float = 1.5
    """0: as varied as what was learnt; higher: neater and more alike."""
    seed: int = 0
    """Decides everything that is left to chance."""
    tries: int = 3
    """Versions of a word that was misread or doubted, of which the best is taken; 0: it is left as
    it is."""
    versions: int = 1
    """Versions of a line, of which the best is taken."""


@dataclass(frozen=True)
class WrittenLine:
    """A line that was written."""

    ink: Ink
    proof: Proof = NOTHING_READ
    """How its words were read in the end."""
    first: Ink | None = None
    """As it was before words of it were written anew; None where nothing was read."""
    first_proof: Proof = NOTHING_READ
    """How the words of that were read."""

    @property
    def tried_anew(self) -> int:
        """How many of its words the reader found fault with at first."""
        return len(_in_question(self.first_proof))

    @property
    def misread(self) -> list[str]:
        """Its words that are misread."""
        words = (self.ink.text or "").split()
        return [word for word, errors in zip(words, self.proof.errors, strict=False) if errors]


class LegibleWriter:
    """Writes lines, reads them, and writes anew what is misread or doubted."""

    def __init__(
        self,
        writer: LineWriter,
        proofreader: Proofreader | None,
        x_height: float | None = None,
    ) -> None:
        """proofreader: None where nothing is to be read. x_height: about how high an x is written,
        in corpus units."""
        self.writer, self.proofreader, self.x_height = writer, proofreader, x_height

    def __call__(
        self,
        texts: Sequence[str],
        styles: Sequence[Style | None],
        manner: Manner,
        progress: Progress = lambda what, done, of: None,
    ) -> list[WrittenLine]:
        """A line a text, each in its style. Raises DataError as `TextWriter` does."""
        versions = manner.versions if self.proofreader else 1
        lines = [
            Line(text, styles[i], (i, version, 0, 0) if version else (i,))
            for i, text in enumerate(texts)
            for version in range(versions)
        ]
        pen = Pen(self.writer, manner, progress)
        drawn = pen.draw(lines, "writing")
        inks = [pen.ink(each) for each in drawn]
        if self.proofreader is None:
            return [WrittenLine(kept_apart(ink, self.x_height)) for ink in inks]
        proofs = self.proofreader(inks, partial(progress, "reading"))
        read = [_Read(*each) for each in zip(drawn, inks, proofs, strict=True)]
        best = [
            min(read[first : first + versions], key=lambda each: each.badness())
            for first in range(0, len(read), versions)
        ]
        mended = _apart(_mended(best, pen, self.proofreader), self.x_height, self.proofreader)
        return [
            WrittenLine(now.ink, now.proof, before.ink, before.proof)
            for now, before in zip(mended, best, strict=True)
        ]


@dataclass(frozen=True)
class Drawn:
    """A line as the model drew it."""

    line: Line
    track: Track


@dataclass(frozen=True)
class Pen:
    """Draws lines in one manner, and says how far it is."""

    writer: LineWriter
    manner: Manner
    progress: Progress

    def draw(self, lines: Sequence[Line], what: str) -> list[Drawn]:
        """Each of the lines; `what` is told as what is being done."""
        tracks = self.writer.draw(
            lines,
            bias=self.manner.bias,
            seed=self.manner.seed,
            progress=partial(self.progress, what),
        )
        return [Drawn(*each) for each in zip(lines, tracks, strict=True)]

    def ink(self, drawn: Drawn) -> Ink:
        """Raises DataError where the model did not come to its end."""
        return self.writer.ink(drawn.line, drawn.track, self.manner.seed)

    def ink_or_none(self, drawn: Drawn) -> Ink | None:
        """None where the model did not come to its end."""
        try:
            return self.ink(drawn)
        except DataError:
            return None


@dataclass(frozen=True)
class _Read:
    """A line as it was read."""

    drawn: Drawn
    ink: Ink
    proof: Proof

    def badness(self) -> tuple[int, int, float]:
        """Words that are misread, errors in all, and what is doubted."""
        errors = self.proof.errors
        return sum(each > 0 for each in errors), sum(errors), sum(self.proof.doubts)

    def badness_of(self, word: int) -> tuple[int, int, float]:
        """Errors in the word at that place, and in all, and what is doubted of it."""
        return self.proof.errors[word], sum(self.proof.errors), self.proof.doubts[word]

    def up_to(self, word: int, attempt: int) -> Line:
        """Its word at that place, to be drawn after what stands before it."""
        line, track = self.drawn.line, self.drawn.track
        stop = spans(line.text)[word][1]
        # The ink may be the end of what was drawn: a line that goes on from another one's.
        first = len(track) - len(self.ink)
        return replace(
            line,
            held=track.up_to(first + points_of_words(self.ink)[word].start),
            stop=written(line.text[:stop]),
            noise=(*line.noise, 1 + word, attempt),
        )


def _in_question(proof: Proof) -> list[int]:
    """Places of the words that are misread or doubted."""
    words = enumerate(zip(proof.errors, proof.doubts, strict=True))
    return [word for word, (errors, doubt) in words if errors or doubt > DOUBTED]


def _mended(read: Sequence[_Read], pen: Pen, proofreader: Proofreader) -> list[_Read]:
    """Lines with their words in question drawn anew, where that was for the better."""
    faults = [(place, word) for place, each in enumerate(read) for word in _in_question(each.proof)]
    orders = {
        (*fault, attempt): read[fault[0]].up_to(fault[1], attempt)
        for fault in faults
        for attempt in range(1, pen.manner.tries + 1)
    }
    drawn = pen.draw(list(orders.values()), "writing anew")
    inks = {key: pen.ink_or_none(each) for key, each in zip(orders, drawn, strict=True)}
    tried = [(place, word, ink) for (place, word, _), ink in inks.items() if ink is not None]
    whole = [with_word(read[place].ink, word, ink) for place, word, ink in tried]
    found = proofreader(whole, partial(pen.progress, "reading again"))
    least = {fault: read[fault[0]].badness_of(fault[1]) for fault in faults}
    best: dict[tuple[int, int], Ink] = {}
    for (place, word, ink), proof in zip(tried, found, strict=True):
        badness = replace(read[place], proof=proof).badness_of(word)
        if badness < least[place, word]:
            least[place, word], best[place, word] = badness, ink
    return _with_words(read, best, proofreader)


def _with_words(
    read: Sequence[_Read], words: Mapping[tuple[int, int], Ink], proofreader: Proofreader
) -> list[_Read]:
    """Lines with words of theirs, by line and place, as those inks have them."""
    inks = {place: read[place].ink for place, _ in words}
    # The last ones first: where a word stands hangs on those before it.
    for (place, word), ink in sorted(words.items(), key=lambda each: each[0], reverse=True):
        inks[place] = with_word(inks[place], word, ink)
    return _with_inks(read, inks, proofreader)


def _apart(read: Sequence[_Read], x_height: float | None, proofreader: Proofreader) -> list[_Read]:
    """Lines with no word too near the one before it."""
    inks = {place: kept_apart(each.ink, x_height) for place, each in enumerate(read)}
    moved = {place: ink for place, ink in inks.items() if ink is not read[place].ink}
    return _with_inks(read, moved, proofreader)


def _with_inks(
    read: Sequence[_Read], inks: Mapping[int, Ink], proofreader: Proofreader
) -> list[_Read]:
    """Lines as those inks have them, by their places; these are read once more."""
    proofs = proofreader(list(inks.values()))
    new = dict(zip(inks, zip(inks.values(), proofs, strict=True), strict=True))
    return [
        replace(each, ink=new[place][0], proof=new[place][1]) if place in new else each
        for place, each in enumerate(read)
    ]
