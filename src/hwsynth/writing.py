"""Writing texts with a model that was trained on text: one line of ink a text.

A line ends where its last character does, as the model's way of following a text has it
(`text_guides.py`). A place in the text that is data can neither skip a character nor go back, so
that nothing is left out and nothing goes on for ever; a window can. A bound on the points of a
character stops models that have not learnt when one ends.

The pen can be held to rows that are known, a line's beginning, and is free after them: so a line
goes on from another one's ink, and a word of a line is written anew, from the last bookmark before
it (`tracks.py`).

Axis names: batch (lines side by side), steps (points of the longest), points (of one line),
features (Δx, Δy, pen_up, char_end, the last one as it was found where a model does not draw it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from hwsynth.alphabet import written
from hwsynth.conditions import Conditions, side_by_side
from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.normalisation import Normalisation
from hwsynth.preparation import with_origin
from hwsynth.sampling import PIECE, Loop, Noise, loop_of
from hwsynth.styles import Style
from hwsynth.text_guides import guide_of
from hwsynth.tracks import Bookmark, Rows, State, Track, apart, begun, together

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel

MOST_POINTS = 80
"""Points of a character, on average over what is drawn, beyond which a line is given up."""
CHARS_APART = 16
"""Texts are padded to a multiple of so many characters, so that few programs are compiled."""
SIDE_BY_SIDE = 64
"""Lines that are drawn at once, at most."""

Progress = Callable[[int, int], None]
"""Called as lines are drawn, with the characters that are written and how many there are."""


@dataclass(frozen=True)
class Line:
    """What is to be drawn."""

    text: str
    style: Style | None
    """None for a model without."""
    noise: tuple[int, ...]
    """Tells this line's randomness from that of all others of a seed."""
    held: Track | None = None
    """What the line begins with; it ends with a character, or has no rows."""
    stop: int | None = None
    """Characters that own ink after which it ends, those of `held` counted; None: all."""

    @property
    def end(self) -> int:
        """Characters that are drawn, those of `held` counted."""
        return written(self.text) if self.stop is None else self.stop

    @property
    def known(self) -> int:
        """Points to which the pen is held."""
        return 0 if self.held is None else len(self.held)

    @property
    def free(self) -> int:
        """Characters that are drawn after those of `held`."""
        return self.end - (0 if self.held is None else int(self.held.rows[:, 3].sum()))

    @property
    def most(self) -> int:
        """Points after which it is given up."""
        return self.known + MOST_POINTS * self.free


@dataclass(frozen=True)
class Told:
    """All that a model is told as it writes a line."""

    ink: Ink
    """Every point of the pen, from the origin on."""
    given: dict[str, NDArray]
    """What is told beside the rows, of this one line; see `HandwritingModel.given`."""
    first: int
    """The point of `ink` with which the line itself begins."""


class LineWriter(Protocol):
    """What draws lines of text: `TextWriter`, and what has it draw them in some way."""

    def draw(
        self,
        lines: Sequence[Line],
        *,
        bias: float,
        seed: int,
        progress: Progress = lambda done, of: None,
    ) -> list[Track]:
        """The rows of each line, those that it is held to first. The last ones are those of its
        ink, one a point."""

    def ink(self, line: Line, track: Track, seed: int = 0) -> Ink:
        """What `draw` gave for a line, as ink."""

    def attention(
        self, inks: Sequence[Ink], styles: Sequence[Style] | None
    ) -> list[NDArray[np.float64]]:
        """How much is seen of each character of a line's text, and of what is after the last, as
        each of its points is written (points, chars + 1)."""

    def told(self, ink: Ink, style: Style | None) -> Told:
        """All that the model is told as it writes a line, as `attention` takes it, in a style."""


