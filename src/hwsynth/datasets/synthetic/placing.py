"""Letters on the line: their own variation, spacing, slant and baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwsynth.datasets.synthetic.kinematics import Complexes, Floats
from hwsynth.datasets.synthetic.ordering import Letter, Movements
from hwsynth.datasets.synthetic.writers import Writer, bent, random_field

BODY = (-1.3, 0.25)
"""Where a letter keeps its distance from the next, y in x-heights."""
OVERHANG = 0.18
"""How much closer ascenders and descenders may come to each other than bodies."""


def place(
    movements: Movements, letters: Sequence[Letter], hand: Writer, rng: np.random.Generator
) -> Complexes:
    """(nodes,) positions of all nodes on the line, in x-heights; baseline near y = 0."""
    count, letter = len(letters), movements.letter
    word = np.array([each.word for each in letters])
    nodes = bent(movements.nodes, (hand.wobble * random_field(rng, count))[letter])
    nodes *= np.exp(hand.size_wobble * rng.normal(size=count))[letter]
    nodes.imag *= _fading(word, hand)[letter]
    at = _spaced(nodes, movements, letters, hand, rng)
    slant = hand.slant + 0.03 * _each_word(word, rng) + 0.015 * rng.normal(size=count)
    height = _baseline(at, word, hand, rng)
    placed = nodes + (at + 1j * height)[letter] - (slant[letter] * nodes.imag)
    return np.asarray(placed + hand.aim * scatter(len(nodes), rng))


def _fading(word: NDArray[np.int64], hand: Writer) -> Floats:
    """(letters,) height left to each letter: hands flatten out towards the end of a long word."""
    first = np.searchsorted(word, word)
    return np.asarray(np.exp(-hand.fade * (np.arange(len(word)) - first)))


def _spaced(
    nodes: Complexes,
    movements: Movements,
    letters: Sequence[Letter],
    hand: Writer,
    rng: np.random.Generator,
) -> Floats:
    """(letters,) where each letter's origin lies along the line."""
    gaps = _gaps(letters, hand, rng)[1:]
    own = np.ones(len(nodes), bool)
    own[1::2] = ~movements.link
    ink, letter = _bulging(nodes, hand.roundness)[own], movements.letter[own]
    # Figures have no ascenders: all of them is body.
    zoned = np.array([not each.form.character.isdigit() for each in letters])[letter]
    above, below = zoned & (ink.imag < BODY[0]), zoned & (ink.imag > BODY[1])

    def advance(where: NDArray[np.bool_]) -> Floats:
        return _advance(ink.real[where], letter[where], len(letters)) + gaps

    bodies = advance(~above & ~below)
    closest = np.maximum(advance(above), advance(below)) - OVERHANG
    # Quotation marks and the like have no body to keep a distance.
    whole = advance(np.ones(len(ink), bool)) - OVERHANG / 2
    needed = np.where(np.isfinite(bodies), bodies, whole)
    return np.concatenate([[0.0], np.cumsum(np.maximum(needed, closest))])


def _advance(x: Floats, letter: NDArray[np.int64], letters: int) -> Floats:
    """(letters − 1,) from origin to origin so that neighbours touch; −inf where one is empty."""
    left, right = np.full(letters, np.inf), np.full(letters, -np.inf)
    np.minimum.at(left, letter, x)
    np.maximum.at(right, letter, x)
    advance: Floats = right[:-1] - left[1:]
    return advance


def _bulging(nodes: Complexes, roundness: float) -> Complexes:
    """The nodes with each arc's middle where a hand of this roundness takes it."""
    drawn = nodes.copy()
    straight = (nodes[:-2:2] + nodes[2::2]) / 2
    drawn[1::2] = straight + roundness * (nodes[1::2] - straight)
    return drawn


def _gaps(letters: Sequence[Letter], hand: Writer, rng: np.random.Generator) -> Floats:
    """(letters,) the space wanted before each letter."""
    side = np.array([hand.join_gap if each.form.leads else hand.gap for each in letters])
    beside = (side + np.roll(side, 1)) / 2 * np.exp(0.2 * rng.normal(size=len(side)))
    between = hand.word_gap * np.exp(0.14 * rng.normal(size=len(side)))
    word = np.array([each.word for each in letters])
    return np.where(np.diff(word, prepend=0) > 0, between, beside)


def _baseline(
    at: Floats, word: NDArray[np.int64], hand: Writer, rng: np.random.Generator
) -> Floats:
    """(letters,) y of the baseline under each letter: slope, waves, and where the hand lands."""
    phase = rng.uniform(0, 2 * np.pi, 2)
    climb = hand.climb + 0.008 * rng.normal()
    waves = np.sin(at / 7 + phase[0]) + 0.5 * np.sin(at / 2.6 + phase[1])
    landing = rng.normal(size=len(at)) + 1.2 * _each_word(word, rng)
    return np.asarray(hand.wave * waves + hand.bounce * landing - climb * at)


def _each_word(word: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """(letters,) normal, the same throughout a word."""
    return np.asarray(rng.normal(size=word[-1] + 1)[word])


def scatter(count: int, rng: np.random.Generator) -> Complexes:
    """(count,) normal deviations, each axis of spread 1."""
    return np.asarray(rng.normal(size=count) + 1j * rng.normal(size=count))
