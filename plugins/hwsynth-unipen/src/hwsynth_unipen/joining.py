"""Labels in which every digit and every mark of punctuation is set apart, as they are written."""

from __future__ import annotations

import re

APART = {"cea", "ceb", "cec", "dar", "hpb", "hpp", "sta"}
"""Contributors whose labels are lists of words, digits and marks, though the pen left no spaces
there. Those of `att` are too, but each was written in a box of its own."""

_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=\b\d) (?=\d\b)", ""),  # 1 8 7 4
        (r"(?<=\d) ([-/:.]) (?=\d)", r"\1"),  # 3 / 2 3 / 9 2
        (r" ([.,;:!?)%])", r"\1"),
        (r"([($#]) ", r"\1"),
        (r"(?<=[a-z]) ?' ?(?=(?:d|ll|m|re|s|t|ve)\b)", "'"),  # wasn ' t
        (r'" ([^" ]|[^" ][^"]*[^" ]) "', r'"\1"'),
    )
]
_HYPHEN = re.compile(r"(?<=[a-z]) - (?=[a-z])")
"""In `hpp` alone a hyphen, in `dar` and `hpb` a dash with spaces."""


def joined(text: str, contributor: str) -> str:
    """The text without spaces that only the label has."""
    if contributor not in APART:
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _HYPHEN.sub("-", text) if contributor == "hpp" else text
