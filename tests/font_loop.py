"""A stand-in for a trained model: writes characters of three points each, tall ones by chance.

A character's ink says which one it is by its width and whether it is spoilt by its height, so that
`FontReader` reads what is written, and misreads what is spoilt. Needs no training framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hwsynth import Ink
from hwsynth.conditions import Conditions
from hwsynth.normalisation import Normalisation
from hwsynth.writing import TextWriter

CHARSET = " ,.abcdefghijklmnopqrstuvwxyz"
NORMALISATION = Normalisation(mean=(0.0, 0.0), sd=(1.0, 1.0))
CONDITIONS = Conditions("aligned", CHARSET, ("ann", "ben"))
SPOILT_HEIGHT = 50.0
GAP = 100.0
"""Between words; characters are narrower."""


class FontLoop:
    """A `sampling.Loop` whose characters are spoilt with the probability `spoilt`."""

    marks = 2

    def __init__(self, spoilt: float = 0.0, never_ends: str = "", good_for: int = 0) -> None:
        """never_ends: characters that come to no end, after so many times of `good_for`."""
        self.spoilt, self.never_ends, self.good_for = spoilt, never_ends, good_for
        self.starts = 0

    def start(self, rows: np.ndarray, given: Any) -> np.ndarray:
        """The state is (batch, 2): characters that have ended, and points since."""
        assert rows.shape[1] == 0
        self.starts += 1
        return np.zeros((len(rows), 2), int)

    def parts(self, state: np.ndarray) -> list[np.ndarray]:
        """See `sampling.Loop`."""
        return [state]

    def whole(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """See `sampling.Loop`."""
        return parts[0]

    def draw(
        self, row: Any, state: Any, noise: Any, bias: float, given: Any, held: Any = None
    ) -> tuple[np.ndarray, Any, np.ndarray]:
        """See `sampling.Loop`; of text that is data, rows say where they are."""
        rows = np.zeros((len(noise), len(state), 4), np.float32)
        state = state.copy()
        for step, numbers in enumerate(noise):
            for line, (place, since) in enumerate(state):
                rows[step, line] = self._row(given, line, place, since, numbers[line])
            if held is not None:
                rows[step] = np.where(np.isnan(held[step]), rows[step], held[step])
            ended = rows[step, :, 3] > 0
            state[:, 1] = np.where(ended, 0, state[:, 1] + 1)
            state[:, 0] += ended
        return rows, state, rows[..., :0]

    def _row(self, given: Any, line: int, place: int, since: int, noise: Any) -> list[float]:
        contexts = given["contexts"][line]
        around = contexts[min(place, len(contexts) - 1)]
        number = int(around[2])
        never = number > 0 and CHARSET[number - 1] in self.never_ends
        never = never and self.starts > self.good_for
        if since == 0:
            after_space = around[1] and CHARSET[around[1] - 1] == " "
            return [GAP if after_space else 0.0, 0.0, 0, 0]
        if since == 1:
            height = SPOILT_HEIGHT if noise[0] < self.spoilt else 10 + float(noise[1])
            return [number, -height, 0, 0]
        up = -1.0 if since > 2 else 10.0
        return [0, up, 1, 0 if never else 1]


@dataclass(frozen=True)
class Read:
    """What was read."""

    text: str
    charset: str
    sure: float = 0.99
    """Probability of what is seen in each frame; all else is as likely."""

    @property
    def log_probabilities(self) -> np.ndarray:
        """See `proofreading.Reading`: a frame a character, and one of the blank after each."""
        classes = len(self.charset) + 1
        seen = np.zeros(2 * len(self.text), int)
        seen[::2] = [1 + self.charset.index(each) for each in self.text]
        shown = np.full((len(seen), classes), (1 - self.sure) / (classes - 1))
        shown[np.arange(len(seen)), seen] = self.sure
        return np.log(shown)


class FontReader:
    """Reads what `FontLoop` writes, and reads spoilt characters as z."""

    def __init__(self, charset: str = CHARSET) -> None:
        self.charset = charset
        self.read_lines = 0

    def read(self, lines: Sequence[Ink]) -> list[Read]:
        """See `proofreading.Reader`."""
        self.read_lines += len(lines)
        return [Read(_text(line), self.charset) for line in lines]


def _text(line: Ink) -> str:
    text, right = "", 0.0
    ends = np.flatnonzero(line.char_end) + 1
    for start, stop in zip([0, *ends[:-1]], ends, strict=True):
        points = line.points[start:stop]
        if points[0, 0] - right > GAP / 2:
            text += " "
        right = points[1, 0]
        spoilt = points[0, 1] - points[1, 1] > SPOILT_HEIGHT - 1
        text += "z" if spoilt else CHARSET[round(float(right - points[0, 0])) - 1]
    return text


def font_writer(**loop: Any) -> TextWriter:
    """A writer by such a loop."""
    return TextWriter(FontLoop(**loop), NORMALISATION, CONDITIONS)
