"""Batches: every target once, crops within their lines, and the same batch for the same number."""

from __future__ import annotations

import functools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth import DataError
from hwsynth.batches import Batch, Crop, Sequences, TrainingBatches, crop_rows, make_batch, padded
from hwsynth.normalisation import Normalisation
from hwsynth.rare_characters import repeat_factors, repeated
from hwsynth.run_options import BatchOptions
from small_corpus import corpus_of, ink_of, small_corpus

CORPUS = functools.cache(small_corpus)
NORMALISATION = Normalisation(mean=(4, 0), sd=(5, 11))
LENGTHS = [40 + 3 * line - 1 for line in range(12)]
"""Targets of the formula's lines."""

whole = st.builds(
    BatchOptions, batch_size=st.integers(1, 15), crop=st.just(0), clip=st.sampled_from([None, 9.0])
)
cropped = st.builds(BatchOptions, batch_size=st.integers(1, 15), crop=st.integers(1, 90))


def batches(options: BatchOptions, seed: int = 0, lines: object = None) -> TrainingBatches:
    """Of all the formula's lines, unless others are given."""
    chosen = np.arange(12) if lines is None else np.array(lines)
    normalisation = Normalisation(**{**NORMALISATION.model_dump(), "clip": options.clip})
    return TrainingBatches(Sequences(CORPUS(), normalisation), chosen, options, seed)


def rows_of(line: int, clip: float | None = None) -> np.ndarray:
    """(points, 3): all rows of a line as a model sees them, the null first row at the top."""
    normalisation = Normalisation(**{**NORMALISATION.model_dump(), "clip": clip})
    rows = normalisation.rows(CORPUS()[line].offsets())
    rows[0] = 0
    return rows


