"""A line of text in a writer's hand: letters placed, joined, and written in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hwsynth.datasets.synthetic import kinematics
from hwsynth.datasets.synthetic.arcs import turning
from hwsynth.datasets.synthetic.forms import Form
from hwsynth.datasets.synthetic.kinematics import Complexes, Floats
from hwsynth.datasets.synthetic.writers import TERMS, Writer, bent, random_field
from hwsynth.ink import Ink


def write(text, hand: Writer, rng, *, rate=75.0, **fields) -> Ink:
    writer = hand
    written = _in_order(text, writer, rng)
    nodes = _place(written, text, writer, rng) * writer.x_height
    return _move(written, nodes, writer, rng, rate, text, fields)


@dataclass(frozen=True)
class _Written:
    nodes: Complexes  # (2*strokes+1,)
    owner: np.ndarray  # (2*strokes+1,) the letter a node belongs to (geometry)
    down: np.ndarray  # (strokes,)
    link: np.ndarray  # (strokes,)
    char: np.ndarray  # (strokes,) character that a stroke counts for
    letters: str
    word: np.ndarray  # (letters,) word number
    joined: np.ndarray  # (letters,) joined to the letter before


def _in_order(text, writer, rng) -> _Written:
    nodes, owner, down, link, char = [], [], [], [], []
    letters, words, joins = [], [], []
    for number, word in enumerate(text.split()):
        late = []
        before = None
        for character in word:
            first, second = writer.forms_of(character)
            form = second if rng.random() < writer.second_form else first
            shape = writer.shape(form)
            joined = bool(
                before is not None
                and before.joins
                and form.joined
                and (writer.marks_late or not before.marks)
                and rng.random() < writer.joining
            )
            k = len(letters)

            def add(part, trace, k, pen):
                if nodes:
                    nodes.append(np.zeros(1, complex))
                    owner.append([k])
                    down.append([pen])
                    link.append([True])
                    char.append([len(letters)])
                nodes.append(part)
                owner.append([k] * len(part))
                down.append(trace.down)
                link.append([False] * len(trace.down))
                char.append([len(letters)] * len(trace.down))

            add(shape[0], form.body, k, joined)
            if writer.marks_late:
                late += [(p, t, k) for p, t in zip(shape[1:], form.marks)]
            else:
                for p, t in zip(shape[1:], form.marks):
                    add(p, t, k, False)
            letters.append(character)
            words.append(number)
            joins.append(joined)
            before = form
        for p, t, k in late:
            # marks count for the word's last letter
            letters_now = len(letters)
            nodes.append(np.zeros(1, complex))
            owner.append([k])
            down.append([False])
            link.append([True])
            char.append([letters_now - 1])
            nodes.append(p)
            owner.append([k] * len(p))
            down.append(t.down)
            link.append([False] * len(t.down))
            char.append([letters_now - 1] * len(t.down))
    c = np.concatenate
    return _Written(
        c(nodes),
        c(owner),
        c(down).astype(bool),
        c(link).astype(bool),
        c(char),
        "".join(letters),
        np.array(words),
        np.array(joins),
    )


def _place(w: _Written, text, writer, rng) -> Complexes:
    n = len(w.letters)
    is_link = np.zeros(len(w.nodes), bool)
    is_link[1::2] = w.link
    nodes = bent(w.nodes, (writer.wobble * random_field(rng, n))[w.owner])
    nodes = nodes * np.exp(writer.size_wobble * rng.normal(size=n))[w.owner]
    x, y = nodes.real, nodes.imag
    body = ~is_link & (y > -1.15) & (y < 0.2)
    left = np.full(n, np.inf)
    right = np.full(n, -np.inf)
    np.minimum.at(left, w.owner[body], x[body])
    np.maximum.at(right, w.owner[body], x[body])
    none = ~np.isfinite(left)
    if none.any():
        other = ~is_link & none[w.owner]
        np.minimum.at(left, w.owner[other], x[other])
        np.maximum.at(right, w.owner[other], x[other])
    gap = np.where(w.joined, writer.join_gap, writer.gap) * np.exp(0.25 * rng.normal(size=n))
    first = np.concatenate([[True], np.diff(w.word) > 0])
    gap = np.where(first, writer.word_gap * np.exp(0.18 * rng.normal(size=n)), gap)
    gap[0] = 0
    advance = gap[1:] + right[:-1] - left[1:]
    at = np.concatenate([[0.0], np.cumsum(advance)])
    slant = (
        writer.slant + 0.03 * rng.normal(size=w.word[-1] + 1)[w.word] + 0.015 * rng.normal(size=n)
    )
    across = at + left
    phase = rng.random(2) * 2 * np.pi
    climb = writer.climb + 0.008 * rng.normal()
    base = -climb * across + writer.wave * (
        np.sin(across / 7 + phase[0]) + 0.5 * np.sin(across / 2.6 + phase[1])
    )
    base += (
        writer.bounce * rng.normal(size=n)
        + 1.2 * writer.bounce * rng.normal(size=w.word[-1] + 1)[w.word]
    )
    placed = x + at[w.owner] - slant[w.owner] * y + 1j * (y + base[w.owner])
    return placed + writer.aim * (rng.normal(size=len(placed)) + 1j * rng.normal(size=len(placed)))


def _move(w, nodes, writer, rng, rate, text, fields):
    start, middle, end = nodes[:-2:2], nodes[1::2], nodes[2::2]
    chords = end - start
    turn = writer.roundness * turning(start, middle, end)
    turn[w.link] = 0
    # ligatures leave in the direction of the stroke before
    direction = np.angle(chords)
    ang = lambda a: np.angle(np.exp(1j * a))
    leave = direction + turn / 2
    want = np.zeros(len(turn))
    want[1:] = 2 * ang(direction[1:] - leave[:-1])
    lig = w.link & w.down
    turn[lig] = 0.5 * np.clip(want[lig], -1.4, 1.4)
    length = kinematics.arc_length(chords, turn) / writer.x_height
    duration = (
        writer.pace * np.maximum(length, 0.03) ** 0.38 * np.exp(0.08 * rng.normal(size=len(turn)))
    )
    duration = np.maximum(duration, 3 / rate)
    cusp = np.abs(ang((direction - turn / 2)[1:] - (direction + turn / 2)[:-1])) / np.pi
    overlap = writer.overlap * (1.1 - 0.35 * cusp)
    steps = duration[:-1] - overlap * np.minimum(duration[:-1], duration[1:])
    begin = np.concatenate([[0.05], 0.05 + np.cumsum(steps)])
    finish = begin + duration
    bound = np.concatenate([begin[:1], 0.75 * begin[1:] + 0.25 * finish[:-1], finish[-1:]])
    when = kinematics.timing(begin, duration, writer.sigma)
    rest = 1 - kinematics.covered(bound[1:], when.onset, when.mu, when.sigma)
    ahead = kinematics.covered(bound[1:-1], when.onset[1:], when.mu[1:], when.sigma[1:])
    short = rest * chords
    short[:-1] -= ahead * chords[1:]
    shift = writer.care * short
    chords = chords + shift
    chords[1:] -= shift[:-1]
    points = int(np.ceil(finish[-1] * rate)) + 2
    path = kinematics.trajectory(nodes[0], chords, turn, when, rate, points)
    times = np.arange(points) / rate
    stroke = np.searchsorted(bound, times, side="right") - 1
    inside = (stroke >= 0) & (stroke < len(turn))
    keep = np.flatnonzero(inside)
    keep = keep[w.down[stroke[keep]]]
    mine = stroke[keep]
    run = np.cumsum(~w.down)[mine]
    pen_up = np.concatenate([run[1:] != run[:-1], [True]])
    owner = w.char[mine]
    char_end = np.concatenate([owner[1:] != owner[:-1], [True]])
    xy = np.rint(np.stack([path.real, path.imag], -1)[keep])
    rows = np.concatenate([xy, pen_up[:, None]], 1).astype(np.float32)
    return Ink(rows, times=times[keep], char_end=char_end, text=text, **fields)
