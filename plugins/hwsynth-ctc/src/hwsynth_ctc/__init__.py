"""Output head for hwsynth that learns what is written: connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from hwsynth import Head, Precision, Task, UsageError, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hwsynth.language import Language
    from hwsynth_ctc.layer import CTCHead


class CTC(Head):
    """What a line says, wherever in it each character stands (Graves et al. 2006)."""

    name: ClassVar[str] = "ctc"
    learns: ClassVar[Literal["ink", "text"]] = "text"

    beams: int = Field(0, ge=0)
    """Beginnings of a text that are followed side by side when reading; 0: the likeliest class of
    each frame is read."""

    def build(
        self, *, task: Task, precision: Precision = "float32", seed: int = 0, **layer: Any
    ) -> CTCHead:
        """The Keras layer. Raises UsageError where the corpus has no texts."""
        from hwsynth_ctc.layer import CTCHead

        if not task.charset:
            raise UsageError(
                "the head 'ctc' learns texts, and the corpus has none; choose another --dataset, "
                "or a head that learns ink: --head mdn"
            )
        return CTCHead(classes=1 + len(task.charset), precision=precision, seed=seed, **layer)

    def decode(
        self, params: NDArray[np.float32], charset: str, language: Language | None = None
    ) -> str:
        """params (steps, params) of a line -> its text. With a language texts are always followed
        side by side."""
        from hwsynth_ctc.decoding import BEAMS, best_path, prefix_beams

        if not self.beams and language is None:
            return best_path(params, charset)
        return prefix_beams(params, charset, self.beams or BEAMS, language)


@hookimpl
def hwsynth_heads() -> Sequence[type[Head]]:
    """The head that this package gives."""
    return [CTC]