class TextWriter:
    """Writes texts; compiled once, used as often as one likes."""

    def __init__(
        self,
        model: HandwritingModel | Loop,
        normalisation: Normalisation,
        conditions: Conditions,
    ) -> None:
        """`normalisation` and `conditions` are those that the model was trained with.

        Raises UsageError where it was trained without text.
        """
        self.normalisation, self._guide = normalisation, guide_of(conditions)
        self._loop = loop_of(model)

    def __call__(
        self,
        texts: Sequence[str],
        styles: Sequence[Style] | None,
        *,
        bias: float = 0.0,
        seed: int = 0,
    ) -> list[Ink]:
        """A line of ink a text, in corpus units, its first point where it lies from the origin.

        styles: one a text. Raises DataError as `draw`, and where the model does not come to the
        end of a text.
        """
        lines = [
            Line(text, None if styles is None else styles[i], (i,)) for i, text in enumerate(texts)
        ]
        drawn = self.draw(lines, bias=bias, seed=seed)
        return [self.ink(line, track, seed) for line, track in zip(lines, drawn, strict=True)]

    def draw(
        self,
        lines: Sequence[Line],
        *,
        bias: float,
        seed: int,
        progress: Progress = lambda done, of: None,
    ) -> list[Track]:
        """The rows of each line, those that it is held to and all up to its end; fewer characters
        than it has where the model did not come to that.

        What a line becomes does not hang on those beside it. Raises DataError where a text has
        characters that the model lacks, or none that owns ink.
        """
        for line in lines:
            check_has_ink(line.text)
        # Those with like much to draw side by side: none waits long for the longest.
        order = sorted(range(len(lines)), key=lambda i: lines[i].free)
        found: dict[int, Track] = {}
        total, done = sum(line.end for line in lines), 0
        for start in range(0, len(lines), SIDE_BY_SIDE):
            places = order[start : start + SIDE_BY_SIDE]
            some = [lines[i] for i in places]
            tracks = self._side_by_side(some, bias, seed, _after(done, total, progress))
            found |= dict(zip(places, tracks, strict=True))
            done += sum(line.end for line in some)
        return [found[i] for i in range(len(lines))]

    def _side_by_side(
        self, lines: Sequence[Line], bias: float, seed: int, progress: Callable[[int], None]
    ) -> list[Track]:
        """Of each line, once all have ended or were given up."""
        ends, texts = np.array([line.end for line in lines]), [line.text for line in lines]
        given, features = self._given(lines), 2 + self._loop.marks
        first = np.zeros((len(lines), features), np.float32)
        fresh = self._loop.parts(self._loop.start(first[:, None][:, :0], given))
        begins = begun(fresh, [line.held for line in lines])
        row = np.stack([_row_before(*each) for each in zip(lines, begins, first, strict=True)])
        state = self._loop.whole(together([each.state for each in begins]))
        points = np.array([each.point for each in begins])
        noise = Noise(self._loop.marks, seed, [line.noise for line in lines], points)
        reached = np.array([each.ended for each in begins])
        most = max(line.most - each.point for line, each in zip(lines, begins, strict=True))
        pieces: list[_Piece] = []
        for start in range(0, max(most, 1), PIECE):
            held = _held(lines, points + start, features)
            drawn, state, places = self._loop.draw(row, state, noise.take(PIECE), bias, given, held)
            ended = self._guide.ends(texts, drawn, places, reached)
            row, reached = drawn[-1], reached + ended.sum(axis=0)
            rows = np.concatenate([drawn[..., :3], ended[..., None]], axis=-1, dtype=np.float32)
            pieces.append(_Piece(rows, self._loop.parts(state), reached))
            progress(int(np.minimum(reached, ends).sum()))
            if (reached >= ends).all():
                break
        return _tracks(lines, begins, pieces)

    def attention(
        self, inks: Sequence[Ink], styles: Sequence[Style] | None
    ) -> list[NDArray[np.float64]]:
        """How much the model sees of each character of a line's text, and of what is after the
        last, as it writes each point (points, chars + 1).

        inks: lines with text, from the origin on, as this writes them; others too, if their first
        points lie from the origin as a line's do. The pen is held to them.
        """
        rows = [self._rows(ink) for ink in inks]
        lines = [
            Line(str(ink.text), None if styles is None else styles[i], (i,))
            for i, ink in enumerate(inks)
        ]
        steps, marks = max(map(len, rows)), self._loop.marks
        held = np.zeros((steps, len(inks), 2 + marks), np.float32)
        for place, each in enumerate(rows):
            held[: len(each), place] = each[:, : 2 + marks]
        given, first = self._given(lines), np.zeros_like(held[0])
        state = self._loop.start(first[:, None][:, :0], given)
        noise = np.zeros((steps, len(inks), 3 + marks), np.float32)
        _, _, places = self._loop.draw(first, state, noise, 0.0, given, held)
        return [
            self._guide.attention(line.text, rows[i], places[: len(rows[i]), i])
            for i, line in enumerate(lines)
        ]

    def told(self, ink: Ink, style: Style | None) -> Told:
        """All that the model is told as it writes a line, as `attention` takes it, in a style.
        Raises DataError where the text has characters that the model lacks."""
        return Told(with_origin(ink), self._given([Line(str(ink.text), style, (0,))]), first=1)

    def _rows(self, ink: Ink) -> Rows:
        """The rows (points, 4) of a line that begins at the origin."""
        offsets = np.diff(ink.points[:, :2].astype(np.float64), axis=0, prepend=0)
        ends = np.zeros(len(ink)) if ink.char_end is None else ink.char_end
        marks = np.stack([ink.points[:, 2], ends], axis=-1)
        return self.normalisation.rows(np.concatenate([offsets, marks], axis=-1))

    def _given(self, lines: Sequence[Line]) -> dict[str, NDArray]:
        told = [self._guide.told(line.text) for line in lines]
        chars = -(-max(map(len, told)) // CHARS_APART) * CHARS_APART
        given = {self._guide.name: side_by_side(told, len(lines), chars)}
        styled = [(line.style, line.text) for line in lines if line.style is not None]
        return {**given, "style": _side_by_side(styled, chars)} if styled else given

    def ink(self, line: Line, track: Track, seed: int = 0) -> Ink:
        """What `draw` gave for a line, as ink; each of its words ends with the pen up.

        Raises DataError where the model did not come to the end of it, or left all bounds.
        """
        rows = track.rows
        if (reached := int(rows[:, 3].sum())) < line.end:
            raise DataError(
                f"after {len(rows)} points the model is at character {reached + 1} of the "
                f"{line.end} of {line.text!r}: it is not trained well enough; train it longer"
            )
        points = np.cumsum(self.normalisation.offsets(rows)[:, :2], axis=0)
        if not np.isfinite(points).all():
            raise DataError(f"{line.text!r} left all bounds: the model is not trained well enough")
        pen_up = rows[:, 2].copy()
        ends = np.flatnonzero(rows[:, 3])
        last = [written(word) for word in line.text.split()]
        pen_up[ends[[end - 1 for end in np.cumsum(last) if end <= len(ends)]]] = 1
        pen_up[-1] = 1
        return Ink(
            np.column_stack([points, pen_up]).astype(np.float32),
            char_end=rows[:, 3] > 0,
            text=line.text,
            id="-".join(map(str, (seed, *line.noise))),
        )


def _after(done: int, of: int, progress: Progress) -> Callable[[int], None]:
    return lambda now: progress(done + now, of)


def _side_by_side(styled: Sequence[tuple[Style, str]], chars: int) -> NDArray[np.float32]:
    """Styles, each with what is written in it -> (batch, width), or (batch, chars, width) where
    any of them borrows letters: what each character that owns ink is written in."""
    vectors = np.stack([style.vector for style, _ in styled])
    if not any(style.letters for style, _ in styled):
        return vectors
    along = np.repeat(vectors[:, None], chars, axis=1)
    for place, (style, text) in enumerate(styled):
        along[place, : written(text)] = style.along(text)
    return along


def check_has_ink(text: str) -> None:
    """Raises DataError where no character of a text owns ink."""
    if not written(text):
        raise DataError(f"{text!r} has no character to be written; give some text")


def check_learnt_text(conditions: Conditions) -> None:
    """Raises UsageError where a model cannot be told what to write."""
    guide_of(conditions)


@dataclass(frozen=True)
class _Piece:
    """Lines, drawn on side by side."""

    rows: Rows
    """(steps, batch, 4), in the last column how many characters end with a row."""
    state: State
    """Before the last row goes in."""
    reached: NDArray[np.int64]
    """(batch,) characters that have ended."""


def _row_before(line: Line, begin: Bookmark, first: Rows) -> Rows:
    """The row (features,) that goes in first; `first` at a line's beginning."""
    if line.held is None or begin.point == 0:
        return first
    return line.held.rows[begin.point - 1, : len(first)]


def _held(lines: Sequence[Line], starts: NDArray[np.int64], features: int) -> Rows | None:
    """Rows (PIECE, batch, features) that lines are held to, each from a point on, NaN where the
    pen is free; None where it is for all of them."""
    if all(line.known <= start for line, start in zip(lines, starts, strict=True)):
        return None
    held = np.full((PIECE, len(lines), features), np.nan, np.float32)
    for place, (line, start) in enumerate(zip(lines, starts, strict=True)):
        if line.held is not None:
            known = line.held.rows[start : start + PIECE, :features]
            held[: len(known), place] = known
    return held


def _tracks(
    lines: Sequence[Line], begins: Sequence[Bookmark], pieces: Sequence[_Piece]
) -> list[Track]:
    """Of each line, up to its end, the rows before the bookmark that it began at with it."""
    drawn = np.concatenate([each.rows for each in pieces])
    states = [apart(each.state, len(lines)) for each in pieces]
    tracks = []
    for place, (line, begin) in enumerate(zip(lines, begins, strict=True)):
        before = Track(drawn[:0, place]) if line.held is None else line.held.up_to(begin.point)
        rows = _until(np.concatenate([before.rows, drawn[:, place]]), line.end)
        passed = [
            Bookmark(begin.point + (i + 1) * PIECE, states[i][place], int(piece.reached[place]))
            for i, piece in enumerate(pieces)
        ]
        tracks.append(Track(rows, _kept([*before.bookmarks, *passed], rows)))
    return tracks


def _kept(bookmarks: Sequence[Bookmark], rows: Rows) -> tuple[Bookmark, ...]:
    """Those that rows before them tell all about: characters that a window has passed over may
    have ends there that it found farther on."""
    return tuple(
        each
        for each in bookmarks
        if each.point <= len(rows) and rows[: each.point, 3].sum() == each.ended
    )


def _until(rows: Rows, end: int) -> Rows:
    """rows (steps, 4) up to the end of the character `end`, all where it is not reached. In the
    last column is how many characters end with a row."""
    ended = np.cumsum(rows[:, 3])
    if ended[-1] >= end:
        rows = rows[: int(np.argmax(ended >= end)) + 1].copy()
        rows[-1, 3] -= ended[len(rows) - 1] - end
    return _one_end_a_row(rows)


def _one_end_a_row(rows: Rows) -> Rows:
    """The same with at most one end a row: of several, all but the last had one row each, before.
    (A window may pass over a character.)"""
    rows, waiting = rows.copy(), 0.0
    for row in reversed(rows):
        waiting += row[3]
        row[3] = min(waiting, 1.0)
        waiting -= row[3]
    return rows
