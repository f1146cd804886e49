"""Which movements write a text, in the order of writing: letters, joins, lifts, late marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.datasets.synthetic.forms import Form
from hwsynth.datasets.synthetic.kinematics import Complexes
from hwsynth.datasets.synthetic.writers import Writer


@dataclass(frozen=True)
class Letter:
    """A character about to be written."""

    form: Form
    joined: bool
    """Whether the pen stays down between the letter before and this one."""
    word: int
    """Which word of the line it belongs to."""


@dataclass(frozen=True)
class Movements:
    """All movements of a line. Axes: letters, strokes (elementary movements), nodes.

    Between two traces there is one movement more, the link, with the pen down or up; its
    middle node is 0 until the letters are placed.
    """

    nodes: Complexes
    """(2·strokes + 1,): start, middle, end = start of the next, …; each letter on its grid."""
    letter: NDArray[np.int64]
    """(2·strokes + 1,) the letter that a node is part of."""
    down: NDArray[np.bool_]
    """(strokes,)"""
    link: NDArray[np.bool_]
    """(strokes,)"""
    counted_to: NDArray[np.int64]
    """(strokes,) the letter that the points of a movement belong to in `char_end`, ascending:
    a late mark counts to the last letter of its word."""


@dataclass(frozen=True)
class _Piece:
    nodes: Complexes
    down: NDArray[np.bool_]
    letter: int
    counted_to: int
    joined: bool


def letters_of(text: str, hand: Writer, rng: np.random.Generator) -> list[Letter]:
    """The text's characters but for its spaces, each in one of the writer's forms."""
    letters: list[Letter] = []
    for word, characters in enumerate(text.split()):
        before: Form | None = None
        for character in characters:
            form = hand.forms_of(character)[int(rng.random() < hand.second_form)]
            stays = rng.random() < hand.joining
            joined = before is not None and stays and _can_join(before, form, hand)
            letters.append(Letter(form, joined, word))
            before = form
    return letters


def movements_of(letters: Sequence[Letter], hand: Writer) -> Movements:
    """The letters' movements one after the other, with the links between them."""
    nodes, letter, down, link, counted_to = [], [], [], [], []
    for number, piece in enumerate(_in_order(letters, hand)):
        strokes = len(piece.down)
        if number:
            nodes.append(np.zeros(1, np.complex128))
            letter.append([piece.letter])
            down.append([piece.joined])
            link.append([True])
            counted_to.append([piece.counted_to])
        nodes.append(piece.nodes)
        letter.append([piece.letter] * (2 * strokes + 1))
        down.append(list(piece.down))
        link.append([False] * strokes)
        counted_to.append([piece.counted_to] * strokes)
    return Movements(
        np.concatenate(nodes),
        np.concatenate(letter),
        np.concatenate(down).astype(bool),
        np.concatenate(link).astype(bool),
        np.concatenate(counted_to),
    )


def _can_join(before: Form, form: Form, hand: Writer) -> bool:
    """A letter whose marks are written at once ends with a mark, and so with a lift."""
    return before.joins and form.joined and (hand.marks_late or not before.marks)


def _in_order(letters: Sequence[Letter], hand: Writer) -> Iterator[_Piece]:
    late: list[tuple[int, int]] = []
    for k, letter in enumerate(letters):
        yield _piece(letters, hand, k, 0, k)
        marks = [(k, part) for part in range(1, 1 + len(letter.form.marks))]
        if hand.marks_late:
            late += marks
        else:
            yield from (_piece(letters, hand, *mark, k) for mark in marks)
        if k + 1 == len(letters) or letters[k + 1].word != letter.word:
            yield from (_piece(letters, hand, *mark, k) for mark in late)
            late = []


def _piece(letters: Sequence[Letter], hand: Writer, k: int, part: int, counted_to: int) -> _Piece:
    form = letters[k].form
    trace = (form.body, *form.marks)[part]
    joined = letters[k].joined and part == 0
    return _Piece(hand.shape(form)[part], trace.down, k, counted_to, joined)
