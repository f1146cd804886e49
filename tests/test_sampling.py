"""Sampling: the same seed, the same ink; lines apart from each other; primers that are heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth import DataError, Ink
from hwsynth.contracts import Task
from hwsynth.corpus import open_corpus
from hwsynth.normalisation import Normalisation
from hwsynth.sampling import Noise, sample
from small_corpus import experiment, ink_of, plugins, small_core, small_corpus, wave

CORES = plugins().names("core")
Draw = Callable[..., list[Ink]]


@pytest.fixture(scope="module")
def loaded(trained_run: Path) -> tuple[Any, Normalisation]:
    """The trained run's model, and its normalisation."""
    from hwsynth.experiment import load

    record, model = load(trained_run, plugins())
    return model, record.normalisation


@pytest.fixture
def draw(loaded: tuple[Any, Normalisation]) -> Draw:
    """Samples three lines of 30 points, unless something else is asked for."""
    return lambda **given: sample(*loaded, **{"count": 3, "steps": 30, **given})


@pytest.fixture
def head_bias(loaded: tuple[Any, Normalisation]) -> Iterator[Any]:
    """The bias of the head's raw parameters, put back in the end."""
    bias = loaded[0].head.bias
    before = np.array(bias)
    yield bias
    bias.assign(before)


def assert_near(a: list[Ink], b: list[Ink]) -> None:
    assert len(a) == len(b)
    for line, other in zip(a, b, strict=True):
        np.testing.assert_allclose(line.points[:, :2], other.points[:, :2], atol=0.02)
        np.testing.assert_array_equal(line.points[:, 2], other.points[:, 2])


def spread(lines: list[Ink]) -> float:
    """Of the first offsets, over lines."""
    return float(np.std([line.points[1, :2] for line in lines], axis=0).mean())


def test_the_same_seed_gives_the_same_ink_and_another_another(draw):
    first, again, other = draw(seed=4), draw(seed=4), draw(seed=5)
    for line, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(line.points, same.points)
        assert (line.points != different.points).any()


def test_lines_of_a_seed_differ_from_each_other(draw):
    lines = draw(count=4)
    assert len({line.points.tobytes() for line in lines}) == 4


def test_a_line_is_the_same_however_many_are_drawn_beside_it(draw):
    assert_near(draw(count=1, seed=2), draw(count=7, seed=2)[:1])


def test_there_are_as_many_lines_and_points_as_asked_for(draw):
    lines = draw(count=2, steps=17, seed=6)
    assert [len(line) for line in lines] == [18, 18]
    assert [line.id for line in lines] == ["sample-6-0", "sample-6-1"]
    for line in lines:
        np.testing.assert_array_equal(line.points[0], [0, 0, 0])
        assert line.points[-1, 2] == 1


def test_more_steps_go_on_from_fewer_over_the_seams_of_the_compiled_loop(draw):
    long, short = draw(steps=230), draw(steps=120)
    for a, b in zip(long, short, strict=True):
        np.testing.assert_allclose(a.points[:120, :2], b.points[:120, :2], atol=0.02)


@pytest.mark.parametrize("primer", [None, ink_of([(9, 4), (2, -30), (7, 7)])])
def test_the_compiled_loop_draws_what_steps_one_by_one_draw(loaded, draw, primer):
    model, normalisation = loaded
    noise = Noise(1, 3, [(0,), (1,)]).take(12)
    inputs = [np.zeros((2, 3), np.float32)]
    if primer is not None:
        inputs += [np.tile(row, (2, 1)) for row in normalisation.rows(primer.offsets()[1:])]
    state, rows = model.initial_state(2), []
    for row in inputs:
        params, state = model.step(row, state)
    for drawn in noise:
        row = model.head.sample(params, drawn, 0.3)
        rows.append(numpy_of(row))
        params, state = model.step(row, state)
    offsets = normalisation.offsets(np.stack(rows, axis=1))
    for line, moves in zip(
        draw(count=2, steps=12, seed=3, bias=0.3, primer=primer), offsets, strict=True
    ):
        np.testing.assert_allclose(
            line.points[1:, :2], np.cumsum(moves[:, :2], axis=0), rtol=1e-4, atol=0.02
        )
        np.testing.assert_array_equal(line.points[1:-1, 2], moves[:-1, 2])


def test_bias_draws_lines_nearer_together(draw):
    loose, some, tight = (spread(draw(count=60, steps=1, bias=bias)) for bias in (0, 1, 4))
    assert loose > 1.5 * some > 4 * tight


