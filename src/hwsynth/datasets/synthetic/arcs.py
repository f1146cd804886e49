"""Cuts a drawn line into the fewest arcs of circles: the movements a pen would make of it."""

from __future__ import annotations

import numpy as np

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
    sagitta = -np.imag((middle - (start + end) / 2) * np.conj(chord)) / length
    bound = 4.0 * np.arctan(1.0)
    return np.clip(4 * np.arctan2(2 * sagitta, length), -bound, bound)


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
    previous = np.zeros(count, int)
    for i in range(count - 1):
        beyond = corners[corners > i]
        stop = int(beyond[0]) if len(beyond) else count - 1
        for j in range(i + 1, stop + 1):
            cost = best[i] + _cost(line, way, i, j, tolerance)
            if cost < best[j]:
                best[j], previous[j] = cost, i
    ends = [count - 1]
    while ends[-1]:
        ends.append(int(previous[ends[-1]]))
    return _nodes(line, way, ends[::-1])


def _turns(line: Complexes) -> Floats:
    steps = np.diff(line)
    return np.abs(np.angle(steps[1:] * np.conj(steps[:-1])))


def _cost(line: Complexes, way: Floats, i: int, j: int, tolerance: float) -> float:
    middle = _at(line, way, (way[i] + way[j]) / 2)
    turn = turning(line[i], middle, line[j])
    if abs(turn) > MOST_TURNING:
        return np.inf if j > i + 1 else 1.0
    fraction = (way[i : j + 1] - way[i]) / (way[j] - way[i])
    drawn = line[i] + along_arc(line[j] - line[i], turn, fraction)
    error = float(np.abs(drawn - line[i : j + 1]).max()) / tolerance
    return 1.0 + error**2


def _at(line: Complexes, way: Floats, where: float | Floats) -> Complexes:
    return np.asarray(np.interp(where, way, line.real) + 1j * np.interp(where, way, line.imag))


def _nodes(line: Complexes, way: Floats, ends: list[int]) -> Complexes:
    nodes = np.empty(2 * len(ends) - 1, complex)
    nodes[::2] = line[ends]
    nodes[1::2] = _at(line, way, (way[ends[1:]] + way[ends[:-1]]) / 2)
    return nodes
