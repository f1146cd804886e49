from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwsynth.text_paths import frames_of_texts


def shown(path: tuple[int, ...]) -> list[int]:
    """The text that the classes of all frames show."""
    return [each for each, _ in itertools.groupby(path) if each]


def best_of_all(log_probabilities: NDArray, text: list[int]) -> tuple[list[int], list[float]]:
    """By trying each way: the frame of each character, and its share of the log probability."""
    frames, classes = log_probabilities.shape
    ways = [w for w in itertools.product(range(classes), repeat=frames) if shown(w) == text]
    if not ways:
        return [], [-np.inf] * len(text)
    scores = [log_probabilities[np.arange(frames), list(way)].sum() for way in ways]
    way, at, places, shares = ways[int(np.argmax(scores))], 0, [], [0.0] * (len(text) + 1)
    for each, run in itertools.groupby(way):
        stop = at + len(list(run))
        shares[len(places)] += log_probabilities[at:stop, each].sum()
        if each:
            places.append(at + int(log_probabilities[at:stop, each].argmax()))
        at = stop
    return places, [*shares[:-2], shares[-2] + shares[-1]]


texts = st.lists(st.integers(1, 2), min_size=1, max_size=3)


@given(st.lists(st.tuples(texts, st.integers(1, 6)), min_size=1, max_size=3), st.integers(0, 99))
def test_lines_side_by_side_are_each_what_trying_every_way_finds(lines, seed):
    rng = np.random.default_rng(seed)
    frames = np.array([count for _, count in lines])
    log_probabilities = np.log(rng.dirichlet(np.ones(3), (len(lines), frames.max())))
    places, shares = frames_of_texts(log_probabilities, frames, [np.array(t) for t, _ in lines])
    for line, (text, count) in enumerate(lines):
        expected, own = best_of_all(log_probabilities[line, :count], text)
        assert shares[line, : len(text)] == pytest.approx(own)
        assert not shares[line, len(text) :].any()
        assert [place for place in places[line] if place >= 0] == expected


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.integers(0, 99))
def test_characters_stand_in_order_and_the_same_one_twice_has_a_frame_between(text, seed):
    rng = np.random.default_rng(seed)
    again = sum(a == b for a, b in itertools.pairwise(text))
    count = len(text) + again + int(rng.integers(0, 30))
    log_probabilities = np.log(rng.dirichlet(np.ones(6), (1, count)))
    (places,), (shares,) = frames_of_texts(log_probabilities, np.array([count]), [np.array(text)])
    assert np.isfinite(shares).all()
    assert places[0] >= 0
    assert places[-1] < count
    least = [1 + (a == b) for a, b in itertools.pairwise(text)]
    assert (np.diff(places) >= least).all()


def test_a_text_with_too_few_frames_has_no_place_and_no_probability():
    log_probabilities = np.log(np.full((2, 3, 3), 1 / 3))
    frames, twice = np.array([2, 3]), np.array([1, 1])
    places, shares = frames_of_texts(log_probabilities, frames, [twice, twice])
    assert places[0].tolist() == [-1, -1]
    assert shares[0].tolist() == [-np.inf, -np.inf]
    assert places[1].tolist() == [0, 2]
    assert shares[1] == pytest.approx([np.log(1 / 3), 2 * np.log(1 / 3)])
