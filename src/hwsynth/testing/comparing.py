"""Comparing what a component gives with what it must give; a failure names the clause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray


def fail(clause: str, words: str) -> NoReturn:
    """Raises AssertionError that names the clause and says in what it is broken."""
    raise AssertionError(f"{clause}: {words}")


def equal(clause: str, got: Any, wanted: Any) -> None:
    """Fails unless the two are equal."""
    if got != wanted:
        fail(clause, f"is {got}, must be {wanted}")


def near(clause: str, got: Any, wanted: Any, tolerance: float) -> None:
    """Fails unless the arrays or tensors, of any shape, differ nowhere by more than
    `tolerance`, relative to the largest number of `wanted` or 1."""
    a, b = numbers(got), numbers(wanted)
    equal(f"{clause}: shape", a.shape, b.shape)
    scale = max(1.0, float(np.abs(b).max(initial=0)))
    difference = float(np.abs(a - b).max(initial=0))
    if not difference <= tolerance * scale:
        fail(
            clause,
            f"differ by {difference:.3g}, allowed is {tolerance * scale:.3g} "
            f"(numbers up to {scale:.3g})",
        )


def numbers(tensor: Any) -> NDArray[np.float64]:
    """A tensor, variable or array in float64."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(tensor), np.float64)


def form_of(state: Sequence[Any]) -> list[tuple[tuple[int, ...], str]]:
    """Shape and type of each part of a state."""
    import keras

    return [(tuple(part.shape), keras.backend.standardize_dtype(part.dtype)) for part in state]
