"""Which words of a text were read as something else."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from hwsynth.words import spans


def word_errors(text: str, read: str) -> list[int]:
    """For each word of `text` how many edits part it from what was read at its place.

    Edits are those of a shortest way from one text to the other (Levenshtein 1966): a character
    changed, left out or put in. A space counts with the word after it. Case and punctuation count.
    """
    words = spans(text)
    errors = [0] * len(words)
    stops = [stop for _, stop in words]
    for place in _edited(text, read):
        errors[min(bisect_left(stops, place + 1), len(words) - 1)] += 1
    return errors


def _edited(text: str, read: str) -> list[int]:
    """Places in `text` of the edits; of what is put in, the character after, or at the end of a
    word the one before."""
    table, places = _distances(text, read), []
    i, j = len(text), len(read)
    while i or j:
        if i and j and table[i, j] == table[i - 1, j - 1] + (text[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            if text[i] != read[j]:
                places.append(i)
        elif i and table[i, j] == table[i - 1, j] + 1:
            i -= 1
            places.append(i)
        else:
            j -= 1
            ends_word = i == len(text) or text[i].isspace()
            places.append(max(i - 1, 0) if ends_word else i)
    return places


def _distances(text: str, read: str) -> NDArray[np.int64]:
    """(len(text) + 1, len(read) + 1): edits between their beginnings of these lengths."""
    table = np.zeros((len(text) + 1, len(read) + 1), np.int64)
    along = np.arange(len(read) + 1)
    table[0] = along
    letters = np.array(list(read), "U1")
    for i, letter in enumerate(text, 1):
        table[i, 0] = i
        table[i, 1:] = np.minimum(table[i - 1, 1:] + 1, table[i - 1, :-1] + (letters != letter))
        # What is put in costs one a character, from wherever it is cheapest.
        table[i] = np.minimum.accumulate(table[i] - along) + along
    return table
