"""The layer that says of each frame how likely each character and the blank are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from keras import ops

from hwsynth import LinearHead
from hwsynth_ctc.alignments import nats_of_texts

Tensor = Any


class CTCHead(LinearHead):
    """Learns text: logits of the classes, the blank first, then the characters in order."""

    learns = "text"
    named_axes: ClassVar = {"kernel": (1, "characters"), "bias": (0, "characters")}

    def __init__(self, *, classes: int, **layer: Any) -> None:
        super().__init__(params=classes, **layer)

    def batch_loss(self, params: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """params (batch, steps, params), labels (batch, chars) and mask (batch, steps) of the batch
        -> −log probability (batch,) of each text; 0 for one that has too few steps to be shown."""
        steps = ops.sum(ops.cast(batch["mask"], "int32"), axis=1)
        return nats_of_texts(params, batch["labels"], steps)
