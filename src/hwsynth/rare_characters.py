"""Lines of rare characters, oftener: repeat factor sampling (Gupta, Dollár and Girshick 2019,
"LVIS", section 4.1), with the characters of a line in place of the things in a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def repeat_factors(texts: Sequence[str | None], rare: float) -> NDArray[np.float64]:
    """(lines,) how often an epoch is to have each line, 1 at least.

    A character that f of the lines hold asks for √(rare / f) times each of them, and a line has
    what the rarest of its characters asks for. `rare`: share of lines, above 0.
    """
    held = [set(text or "") for text in texts]
    lines_with = Counter(character for characters in held for character in characters)
    share = {character: lines / len(held) for character, lines in lines_with.items()}
    rarest = [min((share[each] for each in characters), default=1.0) for characters in held]
    return np.sqrt(np.maximum(rare / np.array(rarest), 1.0))


def repeated(
    lines: NDArray[np.int64], factors: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Each of `lines` as often as its factor says, fractions rounded at random."""
    return np.repeat(lines, np.floor(factors + rng.random(len(lines))).astype(np.int64))