def pieces(batch: Batch) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Line, inputs and targets without padding, of each place that is not padding alone."""
    lengths = batch.mask.sum(axis=1)
    return [
        (line, batch.inputs[place, : lengths[place]], batch.targets[place, : lengths[place]])
        for place, line in enumerate(batch.lines)
    ]


def assert_same(a: Batch, b: Batch) -> None:
    assert a.lines == b.lines
    for name in ("inputs", "targets", "mask"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@given(options=whole, seed=st.integers(0, 9), epoch=st.integers(0, 3))
def test_of_whole_lines_every_target_comes_once_an_epoch(options, seed, epoch):
    source = batches(options, seed)
    seen = []
    for number in range(source.per_epoch):
        for line, inputs, targets in pieces(source[epoch * source.per_epoch + number]):
            rows = rows_of(line, options.clip)
            np.testing.assert_array_equal(inputs, rows[:-1])
            np.testing.assert_array_equal(targets, rows[1:])
            seen.append(line)
    assert sorted(seen) == list(range(12))


def test_lines_of_rare_characters_come_as_often_as_the_rarest_asks_for():
    texts = ["a"] * 91 + ["ab"] * 4 + ["b"] * 4 + ["abc", None]
    factors = repeat_factors(texts, 0.16)
    rare, rarest = np.sqrt(0.16 / (9 / 101)), np.sqrt(0.16 / (1 / 101))
    np.testing.assert_allclose(factors, [1] * 91 + [rare] * 8 + [rarest, 1])


def test_a_line_is_repeated_in_the_mean_as_often_as_its_factor_says():
    factors = np.repeat([1.0, 1.25, 3.5], 4000)
    seen = repeated(np.arange(12000), factors, np.random.default_rng(1))
    times = np.bincount(seen, minlength=12000).reshape(3, 4000)
    assert [set(row) for row in times.tolist()] == [{1}, {1, 2}, {3, 4}]
    np.testing.assert_allclose(times.mean(axis=1), [1, 1.25, 3.5], atol=0.03)


def test_an_epoch_repeats_lines_of_rare_characters_and_is_the_same_each_time():
    corpus = corpus_of(
        ink_of([[1, 1]], id=f"line-{line}", text="rare" if line < 4 else "tea")
        for line in range(40)
    )
    options = BatchOptions(batch_size=4, crop=0, rare=0.3)
    counts = []
    for seed in (0, 0, 1):
        source = TrainingBatches(Sequences(corpus, NORMALISATION), np.arange(40), options, seed)
        counts.append(Counter(line for n in range(source.per_epoch) for line in source[n].lines))
    # r in a tenth of the lines: √3 times.
    assert all(counts[0][line] in (1, 2) for line in range(4))
    assert all(counts[0][line] == 1 for line in range(4, 40))
    assert counts[0] == counts[1] != counts[2]


@given(options=cropped, seed=st.integers(0, 9))
def test_a_line_gives_as_many_crops_as_it_holds_and_at_least_one(options, seed):
    source = batches(options, seed)
    seen = Counter(line for number in range(source.per_epoch) for line in source[number].lines)
    assert seen == {line: max(1, LENGTHS[line] // options.crop) for line in range(12)}


@given(options=cropped, seed=st.integers(0, 9))
def test_a_crop_is_a_run_of_one_lines_rows_with_targets_one_on_from_inputs(options, seed):
    source = batches(options, seed)
    for number in range(source.per_epoch):
        for line, inputs, targets in pieces(source[number]):
            assert len(targets) == min(options.crop, LENGTHS[line])
            rows = rows_of(line)
            starts = range(LENGTHS[line] - len(targets) + 1)
            assert any(
                np.array_equal(inputs, rows[start : start + len(targets)])
                and np.array_equal(targets, rows[start + 1 : start + 1 + len(targets)])
                for start in starts
            )


def test_crops_come_from_everywhere_in_a_line_both_ends_included():
    source = batches(BatchOptions(batch_size=1, crop=36), lines=[0])
    firsts = {tuple(source[number].targets[0, 0]) for number in range(200)}
    assert firsts == {tuple(row) for row in rows_of(0)[1:5]}


@given(line=st.integers(0, 11), data=st.data())
def test_any_crop_has_the_rows_that_the_whole_line_has_there(line, data):
    start = data.draw(st.integers(0, LENGTHS[line] - 1))
    length = data.draw(st.integers(1, LENGTHS[line] - start))
    rows = crop_rows(CORPUS(), NORMALISATION, Crop(line, start, length))
    np.testing.assert_array_equal(rows, rows_of(line)[start : start + length + 1])


def test_the_first_input_of_a_line_is_all_zeros_and_no_normalised_null():
    batch = make_batch(CORPUS(), NORMALISATION, [Crop(3, 0, 5), Crop(3, 1, 5)], 2, 5)
    np.testing.assert_array_equal(batch.inputs[0, 0], [0, 0, 0])
    np.testing.assert_array_equal(batch.inputs[1, 0], batch.targets[0, 0])


def test_padding_is_on_the_right_masked_and_all_zeros():
    batch = make_batch(CORPUS(), NORMALISATION, [Crop(0, 0, 39), Crop(1, 0, 7)], 3, 50)
    np.testing.assert_array_equal(batch.mask.sum(axis=1), [39, 7, 0])
    assert (np.diff(batch.mask.astype(int), axis=1) <= 0).all()
    assert not batch.inputs[~batch.mask].any()
    assert not batch.targets[~batch.mask].any()
    assert batch.points == 46


@pytest.mark.parametrize("crop", [0, 20])
def test_the_last_batch_of_an_epoch_is_padded_to_the_full_size(crop):
    source = batches(BatchOptions(batch_size=5, crop=crop))
    epoch = [source[number] for number in range(source.per_epoch)]
    assert {batch.inputs.shape[0] for batch in epoch} == {5}
    assert (
        sum(5 - len(batch.lines) for batch in epoch)
        == -sum(len(batch.lines) for batch in epoch) % 5
    )
    assert any(not batch.mask[-1].any() for batch in epoch)


def test_whole_lines_are_padded_to_few_lengths():
    source = batches(BatchOptions(batch_size=2, crop=0))
    steps = {source[number].inputs.shape[1] for number in range(3 * source.per_epoch)}
    assert steps <= {64, 80, 100}


@given(st.integers(1, 3000))
def test_padding_is_at_most_a_quarter_of_a_long_line(points):
    assert points <= padded(points) <= max(64, 1.25 * points)
    assert len({padded(length) for length in range(1, 2001)}) < 20


def test_whole_lines_of_like_length_lie_side_by_side():
    source = batches(BatchOptions(batch_size=3, crop=0))
    groups = sorted(sorted(source[number].lines) for number in range(source.per_epoch))
    assert groups == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


@pytest.mark.parametrize("crop", [0, 20])
def test_a_number_gives_the_same_batch_whatever_was_asked_for_before(crop):
    options = BatchOptions(batch_size=4, crop=crop)
    forwards, backwards = batches(options), batches(options)
    numbers = range(2 * forwards.per_epoch)
    expected = [forwards[number] for number in numbers]
    for number in reversed(numbers):
        assert_same(backwards[number], expected[number])


@pytest.mark.parametrize("crop", [0, 20])
def test_epochs_and_seeds_have_orders_of_their_own(crop):
    options = BatchOptions(batch_size=1, crop=crop)
    source, other = batches(options), batches(options, seed=1)
    orders = [
        [each[start + number].lines for number in range(source.per_epoch)]
        for each, start in ((source, 0), (source, source.per_epoch), (other, 0))
    ]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]


@pytest.mark.parametrize("crop", [0, 3])
def test_lines_with_nothing_to_foretell_are_passed_over(crop):
    lines = [ink_of([], id="dot"), ink_of([(1, 1), (2, 3)], id="short"), ink_of([], id="dot 2")]
    options = BatchOptions(batch_size=2, crop=crop)
    source = TrainingBatches(Sequences(corpus_of(lines), NORMALISATION), np.arange(3), options, 0)
    assert source.per_epoch == 1
    assert source[0].lines == (1,)
    assert source[0].points == 2


def test_a_corpus_of_dots_is_refused():
    corpus = corpus_of([ink_of([], id="dot"), ink_of([], id="dot 2")])
    with pytest.raises(DataError, match=r"none of these 2 lines.*two points or more"):
        TrainingBatches(Sequences(corpus, NORMALISATION), np.arange(2), BatchOptions(), 0)
