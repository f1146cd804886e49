"""IAM-OnDB from its archive, and from the cache."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hwsynth.bench.measuring import Context, Figures, SkippedError, side_by_side
from hwsynth.bench.references import notebook_reader
from hwsynth.corpus import open_corpus
from hwsynth.datasets.iam import Iam

ARCHIVE = "lineStrokes-all.tar.gz"
ROUNDS = 3
"""Reading takes seconds."""


def iam_cold(context: Context) -> Figures:
    """Beside the notebook's loop over the same files."""
    folder = iam_folder(context)

    def ours() -> None:
        with tempfile.TemporaryDirectory() as cache:
            open_corpus(Iam(), folder, cache_folder=Path(cache))

    seconds = side_by_side(ours, lambda: notebook_reader(folder / ARCHIVE), rounds=ROUNDS)
    return Figures(*seconds)


def warm(context: Context) -> Figures:
    """From the cache; there is nothing to compare it with."""
    folder = iam_folder(context)
    with tempfile.TemporaryDirectory() as cache:
        (seconds,) = side_by_side(
            lambda: open_corpus(Iam(), folder, cache_folder=Path(cache)), rounds=context.rounds
        )
    return Figures(seconds)


def iam_folder(context: Context) -> Path:
    """The folder of IAM-OnDB. Raises SkippedError where there is none."""
    folder = context.data / "iamondb" if context.data else None
    if folder is None or not (folder / ARCHIVE).exists():
        raise SkippedError(
            f"no {ARCHIVE} of IAM-OnDB; give the folder above `iamondb` with --data, or in "
            "HWSYNTH_TEST_DATA"
        )
    return folder
