"""Which words of a text were read as something else."""

from __future__ import annotations

from bisect import bisect

from rapidfuzz.distance import Levenshtein

from hwsynth.words import spans


def word_errors(text: str, read: str) -> list[int]:
    """For each word of `text` how many edits part it from what was read at its place.

    Edits are those of a shortest way from one text to the other (Levenshtein 1966): a character
    changed, left out or put in. A space counts with the word after it. Case and punctuation count.
    """
    stops = [stop for _, stop in spans(text)]
    errors = [0] * len(stops)
    for edit in Levenshtein.editops(text, read):
        place = edit.src_pos
        # What is put in before a space, or at the end, is the word's that ends there.
        if edit.tag == "insert" and place and not text[place : place + 1].strip():
            place -= 1
        errors[min(bisect(stops, place), len(stops) - 1)] += 1
    return errors
