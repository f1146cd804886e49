"""The head that learns texts, against its definition and its contract."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ctc_reference import nats_by_states, probabilities

from hwsynth import Task, UsageError
from hwsynth.language import BREAK, Language
from hwsynth.testing import check_head, check_readme
from hwsynth_ctc import CTC
from hwsynth_ctc.decoding import CHARACTER_GAIN, LANGUAGE_WEIGHT, best_path, prefix_beams

CHARSET = "abc"


def _nats(params: np.ndarray, labels: np.ndarray, frames: list[int]) -> np.ndarray:
    from keras import ops

    from hwsynth_ctc.alignments import nats_of_texts

    given = map(ops.convert_to_tensor, (params, labels, np.array(frames, np.int32)))
    return np.asarray(ops.convert_to_numpy(nats_of_texts(*given)))


def _derivative(params: np.ndarray, labels: np.ndarray, frames: list[int]) -> np.ndarray:
    from keras import ops

    from hwsynth.backend import gradients
    from hwsynth_ctc.alignments import nats_of_texts

    def summed(sources: Any, rest: Any) -> tuple[Any, Any]:
        return ops.sum(nats_of_texts(sources[0], *rest)), ()

    rest = [ops.convert_to_tensor(labels), ops.convert_to_tensor(np.array(frames, np.int32))]
    found = gradients(summed, [])([ops.convert_to_tensor(params)], rest)[1][0]
    return np.asarray(ops.convert_to_numpy(found))


def _params(seed: int, *shape: int) -> np.ndarray:
    return (2 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def test_it_keeps_the_contract_of_heads() -> None:
    check_head(CTC())


@pytest.mark.parametrize("text", [(), (1,), (2, 2), (1, 3, 1), (3, 3, 3), (1, 2, 3, 1, 2)])
def test_nats_are_those_of_all_ways_to_show_a_text(text: tuple[int, ...]) -> None:
    params = _params(len(text), 1, 5, 4)
    labels = np.zeros((1, 6), np.int32)
    labels[0, : len(text)] = text
    wanted = -np.log(probabilities(params[0])[text])
    assert _nats(params, labels, [5])[0] == pytest.approx(wanted, rel=1e-5)


def test_long_lines_of_many_lengths_are_as_their_states_say() -> None:
    rng, frames = np.random.default_rng(3), [120, 77, 31, 90]
    params, labels = _params(4, 4, 120, 20), np.zeros((4, 40), np.int32)
    for place, chars in enumerate([40, 25, 9, 1]):
        labels[place, :chars] = rng.integers(1, 20, chars)
    wanted = [
        nats_by_states(params[place, : frames[place]], labels[place][labels[place] > 0])
        for place in range(4)
    ]
    np.testing.assert_allclose(_nats(params, labels, frames), wanted, rtol=1e-5)


def test_the_derivative_is_that_of_differences_in_float64() -> None:
    params, labels, frames = _params(5, 2, 9, 4), np.array([[1, 1, 2], [3, 0, 0]]), [9, 6]
    found = _derivative(params, labels, frames)
    texts = [row[row > 0] for row in labels]
    for line, frame, each in np.ndindex(2, 9, 4):
        ahead, back = params.astype(np.float64), params.astype(np.float64)
        ahead[line, frame, each] += 1e-4
        back[line, frame, each] -= 1e-4
        there = slice(frames[line])
        wanted = (
            nats_by_states(ahead[line, there], texts[line])
            - nats_by_states(back[line, there], texts[line])
        ) / 2e-4
        assert found[line, frame, each] == pytest.approx(wanted, abs=2e-4)


def test_nats_and_derivative_are_those_of_the_frameworks_own_loss() -> None:
    import keras
    from keras import ops

    params, frames = _params(6, 3, 30, 8), [30, 21, 12]
    labels = np.random.default_rng(7).integers(1, 8, (3, 6)).astype(np.int32)
    labels[1, 4:] = 0
    lengths = (labels > 0).sum(axis=1).astype(np.int32)
    given = map(ops.convert_to_tensor, (labels, params, lengths, np.array(frames, np.int32)))
    wanted = ops.convert_to_numpy(keras.ops.ctc_loss(*given))
    np.testing.assert_allclose(_nats(params, labels, frames), wanted, rtol=1e-4)


def test_a_text_that_its_frames_cannot_show_has_no_nats_and_no_derivative() -> None:
    params, labels = _params(8, 2, 6, 4), np.array([[1, 1, 2, 2], [1, 2, 1, 0]])
    frames = [5, 5]  # two blanks and four characters are six frames
    assert _nats(params, labels, frames)[0] == 0
    derivative = _derivative(params, labels, frames)
    assert not derivative[0].any()
    assert derivative[1].any()


def test_frames_that_are_sure_have_no_nats_and_a_finite_derivative() -> None:
    params = np.full((1, 5, 4), -200.0, np.float32)
    for frame, each in enumerate([1, 0, 1, 2, 0]):
        params[0, frame, each] = 200
    labels = np.array([[1, 1, 2]])
    assert _nats(params, labels, [5])[0] == pytest.approx(0, abs=1e-4)
    assert np.isfinite(_derivative(-params, labels, [5])).all()


@pytest.mark.parametrize("beams", [0, 4])
def test_sure_frames_are_read_as_they_are(beams: int) -> None:
    shown = [0, 1, 1, 0, 1, 3, 3, 2, 0]
    params = np.full((len(shown), 4), -9.0, np.float32)
    params[np.arange(len(shown)), shown] = 9
    assert CTC(beams=beams).decode(params, CHARSET) == "aacb"


def test_no_frames_are_an_empty_text() -> None:
    nothing = np.zeros((0, 4), np.float32)
    assert best_path(nothing, CHARSET) == ""
    assert prefix_beams(nothing, CHARSET, 3) == ""


@pytest.mark.parametrize("seed", range(5))
def test_enough_beams_find_the_likeliest_text(seed: int) -> None:
    params = _params(seed, 5, 4)
    best = max(probabilities(params).items(), key=lambda each: each[1])[0]
    assert prefix_beams(params, CHARSET, 200) == "".join(CHARSET[each - 1] for each in best)


def test_beams_find_a_text_that_the_likeliest_classes_hide() -> None:
    # Each frame is a blank more likely than anything, and yet some character is there.
    params = np.log(np.array([[0.5, 0.25, 0.2, 0.05], [0.5, 0.45, 0.03, 0.02]], np.float32))
    assert best_path(params, CHARSET) == ""
    assert prefix_beams(params, CHARSET, 10) == "a"


@pytest.mark.parametrize("seed", range(5))
def test_with_a_language_the_best_text_by_frames_and_language_is_found(seed: int) -> None:
    language = Language.of("ab ab cab\ncab ab", CHARSET)
    params = _params(seed, 5, 4)

    def total(classes: tuple[int, ...], probability: float) -> float:
        text = "".join(CHARSET[each - 1] for each in classes)
        said = [math.log(language.likelihood(text[:i], c)) for i, c in enumerate(text + BREAK)]
        return math.log(probability) + LANGUAGE_WEIGHT * sum(said) + CHARACTER_GAIN * len(text)

    best = max(probabilities(params).items(), key=lambda each: total(*each))[0]
    found = prefix_beams(params, CHARSET, 200, language)
    assert found == "".join(CHARSET[each - 1] for each in best)


def test_a_language_tells_characters_that_look_alike() -> None:
    # a, blank, and then b or c, of which c is a little likelier.
    params = np.log(np.array([[0.1, 0.8, 0.05, 0.05], [0.9, 0.04, 0.03, 0.03],
                              [0.1, 0.02, 0.4, 0.48]], np.float32))  # fmt: skip
    head = CTC()
    assert head.decode(params, CHARSET) == "ac"
    assert head.decode(params, CHARSET, Language.of("ab ab ab ab", CHARSET)) == "ab"
    assert head.decode(params, CHARSET, Language.of("ac ac ac ac", CHARSET)) == "ac"


def test_a_corpus_without_texts_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the corpus has none.*--head mdn"):
        CTC().build(task=Task((1.0, 1.0)))


def test_the_readme_lists_the_options() -> None:
    check_readme(CTC, Path(__file__).parents[1] / "README.md")
