"""UNIPEN's text format: statements that begin with a dot in a line's first column.

I. Guyon, L. Schomaker, R. Plamondon, M. Liberman and S. Janet, UNIPEN project of on-line data
exchange and recognizer benchmarks, ICPR 1994; the format's own definition is `unipen.def`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Statement = tuple[bytes, bytes]
"""Keyword without its dot, and all that stands behind it up to the next one."""

_KEYWORD = re.compile(rb"^\.([A-Z_]+)(?=\s|\Z)", re.MULTILINE)


def statements(data: bytes) -> Iterator[Statement]:
    """The statements of a file; what stands before the first is passed over, as comments are."""
    parts = _KEYWORD.split(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return ((keyword, body) for keyword, body in pairs if keyword != b"COMMENT")
