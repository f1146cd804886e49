"""Text as data: the place in it, from the rows before, over sequences and step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth import Task
from hwsynth.alphabet import Alphabet
from hwsynth.conditions import side_by_side
from hwsynth.run_options import ModelOptions
from hwsynth_lstm import LSTM
from hwsynth_mdn import MDN

TEXTS = ("an eel", "b.")
CHARSET = " .abeln"
STEPS, MEAN, SD, LINE_HEIGHT = 14, 0.5, 2.0, 8.0


def model_of(core: Any = LSTM(units=5), **options: Any) -> Any:  # noqa: B008
    from hwsynth.aligned_text import Units
    from hwsynth.model import build_model

    return build_model(
        core,
        MDN(mixtures=2),
        ModelOptions(text="aligned", embedding=3, writer=2, **options),
        task=Task((0.1, 0.1), marks=2, charset=CHARSET),
        units=Units(MEAN, SD, LINE_HEIGHT),
        writers=2,
        seed=3,
    )


def given() -> dict[str, np.ndarray]:
    """Of TEXTS, in the style of two writers."""
    contexts = [Alphabet(CHARSET).contexts(text) for text in TEXTS]
    style = np.array([[1.0, -1.0], [0.5, 0.0]], np.float32)
    return {"contexts": side_by_side(contexts, 2, 8), "style": style}


def rows_of(rng: np.random.Generator) -> np.ndarray:
    """(2, STEPS, 4): the null row, then rows that end a character now and then."""
    rows = rng.standard_normal((2, STEPS, 4)).astype(np.float32)
    rows[..., 2:] = rng.random((2, STEPS, 2)) < 0.3
    rows[:, 0] = 0
    return rows


def places(rows: np.ndarray) -> np.ndarray:
    """(steps, 3) of one line: position, height, points since, from the definitions."""
    position, height, since, found = 0, 0.0, 0, []
    for t, row in enumerate(rows):
        if t > 0:
            height += row[1] * SD + MEAN
            ended = bool(row[3])
            position, since = position + ended, 0 if ended else since + 1
        found.append((position, height, since))
    return np.array(found)


def test_what_is_told_follows_from_the_rows_as_defined():
    text, rows, told = model_of().text, rows_of(np.random.default_rng(0)), given()
    features = numpy_of(text.call(rows, told["contexts"], text.initial_state(2))[0])
    table = numpy_of(text.table)
    for line in range(2):
        wanted = places(rows[line])
        np.testing.assert_allclose(
            features[line, :, -2], wanted[:, 1] * 4 / LINE_HEIGHT, 1e-5, 1e-5
        )
        np.testing.assert_allclose(features[line, :, -1], wanted[:, 2] / 10, 1e-6)
        for t, (position, _, _) in enumerate(wanted):
            around = told["contexts"][line, min(int(position), 7)]
            embedded = np.concatenate([table[i, symbol] for i, symbol in enumerate(around)])
            np.testing.assert_allclose(features[line, t, :-2], embedded, atol=1e-6)


@pytest.mark.parametrize("layers", [1, 2])
def test_steps_foretell_what_whole_lines_do(layers):
    model, rows, told = model_of(layers=layers), rows_of(np.random.default_rng(1)), given()
    whole, wanted = model.unroll(rows, given=told)
    state = model.initial_state(2)
    for t in range(STEPS):
        params, state = model.step(rows[:, t], state, told)
        np.testing.assert_allclose(numpy_of(params), numpy_of(whole)[:, t], atol=1e-5)
    for part, other in zip(state[-1], wanted[-1], strict=True):
        np.testing.assert_allclose(numpy_of(part), numpy_of(other), atol=1e-5)


def test_lines_in_pieces_foretell_what_whole_ones_do():
    model, rows, told = model_of(), rows_of(np.random.default_rng(2)), given()
    whole, _ = model.unroll(rows, given=told)
    first, state = model.unroll(rows[:, :5], given=told)
    second, _ = model.unroll(rows[:, 5:], state, given=told)
    pieces = np.concatenate([numpy_of(first), numpy_of(second)], axis=1)
    np.testing.assert_allclose(pieces, numpy_of(whole), atol=1e-5)


def test_a_character_ends_when_its_hazard_has_added_up():
    text, told = model_of().text, given()["contexts"][:1]
    state, marks = text.initial_state(1), []
    for probability in (0.3, 0.2, 0.3, 0.1, 0.6, 0.49):
        mark, state = text.move_on(np.array([probability], np.float32), state)
        marks.append(float(numpy_of(mark)[0]))
        _, state = text.step(np.array([[0, 0, 0, marks[-1]]], np.float32), told, state)
    # −log(0.7·0.8·0.7) is above 0.7; 0.6 ends at once; what was added up begins anew each time.
    assert marks == [0, 0, 1, 0, 1, 0]


def test_beyond_the_last_character_nothing_is_seen():
    text, told = model_of().text, given()
    rows = np.zeros((2, STEPS, 4), np.float32)
    rows[:, 1:, 3] = 1
    features = numpy_of(text.call(rows, told["contexts"], text.initial_state(2))[0])
    table = numpy_of(text.table)
    np.testing.assert_allclose(features[1, -1, :-2], table[:, 0].ravel(), atol=1e-6)


def test_the_writer_changes_what_is_foretold():
    model, rows, told = model_of(), rows_of(np.random.default_rng(3)), given()
    other = {**told, "style": -told["style"]}
    one, two = (numpy_of(model.unroll(rows, given=each)[0]) for each in (told, other))
    assert np.abs(one - two).max() > 1e-3


def by_character(told: dict[str, np.ndarray], changed: int) -> dict[str, np.ndarray]:
    """The same with a style for each character, another one for the character at that place."""
    style = np.repeat(told["style"][:, None], told["contexts"].shape[1], axis=1)
    style[:, changed] += 1
    return {**told, "style": style}


def test_a_style_of_each_character_is_told_where_that_is_written():
    model, told = model_of(), given()
    rows = np.zeros((2, STEPS, 4), np.float32)
    rows[:, 4::4, 3] = 1
    same = numpy_of(model.unroll(rows, given=by_character(told, 7))[0])
    other = numpy_of(model.unroll(rows, given=by_character(told, 1))[0])
    np.testing.assert_allclose(same, numpy_of(model.unroll(rows, given=told)[0]), atol=1e-6)
    # The second character begins with the row at 4.
    np.testing.assert_allclose(other[:, :4], same[:, :4], atol=1e-6)
    assert np.abs(other[:, 4] - same[:, 4]).max() > 1e-3


def test_steps_in_a_style_of_each_character_foretell_what_whole_lines_do():
    model, rows = model_of(layers=2), rows_of(np.random.default_rng(5))
    told = by_character(given(), 1)
    whole = numpy_of(model.unroll(rows, given=told)[0])
    state = model.initial_state(2)
    for t in range(STEPS):
        params, state = model.step(rows[:, t], state, told)
        np.testing.assert_allclose(numpy_of(params), whole[:, t], atol=1e-5)
