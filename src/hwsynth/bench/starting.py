"""A training run's way to its first batch, in a process of its own.

    python -m hwsynth.bench.starting FOLDER_OF_IAM CACHE_FOLDER

prints seconds and memory as JSON. Imports are not counted; with an empty cache the corpus is read.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# Those that reading imports when it comes to them are named here, so that they are not counted.
import pyarrow.compute  # noqa: F401

import hwsynth.corpus_cache
import hwsynth.datasets.iam.reading  # noqa: F401
from hwsynth.batches import Sequences, TrainingBatches
from hwsynth.corpus import open_corpus
from hwsynth.datasets.iam import Iam
from hwsynth.normalisation import Normalisation
from hwsynth.run_options import BatchOptions

MIB = 2**20


def start(folder: Path, cache: Path) -> Mapping[str, float]:
    """As `experiment.start` and the first step do, but for the model: `open_s`,
    `normalisation_s` and `batch_s` are seconds, `peak_mib` what the process has grown by at most,
    `corpus_mib` what is in the cache, `points_mib` the array of points alone."""
    told: dict[str, float] = {}
    before = peak()
    with _timed(told, "open_s"):
        corpus = open_corpus(Iam(), folder, cache_folder=cache)
    with _timed(told, "normalisation_s"):
        lines = corpus.lines_in("train")
        normalisation = Normalisation.of(corpus, lines)
    with _timed(told, "batch_s"):
        sequences = Sequences(corpus, normalisation)
        TrainingBatches(sequences, lines, BatchOptions(), seed=0)[0].tensors()
    told["peak_mib"] = (peak() - before) / MIB
    told["corpus_mib"] = sum(file.stat().st_size for file in cache.iterdir()) / MIB
    told["points_mib"] = corpus.points.nbytes / MIB
    return told


def peak() -> int:
    """Bytes of memory that this process has held at most, what it maps included; 0 where the
    system does not say."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `resource` says on Linux may be the peak of the process that started this one.
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return 1024 * int(fields["VmHWM"].split()[0])
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes, on macOS
    return 0


@contextmanager
def _timed(told: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    told[name] = time.perf_counter() - started


if __name__ == "__main__":
    sys.stdout.write(json.dumps(start(*map(Path, sys.argv[1:]))))
