"""IAM-OnDB from its archive, and from the cache."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from hwsynth.bench import starting
from hwsynth.bench.measuring import Context, Figures, SkippedError, side_by_side
from hwsynth.bench.references import notebook_reader
from hwsynth.bench.written_archive import ARCHIVE
from hwsynth.corpus import open_corpus
from hwsynth.datasets.iam import Iam

ROUNDS = 3
"""Reading takes seconds."""


def iam_cold(context: Context) -> Figures:
    """Beside the notebook's loop over the same files."""
    folder = iam_folder(context)

    ours_s, notebook_s = side_by_side(
        lambda: read_cold(folder), lambda: notebook_reader(folder / ARCHIVE), rounds=ROUNDS
    )
    return Figures(ours_s, notebook_s)


def read_cold(folder: Path) -> None:
    """Reads IAM-OnDB, or what is written like it, into a cache of its own."""
    with tempfile.TemporaryDirectory() as cache:
        open_corpus(Iam(), folder, cache_folder=Path(cache))


def memory(context: Context) -> Figures:
    """What a process that reads all of it grows to, beside what it then holds."""
    folder = iam_folder(context)
    with tempfile.TemporaryDirectory() as cache:
        found = _started(folder, Path(cache))
    if not found["peak_mib"]:
        raise SkippedError("this system does not say how much memory a process has held")
    more = {
        "points_mib": found["points_mib"],
        "over_points": found["peak_mib"] / found["points_mib"],
    }
    return Figures(found["peak_mib"], found["corpus_mib"], more)


def warm(context: Context) -> Figures:
    """From the cache to a training run's first batch, each time in a new process; there is
    nothing to compare it with."""
    folder = iam_folder(context)
    with tempfile.TemporaryDirectory() as cache:
        _started(folder, Path(cache))
        rounds = [_started(folder, Path(cache)) for _ in range(context.rounds)]
    parts = {
        name: statistics.median(found[name] for found in rounds)
        for name in ("open_s", "normalisation_s", "batch_s")
    }
    return Figures(sum(parts.values()), more=parts)


def _started(folder: Path, cache: Path) -> dict[str, float]:
    """What `starting` says."""
    done = subprocess.run(
        [sys.executable, "-m", starting.__name__, str(folder), str(cache)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def iam_folder(context: Context) -> Path:
    """The folder of IAM-OnDB. Raises SkippedError where there is none."""
    folder = context.data / "iamondb" if context.data else None
    if folder is None or not (folder / ARCHIVE).exists():
        raise SkippedError(
            f"no {ARCHIVE} of IAM-OnDB; give the folder above `iamondb` with --data, or in "
            "HWSYNTH_TEST_DATA"
        )
    return folder
