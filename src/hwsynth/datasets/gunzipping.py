"""A gzip file as it is read, decompressed in a thread: zlib and what is done with the bytes then
share two cores.

Python's own `gzip` hands over some 50 KB at a time, too little for a thread to be worth it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PIECE = 2**21
"""At most so many bytes are decompressed at once; a few such pieces are all the memory it takes."""
_COMPRESSED = 2**18
_GZIP = 16 + zlib.MAX_WBITS
"""Tells zlib to expect gzip's header, and its checksum at the end."""


@contextmanager
def open_gunzipped(path: Path) -> Iterator[GunzippedFile]:
    """What is in the gzip file `path`, to be read once from start to end."""
    with open(path, "rb") as file, ThreadPoolExecutor(max_workers=1) as thread:
        yield GunzippedFile(_pieces(file), thread)


class GunzippedFile:
    """Reads on from piece to piece while the next one is made."""

    def __init__(self, pieces: Iterator[bytes], thread: ThreadPoolExecutor) -> None:
        self._pieces, self._thread = pieces, thread
        self._piece = memoryview(b"")
        self._submit()

    def read(self, size: int) -> bytes:
        """From 1 to `size` bytes, none at the end. Raises zlib.error where the file is damaged,
        EOFError where it is cut short, OSError where it cannot be read."""
        if not self._piece:
            self._piece = memoryview(self._coming.result())
            self._submit()
        part, self._piece = self._piece[:size], self._piece[size:]
        return bytes(part)

    def _submit(self) -> None:
        self._coming = self._thread.submit(next, self._pieces, b"")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Never empty ones. A file may hold several members, and zeros behind them, as `gzip` says."""
    rest = file.read(_COMPRESSED)
    while rest:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            rest = rest or file.read(_COMPRESSED)
            if not rest:
                raise EOFError("its compressed data ends too early")
            if piece := member.decompress(rest, PIECE):
                yield piece
            rest = member.unconsumed_tail
        rest = member.unused_data.lstrip(b"\0")
        while not rest and (more := file.read(_COMPRESSED)):
            rest = more.lstrip(b"\0")
