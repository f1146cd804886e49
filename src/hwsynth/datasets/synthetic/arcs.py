"""Cuts a drawn line into the fewest arcs of circles: the movements a pen would make of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hwsynth.datasets.synthetic.kinematics import Complexes, Floats, along_arc

CORNER = np.radians(62)
"""A turn by more at one vertex is a corner; less is a curve drawn with few vertices."""
MOST_TURNING = np.radians(150)
"""The most that one movement turns; a full circle takes three."""


def turning(start: Complexes, middle: Complexes, end: Complexes) -> Floats:
    """How far the arc from start through middle to end turns, radians, same shape as given.

    δ = 4·atan(2h/c) with sagitta h over chord c, positive to the right as y points down.
    """
    chord = end - start
    length = np.maximum(np.abs(chord), 1e-9)
    sagitta = -((middle - (start + end) / 2) * np.conj(chord)).imag / length
    turn: Floats = np.clip(4 * np.arctan2(2 * sagitta, length), -np.pi, np.pi)
    return turn


def cut(line: Complexes, tolerance: float) -> Complexes:
    """Nodes (2·arcs + 1,): start, middle, end = start of the next, middle, …

    Dynamic programming over the vertices: fewest arcs, each within about `tolerance` of the
    line and ending at a corner where there is one.
    """
    count = len(line)
    if count == 1:
        return np.repeat(line, 3)
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(line)))])
    corners = np.flatnonzero(_turns(line) > CORNER) + 1
    best = np.full(count, np.inf)
    best[0] = 0
    previous = np.zeros(count, np.int64)
    for i in range(count - 1):
        stop = int(min(corners[corners > i], default=count - 1))
        for j in range(i + 1, stop + 1):
            cost = best[i] + _cost(line, way, i, j, tolerance)
            # Cuts of a symmetric shape cost the same but for rounding: the first one wins.
            if cost < best[j] - 1e-9:
                best[j], previous[j] = cost, i
    return _nodes(line, way, _path_to(count - 1, previous))


def _path_to(last: int, previous: NDArray[np.int64]) -> list[int]:
    path = [last]
    while path[-1]:
        path.append(int(previous[path[-1]]))
    return path[::-1]


def _turns(line: Complexes) -> Floats:
    steps = np.diff(line)
    turns: Floats = np.abs(np.angle(steps[1:] * np.conj(steps[:-1])))
    return turns


def _cost(line: Complexes, way: Floats, i: int, j: int, tolerance: float) -> float:
    """1 for the arc, and more the farther it lies from the line's vertices i to j."""
    piece, passed = line[i : j + 1], way[i : j + 1]
    middle = _at(line, way, passed[[0, -1]].mean())
    turn = turning(piece[:1], middle, piece[-1:])
    if abs(turn[0]) > MOST_TURNING:
        return float("inf")
    fraction = (passed - passed[0]) / (passed[-1] - passed[0])
    drawn = piece[0] + along_arc(piece[-1:] - piece[:1], turn, fraction)
    return 1.0 + (float(np.abs(drawn - piece).max()) / tolerance) ** 2


def _at(line: Complexes, way: Floats, where: Floats) -> Complexes:
    return np.interp(where, way, line.real) + 1j * np.interp(where, way, line.imag)


def _nodes(line: Complexes, way: Floats, ends: list[int]) -> Complexes:
    nodes = np.empty(2 * len(ends) - 1, np.complex128)
    nodes[::2] = line[ends]
    nodes[1::2] = _at(line, way, (way[ends[1:]] + way[ends[:-1]]) / 2)
    return nodes
