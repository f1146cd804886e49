"""Simulated writers: what is the same in everything that one person writes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hwsynth.datasets.synthetic.forms import Form, forms
from hwsynth.datasets.synthetic.kinematics import Complexes
from hwsynth.datasets.synthetic.recipes import Style

TERMS = 7
"""Terms of the smooth field that bends a letter."""


@dataclass(frozen=True)
class Writer:
    """One person's hand. Lengths are in x-heights unless said otherwise."""

    seed: tuple[int, int]
    x_height: float
    """Corpus units."""
    slant: float
    """Shear: rightwards per upwards."""
    aspect: float
    """Width of letters against Hershey's."""
    ascender: float
    """How far ascenders rise above the x-height."""
    descender: float
    capital: float
    """Height of capitals and punctuation."""
    figure: float
    """Height of figures."""
    gap: float
    """Between the ink of neighbouring letters that are not joined."""
    join_gap: float
    word_gap: float
    script: float
    """Probability that a letter's form is the script one."""
    quick: float
    """Probability that another letter's form is the quick one, not the printed one."""
    joining: float
    """Probability that a letter that can be joined to the next one is."""
    marks_late: bool
    """Whether dots and crosses wait for the end of the word."""
    mark_shift: complex
    """Where dots and crosses come to lie, from where they belong."""
    mark_size: float
    """Length of crosses against Hershey's."""
    dot: complex
    """Length and direction of dots against a short stroke downwards."""
    roundness: float
    """Gain on the turning of every movement: below 1 the hand is angular."""
    overlap: float
    """How much of a movement is still to come when the next begins."""
    pace: float
    """Seconds a movement of one x-height takes."""
    sigma: float
    """Spread of the lognormals."""
    bend: float
    """How far own letter shapes lie from Hershey's."""
    wobble: float
    """How far one instance of a letter lies from the next."""
    aim: float
    """Spread of the pen about its targets."""
    care: float
    """How much of the shortening by overlap is made up for by aiming beyond."""
    dwell: float
    """Seconds that the pen stands on the paper before it moves."""
    tremor: float
    """Spread of single points about the pen's way."""
    size_wobble: float
    fade: float
    """Part of its height that each letter of a word loses against the one before."""
    climb: float
    """Mean slope of lines, upwards per rightwards."""
    wave: float
    """Amplitude of the baseline's waves."""
    bounce: float
    """Spread of single letters about the baseline."""
    second_form: float
    """Probability of a letter's second form, where the writer has one."""
    _shapes: dict[str, tuple[Complexes, ...]] = field(default_factory=dict, init=False, repr=False)
    _forms: dict[str, tuple[Form, ...]] = field(default_factory=dict, init=False, repr=False)

    def forms_of(self, character: str) -> tuple[Form, ...]:
        """The writer's form of the character, and a second one."""
        if character not in self._forms:
            self._forms[character] = self._choose(character)
        return self._forms[character]

    def shape(self, form: Form) -> tuple[Complexes, ...]:
        """Nodes of body and marks in the writer's shape and proportions."""
        key = form.character + form.key
        if key not in self._shapes:
            self._shapes[key] = self._bend(form)
        return self._shapes[key]

    def _choose(self, character: str) -> tuple[Form, ...]:
        rng = self._rng(ord(character), 1)
        styles, weights, shapes = zip(*forms(character), strict=True)
        chance = np.array([self._likes(style) for style in styles]) * np.array(weights)
        if not chance.sum():
            chance = np.array(weights)
        picks = rng.choice(len(shapes), 2, p=chance / chance.sum())
        return tuple(shapes[pick] for pick in picks)

    def _likes(self, style: Style) -> float:
        if style == "script":
            return self.script
        return (1 - self.script) * (self.quick if style == "quick" else 1 - self.quick)

    def _bend(self, form: Form) -> tuple[Complexes, ...]:
        rng = self._rng(ord(form.character), 2)
        # Part of it is in all letters alike: they look of one hand.
        coefficients = self.bend * (0.65 * random_field(rng) + 0.5 * random_field(self._rng(0, 3)))
        height = self._height(form.character)
        body, *marks = (
            self._proportions(bent(trace.nodes, coefficients), height)
            for trace in (form.body, *form.marks)
        )
        return body, *(self._mark(mark) for mark in marks)

    def _mark(self, nodes: Complexes) -> Complexes:
        middle = nodes.mean()
        if np.ptp(nodes.real) > 0.3:
            # A cross that misses its stem is no cross.
            return np.asarray(middle + 0.4 * self.mark_shift + self.mark_size * (nodes - middle))
        return np.asarray(middle + self.mark_shift + self.dot * (nodes - middle))

    def _height(self, character: str) -> float | None:
        """How tall the character is as a whole; None for small letters."""
        if character.islower():
            return None
        return self.figure if character.isdigit() else self.capital

    def _proportions(self, nodes: Complexes, height: float | None) -> Complexes:
        x, up = nodes.real * self.aspect, -nodes.imag
        if height is not None:
            return np.asarray((x * 0.9 - 1j * up) * height / 2)
        heights = [-2 * self.descender, 0, 1, 1 + self.ascender, 1 + 2 * self.ascender]
        return np.asarray(x - 1j * np.interp(up, [-2, 0, 1, 2, 3], heights))

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence([*self.seed, 0, *key]))


