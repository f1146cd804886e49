"""What a `.SEGMENT` statement says: kind, delineation, quality and label."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEGMENT = re.compile(
    r"\s*(?P<kind>\S+)(?:\s+(?P<delineation>[\d:,-]+)(?:\s+(?P<quality>[A-Z?]+)"
    r'(?:\s+"(?P<label>(?:[^"\\]|\\.)*)")?)?)?\s*',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"t": " ", "n": " "}
_UNKNOWN = re.compile(r"\bX{3,}\b|^\?+$")
"""XXX stands for what could not be read, or was crossed out."""


@dataclass(frozen=True)
class Segment:
    """A statement, read."""

    kind: str
    delineation: str | None
    quality: str | None
    text: str | None
    """The label: escapes resolved, runs of white space one space. None: none, or not known."""


def read_segment(body: bytes) -> Segment | None:
    """None for what does not have the format."""
    match = _SEGMENT.fullmatch(body.decode("iso-8859-1"))
    if match is None:
        return None
    return Segment(match["kind"], match["delineation"], match["quality"], _text(match["label"]))


def _text(label: str | None) -> str | None:
    plain = _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), label or "")
    text = " ".join(plain.split())
    return None if not text or _UNKNOWN.search(text) else text
