"""Outputs left out in training."""

from __future__ import annotations

import numpy as np
import pytest

from hwsynth.dropout import Dropout, dropouts


def _dropped(layer: Dropout, x: np.ndarray) -> np.ndarray:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(layer(ops.convert_to_tensor(x), training=True)))


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_what_is_left_is_enlarged_so_that_the_mean_stays(rate: float) -> None:
    x = np.random.default_rng(0).standard_normal((40, 50, 60)).astype(np.float32)
    dropped = _dropped(Dropout(rate, seed=1), x)
    left = dropped != 0
    np.testing.assert_allclose(dropped[left], x[left] / (1 - rate), rtol=1e-6)
    # Of a binomial share: a deviation of it is 0.0014 at most here.
    assert left.mean() == pytest.approx(1 - rate, abs=0.006)


def test_a_seed_gives_the_same_masks_and_each_call_another() -> None:
    x = np.ones((4, 100), np.float32)
    one, same, other = (Dropout(0.5, seed=seed) for seed in (3, 3, 4))
    first, second = _dropped(one, x), _dropped(one, x)
    assert (first != second).any()
    np.testing.assert_array_equal([_dropped(same, x) for _ in range(2)], [first, second])
    assert (_dropped(other, x) != first).any()


def test_layers_have_one_each_that_drops_in_its_own_way_or_none_at_all() -> None:
    x = np.ones((4, 100), np.float32)
    one, two = dropouts(0.5, 2, seed=0)
    assert (_dropped(one, x) != _dropped(two, x)).any()
    assert dropouts(0.0, 2, seed=0) == []


def test_a_rate_of_nothing_leaves_all_as_it_is() -> None:
    x = np.ones((4, 100), np.float32)
    np.testing.assert_array_equal(_dropped(Dropout(0.0), x), x)
