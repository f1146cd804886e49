"""What an output head that learns text is held to: losses are of a law, and what is sure is read.

Axis names: batch, steps, chars, params, as everywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.conditions import frames_needed, side_by_side
from hwsynth.contracts import Head
from hwsynth.language import Language
from hwsynth.testing.comparing import fail, near, numbers

if TYPE_CHECKING:
    from hwsynth.layers import OutputHead

CHARSET = "abc"
LABELS = np.array([[1, 3, 0, 0], [2, 2, 1, 3]], np.int32)
"""(batch, chars): of two lines."""
STEPS = 4
"""Few enough for every text that they can show to be tried."""
TOTAL = 1e-3
"""Largest difference of a sum of probabilities from 1."""
SHARPER = 40.0
"""What parameters are multiplied by to be sure."""


@dataclass(frozen=True)
class Shown:
    """All texts that `STEPS` steps can show, each as a line of its own."""

    texts: list[str]
    batch: Mapping[str, NDArray]

    @classmethod
    def all(cls) -> Shown:
        """Of the characters of `CHARSET`."""
        texts = [
            "".join(text)
            for chars in range(STEPS + 1)
            for text in itertools.product(CHARSET, repeat=chars)
            if frames_needed("".join(text)) <= STEPS
        ]
        labels = [np.array([1 + CHARSET.index(c) for c in text], np.int32) for text in texts]
        mask = np.ones((len(texts), STEPS), np.bool_)
        return cls(texts, {"labels": side_by_side(labels, len(texts), STEPS), "mask": mask})


def check(options: Head, head: OutputHead, params: NDArray[np.float32]) -> None:
    """params (batch, steps, params): of some lines, at least `STEPS` steps long."""
    shown = Shown.all()
    for line in params[:, :STEPS]:
        _losses_are_of_a_law(head, shown, line)
        _sure_parameters_are_read(options, head, shown, line)
    _padding_alone_has_no_loss(head, params)
    if (read := options.decode(params[0, :0], CHARSET)) != "":
        fail("decode: no steps are an empty text", f"they are read as {read!r}")


def _losses(head: OutputHead, shown: Shown, line: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of each text, for the parameters (steps, params) of one line."""
    params = np.repeat(line[None], len(shown.texts), axis=0)
    return numbers(head.batch_loss(params, _tensors(shown.batch)))


def _losses_are_of_a_law(head: OutputHead, shown: Shown, line: NDArray[np.float32]) -> None:
    """exp(−loss), summed over all texts that the steps can show, is 1."""
    total = float(np.exp(-_losses(head, shown, line)).sum())
    if not abs(total - 1) <= TOTAL:
        fail(
            "exp(−loss) summed over all texts is 1",
            f"it is {total:.4g} for {len(shown.texts)} texts of {STEPS} steps",
        )


def _sure_parameters_are_read(
    options: Head, head: OutputHead, shown: Shown, line: NDArray[np.float32]
) -> None:
    """The text of the least loss, where that is far below all others."""
    sure = np.asarray(line * SHARPER, np.float32)
    best = shown.texts[int(_losses(head, shown, sure).argmin())]
    read = options.decode(sure, CHARSET)
    if read != best:
        fail("decode: what is sure is read", f"as {read!r}, and {best!r} has the least loss")
    read = options.decode(sure, CHARSET, Language.of(CHARSET, CHARSET))
    if read != best:
        fail(
            "decode: what is sure is read whatever the language",
            f"as {read!r}, and {best!r} has the least loss",
        )


def _padding_alone_has_no_loss(head: OutputHead, params: NDArray[np.float32]) -> None:
    """A row of a batch that has no line."""
    labels, mask = np.zeros((len(params), 2), np.int32), np.zeros(params.shape[:2], np.bool_)
    losses = numbers(head.batch_loss(params, _tensors({"labels": labels, "mask": mask})))
    near("padding alone has no loss", losses, np.zeros(len(params)), 0.0)


def _tensors(batch: Mapping[str, NDArray]) -> dict[str, Any]:
    from keras import ops

    return {name: ops.convert_to_tensor(array) for name, array in batch.items()}
