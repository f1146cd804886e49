"""The soft window over the text: its equations, its derivatives, its ways of being run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arrays import near, numpy_of
from hwsynth import Task
from hwsynth.alphabet import Alphabet
from hwsynth.conditions import Conditions, side_by_side
from hwsynth.run_options import ModelOptions
from hwsynth_cwrnn import CWRNN
from hwsynth_lstm import GRU, LSTM, RNN
from hwsynth_mdn import MDN
from small_corpus import corpus_of, ink_of
from window_reference import written_line

TEXTS = ("an eel", "b.")
CHARSET = " .abeln"
STEPS = 12
PLAIN = LSTM(units=4)
CELLS = {
    "cwrnn": CWRNN(units=4, modules=3, periods=(1, 2, 3)),
    "cwrnn-all-clipped": CWRNN(units=4, modules=2, coupling="all", clip_derivative=0.3),
    "cwrnn-none": CWRNN(units=4, modules=2, coupling="none"),
    "lstm": PLAIN,
    "lstm-peepholes": LSTM(units=4, peepholes=True),
    "lstm-clipped": LSTM(units=4, peepholes=True, clip_derivative=0.3),
    "gru": GRU(units=4),
    "rnn": RNN(units=4),
}
"""Cores that are one cell."""
CORES = {
    **CELLS,
    "cwrnn-zero": CWRNN(units=4, modules=2, inactive="zero"),
    "cwrnn-gru": CWRNN(units=4, modules=2, cell="gru"),
}


def model_of(core: Any = PLAIN, **options: Any) -> Any:
    from hwsynth.model import build_model

    given = {"window_components": 3, "window_step": 0.4, "writer": 2, **options}
    return build_model(
        core,
        MDN(mixtures=2),
        ModelOptions(text="window", **given),
        task=Task((0.1, 0.1), charset=CHARSET),
        writers=2,
        seed=3,
    )


def told(chars: int = 9) -> dict[str, np.ndarray]:
    """Of TEXTS, in the style of two writers."""
    characters = [Alphabet(CHARSET).encode(text) for text in TEXTS]
    style = np.array([[1.0, -1.0], [0.5, 0.0]], np.float32)
    return {"characters": side_by_side(characters, 2, chars), "style": style}


def rows_of(seed: int) -> np.ndarray:
    """(2, STEPS, 3)."""
    return np.random.default_rng(seed).standard_normal((2, STEPS, 3)).astype(np.float32)


def stirred(model: Any) -> Any:
    """The model with weights in which every part of the mathematics shows."""
    rng = np.random.default_rng(5)
    for variable in model.trainable_variables:
        variable.assign(numpy_of(variable) + 0.3 * rng.standard_normal(variable.shape))
    return model


def named_weights(model: Any) -> dict[str, Any]:
    """As the reference calls them."""
    own = {
        name: getattr(model.cores[0], name)
        for name in ("kernel", "recurrent_kernel", "bias", "peephole")
    }
    return {**own, "window_kernel": model.text.kernel, "window_bias": model.text.bias}


def reference_weights(model: Any) -> dict[str, np.ndarray]:
    return {
        name: numpy_of(weight).astype(np.float64) for name, weight in named_weights(model).items()
    }


def first_layer(model: Any) -> Any:
    """A program, (rows, style), what weighs h and w (batch, steps, ·) and all states after ->
    these, and derivatives of their weighted sum by rows, style and weights; and these weights."""
    import keras
    from keras import ops

    from hwsynth import backend
    from hwsynth.following import Lines

    characters = ops.convert_to_tensor(told()["characters"])

    def run(sources: Any, rest: Any) -> Any:
        rows, style = sources
        to_h, to_w, to_states = (ops.convert_to_tensor(each, "float32") for each in rest)
        lines = Lines(rows, rows, {"characters": characters, "style": style})
        states = (None, model.text.initial_state(2))
        first = model.text.over(model.cores[0], lines, states, None)
        w = first.told[..., 3 : 3 + len(CHARSET)]
        total = ops.sum(first.output * to_h) + ops.sum(w * to_w)
        total += sum(
            ops.sum(part * to_states)
            for part in (*first.core, *first.text)
            if "float" in keras.backend.standardize_dtype(part.dtype)
        )
        return total, (first.output, w, first.core, first.text)

    weights = [*model.cores[0].trainable_variables, *model.text.trainable_variables]
    return backend.gradients(run, weights), weights


def weighing(states: float = 0.0) -> list[np.ndarray]:
    """What weighs h, w and the states after."""
    rng = np.random.default_rng(7)
    shapes = ((2, STEPS, 4), (2, STEPS, len(CHARSET)))
    return [*(rng.standard_normal(each).astype(np.float32) for each in shapes), np.float32(states)]


def test_the_window_is_what_the_equations_say():
    model, rows, given = stirred(model_of(CELLS["lstm-peepholes"])), rows_of(0), told()
    h, w, core, (w_last, bells) = first_layer(model)[0]([rows, given["style"]], weighing())[0]
    weights = reference_weights(model)
    for line, text in enumerate(TEXTS):
        numbers = Alphabet(CHARSET).encode(text)
        wanted = written_line(weights, rows[line], given["style"][line], numbers, len(CHARSET))
        for got, each in zip((h, w), wanted, strict=False):
            near(numpy_of(got)[line], each)
        near(numpy_of(core[0])[line], wanted[0][-1])
        near(numpy_of(w_last)[line], wanted[1][-1])
        near(numpy_of(bells)[line, -3:], wanted[2][-1])


def test_derivatives_are_the_differences_of_the_equations():
    model, rows, given = stirred(model_of(CELLS["lstm-peepholes"])), rows_of(1), told()
    to_h, to_w, _ = weighing()
    program, variables = first_layer(model)
    derivatives = [numpy_of(each) for each in program([rows, given["style"]], weighing())[1]]
    weights = reference_weights(model)
    names = {id(weight): name for name, weight in named_weights(model).items()}

    def total(changed: dict[str, np.ndarray]) -> float:
        found = 0.0
        for line, text in enumerate(TEXTS):
            numbers = Alphabet(CHARSET).encode(text)
            h, w, _ = written_line(changed, rows[line], given["style"][line], numbers, 7)
            found += np.sum(h * to_h[line]) + np.sum(w * to_w[line])
        return found

    rng = np.random.default_rng(2)
    for variable, derivative in zip(variables, derivatives[2:], strict=True):
        name = names[id(variable)]
        way = rng.standard_normal(derivative.shape)
        ahead, back = (
            total({**weights, name: weights[name] + sign * 1e-6 * way}) for sign in (1, -1)
        )
        near(np.sum(derivative * way), np.array((ahead - back) / 2e-6), 2e-5)


@pytest.mark.parametrize("core", CELLS)
def test_a_cell_with_its_own_derivatives_gives_what_its_steps_do(core, monkeypatch):
    model, sources = stirred(model_of(CELLS[core], window_clip=0.2)), [rows_of(3), told()["style"]]
    fast = first_layer(model)[0](sources, weighing(0.5))
    monkeypatch.setattr(type(model.cores[0]), "one_cell", lambda *_: None)
    slow = first_layer(model)[0](sources, weighing(0.5))
    import keras

    for got, wanted in zip(*(keras.tree.flatten(each) for each in (fast, slow)), strict=True):
        near(numpy_of(got), numpy_of(wanted))


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("layers", [1, 2])
def test_steps_and_pieces_foretell_what_whole_lines_do(core, layers):
    model, rows, given = stirred(model_of(CORES[core], layers=layers)), rows_of(4), told()
    whole, after = model.unroll(rows, given=given)
    first, state = model.unroll(rows[:, :5], given=given)
    second, in_pieces = model.unroll(rows[:, 5:], state, given=given)
    near(np.concatenate([numpy_of(first), numpy_of(second)], axis=1), numpy_of(whole))
    state = model.initial_state(2)
    for t in range(STEPS):
        params, state = model.step(rows[:, t], state, given)
        near(numpy_of(params), numpy_of(whole)[:, t])
    for ended in (in_pieces, state):
        for part, wanted in zip(ended[-1], after[-1], strict=True):
            near(numpy_of(part), numpy_of(wanted))


def test_nothing_is_seen_of_what_is_after_the_end_of_a_text():
    model, rows = stirred(model_of()), rows_of(5)
    wide, narrow = (numpy_of(model.unroll(rows, given=told(chars))[0]) for chars in (30, 6))
    near(wide, narrow)


def test_where_there_is_one_layer_the_head_sees_the_window():
    one, two = (model_of(layers=layers).head.kernel.shape[0] for layers in (1, 2))
    assert (one, two) == (4 + len(CHARSET), 4 + 4)


def test_before_training_the_window_moves_as_told_and_sees_about_one_character():
    model = model_of(CELLS["lstm"], window_step=0.25)
    model.text.kernel.assign(np.zeros(model.text.kernel.shape))
    _, state = model.unroll(rows_of(6), given=told())
    seen, bells = (numpy_of(part) for part in state[-1])
    near(bells[:, -3:], np.full((2, 3), 0.25 * STEPS))
    # Bells of e^(−d²), one wide, add up to 1 + 2/e + 2/e⁴ about a place.
    assert seen[0].sum() == pytest.approx(1 + 2 / np.e + 2 / np.e**4, rel=0.01)


@pytest.mark.parametrize("size", [-200.0, 200.0])
def test_extreme_weights_leave_all_finite(size):
    model = model_of(CELLS["lstm"])
    model.text.bias.assign(np.full(model.text.bias.shape, size))
    found, derivatives = first_layer(model)[0]([rows_of(7), told()["style"]], weighing(1.0))
    import keras

    for each in keras.tree.flatten((found, derivatives)):
        assert np.isfinite(numpy_of(each)).all()


def test_derivatives_of_the_window_are_bounded_one_by_one():
    bound = 1e-3
    model = model_of(CELLS["lstm"], window_clip=bound)
    program, variables = first_layer(model)
    derivatives = program([rows_of(8), told()["style"]], [1e4 * each for each in weighing()])[1]
    (of_bias,) = (
        numpy_of(derivative)
        for variable, derivative in zip(variables, derivatives[2:], strict=True)
        if variable is model.text.bias
    )
    # A sum over lines and steps of what is bounded, and most of it at its bound.
    assert bound * 2 * STEPS / 3 < np.abs(of_bias).max() <= bound * 2 * STEPS * 1.0001


def test_lines_without_known_ends_can_be_learnt_by_a_window():
    lines = [ink_of([(1, 1)], text="ab", writer="ann", id="a"), ink_of([(1, 1)], id="b")]
    conditions = Conditions("window", " ab", ("ann",))
    corpus = corpus_of(lines)
    assert conditions.usable(corpus, np.arange(2)).tolist() == [0]
    found = conditions.arrays(corpus, [0], 2, 3)
    assert found["characters"].tolist() == [[2, 3, 0], [0, 0, 0]]
    assert found["writer"].tolist() == [1, 0]
