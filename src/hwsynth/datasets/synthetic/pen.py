"""The pen's way through placed nodes, in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwsynth.datasets.synthetic.arcs import turning
from hwsynth.datasets.synthetic.kinematics import (
    Complexes,
    Floats,
    Timing,
    arc_length,
    covered,
    timing,
    trajectory,
)
from hwsynth.datasets.synthetic.ordering import Movements
from hwsynth.datasets.synthetic.placing import scatter
from hwsynth.datasets.synthetic.writers import Writer

ISOCHRONY = 0.38
"""Duration grows with this power of length: long movements are faster than short ones."""
REST = 0.06
"""Seconds that the pen rests over the paper before it lands, in the median."""
ROUNDS = 3
"""How often the aims of movements are corrected by what they would miss."""
SHORTEST = 3
"""Samples that a movement lasts at least, so that each leaves a point."""


@dataclass(frozen=True)
class Track:
    """What a tablet reports while the pen is down; every field (points,)."""

    position: Complexes
    times: Floats
    pen_up: NDArray[np.bool_]
    letter: NDArray[np.int64]
    """The letter that each point counts to, ascending."""


def move(
    movements: Movements, nodes: Complexes, hand: Writer, rng: np.random.Generator, rate: float
) -> Track:
    """Moves the pen along the nodes ((2·strokes + 1,), in x-heights), `rate` points a second."""
    chords = nodes[2::2] - nodes[:-2:2]
    turns = _turns(movements, nodes, hand)
    begin, finish = _schedule(movements, chords, turns, hand, rng, rate)
    when = timing(begin, finish - begin, hand.sigma)
    bounds = _bounds(movements, begin, finish, hand.dwell)
    points = int(np.ceil(finish[-1] * rate)) + 1
    aimed = _beyond(chords, when, bounds, _care(movements, hand))
    path = trajectory(complex(nodes[0]), aimed, turns, when, rate, points)
    path += hand.tremor * scatter(points, rng)
    return _on_paper(path, movements, bounds, rate)


def _turns(movements: Movements, nodes: Complexes, hand: Writer) -> Floats:
    """(strokes,) how far each movement turns; a ligature sets off as the letter ended."""
    chords = nodes[2::2] - nodes[:-2:2]
    turns = hand.roundness * turning(nodes[:-2:2], nodes[1::2], nodes[2::2])
    turns[movements.link] = 0
    swing = _wrapped(np.angle(chords[1:]) - np.angle(chords[:-1]) - turns[:-1] / 2)
    ligature = np.flatnonzero(movements.link & movements.down)
    turns[ligature] = np.clip(swing[ligature - 1], -1.1, 0.7)
    return np.asarray(turns)


def _schedule(
    movements: Movements,
    chords: Complexes,
    turns: Floats,
    hand: Writer,
    rng: np.random.Generator,
    rate: float,
) -> tuple[Floats, Floats]:
    """(strokes,) when each movement begins and ends, seconds.

    The more the direction breaks between two movements, the less they overlap; before the pen
    lands and after it lifts they overlap least.
    """
    length = np.maximum(arc_length(chords, turns), 1e-3)
    duration = hand.pace * length**ISOCHRONY * np.exp(0.08 * rng.normal(size=len(length)))
    duration = np.maximum(duration, SHORTEST / rate)
    direction = np.angle(chords)
    leaving, setting_off = direction + turns / 2, direction - turns / 2
    breaks = np.abs(_wrapped(setting_off[1:] - leaving[:-1])) / np.pi
    overlap = hand.overlap * (1.1 - 0.35 * breaks)
    landing, lifting = _edges(movements)
    overlap *= np.select([landing, lifting], [0.2, 0.9], 1.0)
    steps = duration[:-1] - overlap * np.minimum(duration[1:], duration[:-1])
    steps[landing] += hand.dwell + REST * np.exp(0.8 * rng.normal(size=landing.sum()))
    begin = np.concatenate([[0.0], np.cumsum(steps)])
    return begin, begin + duration


def _edges(movements: Movements) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(strokes − 1,) each: whether the pen lands, and whether it lifts, between two movements."""
    before, after = movements.down[:-1], movements.down[1:]
    return after & ~before, before & ~after


def _bounds(movements: Movements, begin: Floats, finish: Floats, dwell: float) -> Floats:
    """(strokes + 1,) from when to when the pen's points count to each movement.

    A landing pen is down a moment before the stroke that it lands for begins.
    """
    landing, lifting = _edges(movements)
    late = np.where(lifting, 0.15, 0.25)
    between = begin[1:] + late * (finish[:-1] - begin[1:])
    between[landing] = begin[1:][landing] - dwell
    return np.concatenate([begin[:1], between, finish[-1:]])


def _care(movements: Movements, hand: Writer) -> Floats:
    """(strokes,) the writer's care; all take care of where the pen lands and lifts."""
    edge = np.append(movements.down[1:] != movements.down[:-1], True)
    return np.where(edge, 1.0, hand.care)


def _beyond(chords: Complexes, when: Timing, bounds: Floats, care: Floats) -> Complexes:
    """Chords with their targets moved so that the pen passes nearer to where it should.

    Overlap shortens: at its bound a movement has not quite ended and the next has begun.
    `care` is the part of this that the writer makes up for by aiming beyond.
    """
    rest = 1 - covered(bounds[1:], when.onset, when.mu, when.sigma)
    ahead = covered(bounds[1:-1], when.onset[1:], when.mu[1:], when.sigma[1:])
    targets = np.cumsum(chords)

    def missed(aims: Complexes) -> Complexes:
        aimed = np.diff(aims, prepend=0)
        short = targets - aims + rest * aimed
        short[:-1] -= ahead * aimed[1:]
        return np.asarray(short)

    left = (1 - care) * missed(targets)
    aims = targets
    for _ in range(ROUNDS):
        aims = aims + missed(aims) - left
    return np.diff(aims, prepend=0)


def _on_paper(path: Complexes, movements: Movements, bounds: Floats, rate: float) -> Track:
    times = np.arange(len(path)) / rate
    movement = np.searchsorted(bounds, times, side="right") - 1
    seen = np.flatnonzero(movement < len(movements.down))
    seen = seen[movements.down[movement[seen]]]
    movement = movement[seen]
    stroke = np.cumsum(~movements.down)[movement]
    pen_up = np.append(np.diff(stroke) > 0, True)
    return Track(path[seen], times[seen], pen_up, movements.counted_to[movement])


def _wrapped(angle: Floats) -> Floats:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)