def test_a_primer_changes_what_follows_it(draw):
    plain, primed = draw(), draw(primer=Ink(wave(3, 60)))
    assert all((a.points != b.points).any() for a, b in zip(plain, primed, strict=True))


def test_where_the_primer_stands_on_the_page_does_not_matter(draw):
    points = wave(3, 60)
    assert_near(
        draw(primer=Ink(points)), draw(primer=Ink(points + np.float32([4000, -2000, 0])))
    )  # fmt: skip


def test_a_single_point_says_no_more_than_no_primer(draw):
    assert_near(draw(primer=ink_of([])), draw())


def test_clipping_bounds_the_primer_as_it_bounded_what_was_learnt(loaded):
    model, normalisation = loaded
    clipped = Normalisation(**{**normalisation.model_dump(), "clip": 10})
    lines = [
        sample(model, clipped, count=1, steps=9, primer=ink_of([(x, 1), (2, 3)]))
        for x in (10, 500)
    ]  # fmt: skip
    assert_near(*lines)


@pytest.mark.parametrize("where", [1e12, 1e38, np.inf])
def test_a_line_that_leaves_all_bounds_is_refused_with_what_to_do(draw, head_bias, where):
    astray = np.array(head_bias)
    astray[3:5] = where
    head_bias.assign(astray)
    with pytest.raises(DataError, match=r"line 0 of seed 8 left all bounds.*train it longer"):
        draw(seed=8)


@pytest.mark.parametrize("count", [1, 5])
def test_noise_is_a_lines_own_and_below_one(count):
    noise = Noise(2, 1, [(line,) for line in range(count)]).take(500)
    assert noise.shape == (500, count, 5)
    assert noise.dtype == np.float32
    np.testing.assert_array_equal(noise[:, 0], Noise(2, 1, [(0,)]).take(500)[:, 0])
    assert (noise[..., :3] >= 0).all()
    assert (noise[..., :3] < 1).all()
    assert abs(noise[..., 3:].mean()) < 0.2
    assert noise[..., 3:].std() == pytest.approx(1, abs=0.1)


def test_a_uniform_next_to_one_stays_below_it_in_float32(monkeypatch):
    class Edge:
        def random(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.full(shape, 1 - 2**-53)

        def standard_normal(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.zeros(shape)

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Edge())
    assert (Noise(1, 0, [(0,)]).take(2)[..., :2] < 1).all()


def held_to_equality(model: Any, normalisation: Normalisation, line: Ink) -> None:
    """Parameters of the line's beginning, step by step and as one sequence, are equal within
    rounding."""
    rows = normalisation.rows(line.offsets())[:200]
    rows[0] = 0
    whole, _ = model.unroll(rows[None])
    state, steps = model.initial_state(1), []
    for row in rows:
        params, state = model.step(row[None], state)
        steps.append(numpy_of(params)[0])
    np.testing.assert_allclose(numpy_of(whole)[0], steps, rtol=1e-3, atol=1e-4)


def built(core: Any, normalisation: Normalisation) -> Any:
    from hwsynth.model import build_model

    given = experiment()
    return build_model(core, given.head, given.model, task=Task(normalisation.unit))


@pytest.mark.parametrize("core", CORES)
def test_a_line_fed_step_by_step_gives_what_it_gives_as_a_sequence(core, formula_corpus):
    normalisation = Normalisation.of(formula_corpus, [0, 1, 2])
    held_to_equality(built(small_core(core), normalisation), normalisation, formula_corpus[5])


@pytest.mark.real_data
@pytest.mark.parametrize("core", CORES)
def test_a_real_line_fed_step_by_step_gives_what_it_gives_as_a_sequence(core, test_data, tmp_path):
    iam = plugins().component("dataset", "iam")()
    corpus = open_corpus(iam, test_data / "iamondb", cache_folder=tmp_path)
    normalisation = Normalisation.of(corpus, range(50))
    model = built(plugins().component("core", core)(), normalisation)
    held_to_equality(model, normalisation, corpus[50])


def test_real_units_do_not_matter_to_the_model_that_was_normalised_to_them(loaded):
    model, normalisation = loaded
    twice = Normalisation(
        mean=tuple(2 * m for m in normalisation.mean), sd=tuple(2 * s for s in normalisation.sd)
    )
    single, double = (sample(model, n, count=2, steps=9) for n in (normalisation, twice))
    for line, larger in zip(single, double, strict=True):
        np.testing.assert_allclose(2 * line.points[:, :2], larger.points[:, :2], rtol=1e-4)


def test_the_small_corpus_is_as_the_trained_run_saw_it(loaded):
    corpus = small_corpus()
    assert Normalisation.of(corpus, corpus.lines_in("train")) == loaded[1]
