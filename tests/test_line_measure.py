"""How a line lies: against NumPy's own fit and percentiles, and where nothing can be measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth.line_measure import measure
from scribbles import plain_measure, row, scribbles


def test_a_zigzag_has_the_range_of_its_middle_three_fifths_as_spread():
    wide = np.array([(100 * i, y) for i, y in enumerate([0, 1, 2, 3, 4, 4, 3, 2, 1, 0])])
    # Sorted 0 0 1 1 2 2 3 3 4 4: the 20th percentile stands at rank 1.8, the 80th at 7.2.
    assert measure(wide).spread == pytest.approx((3.2 - 0.8) / 1.7)
    assert (measure(wide).slope, measure(wide).middle) == (0, 2)


@given(scribbles())
def test_a_measure_is_that_of_numpys_fit_and_percentiles(ink):
    slope, middle, spread = plain_measure(ink.points)
    found = measure(ink.points)
    assert found.slope == pytest.approx(slope, abs=1e-9)
    assert found.middle_at(0) == pytest.approx(middle, abs=1e-9)
    if found.spread is None:
        assert spread <= 1.001e-3 * max(ink.width, ink.height)
    else:
        assert found.spread == pytest.approx(spread, abs=1e-9)


@given(scribbles(), st.sampled_from([0.01, 0.5, 8, 1000]), st.floats(-100, 100))
def test_a_line_of_another_size_elsewhere_measures_the_same_in_its_own_unit(ink, size, shift):
    first = measure(ink.points)
    again = measure(ink.points[:, :2].astype(np.float64) * size + shift)
    assert again.slope == pytest.approx(first.slope, abs=1e-6)
    if first.spread is not None and first.spread > 0.1:
        assert again.spread == pytest.approx(first.spread * size, rel=1e-6)


def test_dots_and_a_single_flourish_hardly_move_the_spread():
    plain = row(points=401)
    points = np.concatenate([plain.points, [(30, 60, 1), (70, -50, 1), (50, 90, 1)]])
    assert measure(points).spread == pytest.approx(measure(plain.points).spread, rel=0.05)


def test_a_letter_has_no_slope_but_a_line_has():
    stroke = np.array([(0, 20), (5, 10), (10, 0)])
    assert measure(stroke).slope == 0
    assert measure(stroke).spread == pytest.approx(12 / 1.7)
    assert measure(row(slope=0.1).points).slope == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    "points",
    [
        [(3, 4)],
        [(3, 4), (3, 4)],
        [(0, 7), (40, 7), (80, 7)],
        [(0, 0), (40, 4), (80, 8)],
        [(0, 0), (1000, 0.5), (2000, 0.2), (3000, 0.4)],
        [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 9)],
    ],
    ids=["dot", "two dots at one place", "dash", "dash that climbs", "rule", "nearly all level"],
)
def test_where_there_is_no_height_no_spread_is_made_up(points):
    assert measure(np.array(points, np.float64)).spread is None