def random_field(rng: np.random.Generator, count: int | None = None) -> Complexes:
    """Coefficients of one random smooth displacement, (TERMS,), or of many, (count, TERMS)."""
    size = (TERMS,) if count is None else (count, TERMS)
    # Cut off, or in one writer of a hundred letters fold over.
    return np.clip(rng.normal(size=size), -1.5, 1.5) + 1j * np.clip(
        rng.normal(size=size), -1.5, 1.5
    )


def bent(nodes: Complexes, coefficients: Complexes) -> Complexes:
    """Nodes moved by a smooth field over the glyph grid.

    `coefficients`: (TERMS,) for all nodes or (nodes, TERMS).
    """
    x, y = nodes.real, nodes.imag
    basis = np.stack(
        [x, 0.5 * y, x * y, np.sin(2.2 * y), np.cos(2.2 * y), np.sin(2.6 * x), np.cos(2.6 * x)], -1
    )
    return np.asarray(nodes + (basis * coefficients).sum(-1))


def make_writer(seed: int, number: int) -> Writer:
    """The writer of this number: always the same one."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, number]))

    def about(median: float, spread: float) -> float:
        return float(median * np.exp(spread * rng.normal()))

    script = float(rng.choice([0.03, 0.2, 0.8], p=[0.6, 0.25, 0.15]))
    quick = float(rng.choice([0.1, 0.5, 0.95], p=[0.4, 0.25, 0.35]))
    haste = float(rng.normal())
    joining = float(np.clip(rng.normal(max(0.7 * quick, script), 0.15) + 0.1 * haste, 0, 0.97))
    return Writer(
        seed=(seed, number),
        x_height=about(112, 0.19),
        slant=float(rng.normal(0.04 + 0.15 * script, 0.2)),
        aspect=about(1.1, 0.15),
        ascender=about(1.25, 0.2),
        descender=about(1.1, 0.25),
        capital=about(2.2, 0.15),
        figure=about(1.85, 0.15),
        gap=about(0.42, 0.27),
        join_gap=about(0.25, 0.3),
        word_gap=about(2.1, 0.3),
        script=script,
        quick=quick,
        joining=joining,
        marks_late=bool(rng.random() < 0.15 + 0.8 * joining),
        mark_shift=complex(rng.normal(0.1, 0.15), rng.normal(-0.05, 0.12)),
        mark_size=about(1.25, 0.3),
        dot=complex(about(1.0, 0.5) * np.exp(1j * rng.normal(0, 0.7))),
        roundness=about(0.92, 0.16),
        overlap=float(np.clip(rng.normal(0.53 + 0.065 * haste, 0.04), 0.3, 0.7)),
        pace=about(0.14, 0.12),
        sigma=about(0.28, 0.15),
        bend=about(0.095 * np.exp(0.1 * haste), 0.15),
        wobble=about(0.026 * np.exp(0.2 * haste), 0.25),
        aim=about(0.025 * np.exp(0.2 * haste), 0.25),
        care=float(np.clip(rng.normal(0.64 - 0.14 * haste, 0.08), 0.25, 1)),
        dwell=about(0.01, 0.4),
        tremor=about(0.009, 0.35),
        size_wobble=about(0.08, 0.3),
        fade=float(rng.exponential(0.015)),
        climb=float(rng.normal(0.016, 0.03)),
        wave=about(0.13, 0.5),
        bounce=about(0.06, 0.4),
        second_form=float(rng.random() * 0.4),
    )
