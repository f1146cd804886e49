"""How likely a character is after those before it, in texts of one kind: what helps a reader to
tell letters that look alike.

Counts of all runs of up to `ORDER` characters in an example text. How likely a character is after a
context is told by what followed that context and, the more so the more kinds of characters did, by
how likely it is after the context without its first character (Witten and Bell 1991, method C,
interpolated as in Chen and Goodman 1998, eq. 18). Below the empty context all are equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hwsynth.alphabet import Alphabet
from hwsynth.errors import UsageError
from hwsynth.text import read_text, writable
from hwsynth.transcripts import untokenised

ORDER = 6
"""Characters of the longest runs: the one foretold, and five before it."""
BREAK = "\n"
"""What stands before a line, and ends it."""


@dataclass(frozen=True)
class Language:
    """Made by `Language.of`."""

    runs: Mapping[str, int]
    """How often characters stood together; keys of 1 to `ORDER`."""
    followed: Mapping[str, int]
    """Context of up to `ORDER` − 1 characters -> how often something followed it."""
    kinds: Mapping[str, int]
    """Context -> how many different characters did."""
    characters: int
    """How many there are, `BREAK` among them."""

    @classmethod
    def of(cls, text: str, charset: str) -> Language:
        """That of an example, whose lines are like those to be read; empty ones say nothing."""
        runs: Counter[str] = Counter()
        for line in filter(None, text.split("\n")):
            whole = BREAK + line + BREAK
            for place in range(1, len(whole)):
                first = max(0, place + 1 - ORDER)
                runs.update(whole[start : place + 1] for start in range(first, place + 1))
        followed: Counter[str] = Counter()
        for run, count in runs.items():
            followed[run[:-1]] += count
        kinds = Counter(run[:-1] for run in runs)
        return cls(dict(runs), dict(followed), dict(kinds), 1 + len(charset))

    def likelihood(self, before: str, character: str) -> float:
        """Of a character, or of `BREAK`, after `before`, which is all of the line so far."""
        context = (BREAK + before)[1 - ORDER :]
        found = 1 / self.characters
        for start in range(len(context), -1, -1):
            shorter = context[start:]
            if shorter not in self.followed:
                break
            kinds = self.kinds[shorter]
            own = self.runs.get(shorter + character, 0)
            found = (own + kinds * found) / (self.followed[shorter] + kinds)
        return found


def read_language(path: Path, charset: str, *, tokenised: bool) -> Language:
    """That of a UTF-8 file, brought to the characters of `charset`; not `tokenised`: without the
    spaces that a tokeniser put around marks, as in the texts that the reader learnt.

    Raises DataError where the file cannot be read, UsageError where the reader knows none of its
    characters.
    """
    text = read_text(path)
    if not tokenised:
        text = "\n".join(map(untokenised, text.split("\n")))
    try:
        known = writable(text, Alphabet(charset)).text
    except UsageError as error:
        raise UsageError(
            f"{path} holds no character that the reader knows; give a text like those to be read"
        ) from error
    return Language.of(known, charset)
