"""What the benchmarks of loading measure in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hwsynth.testing.fresh_process import frameworks_loaded_by
from test_iam import SMALL, as_archives

FIGURES = {"open_s", "normalisation_s", "batch_s", "peak_mib", "corpus_mib", "points_mib"}


def started(folder: Path, cache: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "hwsynth.bench.starting", str(folder), str(cache)]
    done = subprocess.run(command, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_a_start_says_its_seconds_and_memory_read_or_from_the_cache(tmp_path):
    folder, cache = as_archives(tmp_path / "iam", SMALL), tmp_path / "cache"
    read, cached = started(folder, cache), started(folder, cache)
    assert read.keys() == cached.keys() == FIGURES
    assert len(list(cache.iterdir())) == 1
    assert read["corpus_mib"] == cached["corpus_mib"] > read["points_mib"] > 0
    assert min(read[name] for name in ("open_s", "normalisation_s", "batch_s")) > 0
    if Path("/proc/self/status").exists():
        assert 0 <= read["peak_mib"] < 100


def test_a_start_without_the_model_loads_no_framework():
    # Else its memory would be theirs.
    assert frameworks_loaded_by("import hwsynth.bench.starting") == []
