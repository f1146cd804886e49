"""Lines bent at random along their length."""

from __future__ import annotations

import numpy as np
import pytest

from hwsynth.augmentation import Bends, drawn, is_on
from hwsynth.run_options import BatchOptions

SHARE = 0.5


def some_bends(seed: int = 0) -> Bends:
    bends = drawn(BatchOptions(warp=SHARE), np.random.default_rng(seed)).bends
    assert bends is not None
    return bends


def level_line() -> np.ndarray:
    """(2001, 2): from x = 0 to 100 along y = 0, but for two points that give it a height of 1."""
    points = np.stack([np.linspace(0, 100, 2001), np.zeros(2001)], axis=1)
    points[[0, -1], 1] = np.array([1, -1]) * np.sqrt(2001 / 2)
    return points


@pytest.mark.parametrize("seed", range(5))
def test_widths_and_slopes_keep_within_their_share(seed):
    before = level_line()
    (dx, dy) = np.diff(some_bends(seed)(before), axis=0)[1:-1].T
    widths, slopes = dx / np.diff(before[1:-1, 0]), dy / np.diff(before[1:-1, 0])
    assert np.abs(widths - 1).max() <= SHARE
    assert np.abs(slopes).max() <= SHARE
    # Nothing would be within it, too.
    assert np.abs(widths - 1).max() > SHARE / 4
    assert np.abs(slopes).max() > SHARE / 4


@pytest.mark.parametrize("seed", range(5))
def test_stems_keep_their_height_and_slant_within_their_share(seed):
    x = np.repeat(np.arange(0.0, 40.0), 2)
    stems = np.stack([x, np.tile([-1.0, 1.0], 40)], axis=1)
    (dx, dy) = np.diff(some_bends(seed)(stems).reshape(40, 2, 2), axis=1)[:, 0].T
    assert 0 < np.abs(dy / 2 - 1).max() <= SHARE
    assert 0 < np.abs(dx / 2).max() <= SHARE


def test_what_is_written_later_at_a_place_goes_with_what_is_there():
    points = np.random.default_rng(1).normal(size=(50, 2)) * [10, 1]
    found = some_bends()(np.concatenate([points, points[::-1]]))
    np.testing.assert_allclose(found[:50], found[50:][::-1], atol=1e-12)


def test_size_and_place_of_a_line_make_no_difference():
    points = np.random.default_rng(1).normal(size=(50, 2)) * [10, 1]
    np.testing.assert_allclose(
        some_bends()(100 * points + [3, -500]), 100 * some_bends()(points) + [3, -500], rtol=1e-9
    )


def test_a_dot_is_bent_to_a_dot():
    assert np.isfinite(some_bends()(np.zeros((1, 2)))).all()


def test_bends_take_nothing_from_what_else_is_drawn():
    with_bends, without = (
        drawn(BatchOptions(slant=0.3, warp=warp), np.random.default_rng(5)) for warp in (SHARE, 0)
    )
    np.testing.assert_array_equal(with_bends.matrix, without.matrix)
    assert without.bends is None
    assert is_on(BatchOptions(warp=0.1))
    assert not is_on(BatchOptions())


def test_offsets_are_those_of_the_bent_line_multiplied():
    points = np.random.default_rng(2).normal(size=(20, 2))
    change = drawn(BatchOptions(slant=0.3, width=1.3, warp=SHARE), np.random.default_rng(0))
    bent = change.bends(points)
    np.testing.assert_allclose(
        change.offsets(points), (bent[1:] - bent[:-1]) @ change.matrix.T, atol=1e-12
    )
