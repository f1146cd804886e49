"""Shows that a dataset is being read, where that takes long enough to be noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hwsynth.cli.options import console


@contextmanager
def reading() -> Iterator[Callable[[str, int], None]]:
    """Yields what a corpus reports to while it is read."""
    with console.status("…") as status:
        status.stop()

        def progress(name: str, lines: int) -> None:
            if lines % 100 == 0:
                status.start()
                status.update(f"reading {name}: {lines:,} lines")

        yield progress
