"""Which words were read as something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth.word_errors import word_errors

CASES = [
    ("the cat sat", "the cat sat", [0, 0, 0]),
    ("the cat sat", "the cot sat", [0, 1, 0]),
    ("the cat sat", "the ca sat", [0, 1, 0]),
    ("the cat sat", "thee cat sat", [1, 0, 0]),
    ("the cat sat", "the xcat sat", [0, 1, 0]),
    ("the cat sat", "the cat satt", [0, 0, 1]),
    ("the cat sat", "thecat sat", [0, 1, 0]),
    ("the cat sat", "the c at sat", [0, 1, 0]),
    ("the cat sat", "The cat, sat", [1, 1, 0]),
    ("the cat sat", "", [3, 4, 4]),
    ("a", "a", [0]),
]


@pytest.mark.parametrize(("text", "read", "errors"), CASES)
def test_errors_are_those_of_the_word_that_they_stand_in(text, read, errors):
    assert word_errors(text, read) == errors


LETTERS = st.text("ab ", max_size=9)


@given(LETTERS.map(str.split).map(" ".join).filter(bool), LETTERS)
def test_errors_add_up_to_the_distance_of_the_texts(text, read):
    assert sum(word_errors(text, read)) == distance(text, read)


def distance(a: str, b: str) -> int:
    """By its definition."""
    if not a or not b:
        return len(a) + len(b)
    changed = distance(a[1:], b[1:]) + (a[0] != b[0]) if a[0] != b[0] else distance(a[1:], b[1:])
    return changed if a[0] == b[0] else min(changed, 1 + distance(a[1:], b), 1 + distance(a, b[1:]))
