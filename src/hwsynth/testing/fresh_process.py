"""Running code in a Python of its own, to see what it loads."""

from __future__ import annotations

import os
import subprocess
import sys

from hwsynth.testing.comparing import fail

FRAMEWORKS = ("keras", "tensorflow", "jax", "torch")

_REPORT = f"import sys; print(); print(*(name for name in {FRAMEWORKS} if name in sys.modules))"


def frameworks_loaded_by(code: str) -> list[str]:
    """The training frameworks that are loaded once `code` has run in a fresh process, which has
    the import path of this one, and hashes of strings of its own. Fails where the code does."""
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{_REPORT}"],
        # Test runners such as tox give all their processes one seed of hashes.
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "random"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with exit code {done.returncode}"]
        fail("works in a process of its own", said[-1])
    # What stands above it was printed by the code.
    return done.stdout.splitlines()[-1].split()
