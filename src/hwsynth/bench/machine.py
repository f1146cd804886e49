"""What figures were taken on."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from hwsynth import backend

PACKAGES = ("hwsynth", "numpy", "keras", "tensorflow", "jax", "torch", "onnxruntime")
EXTENSIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8")
"""Of x86-64: what products of matrices gain most from."""


def machine() -> dict[str, Any]:
    """Processor, cores, versions, and what computes; with Keras started."""
    cpuinfo = _cpuinfo()
    flags = cpuinfo.get("flags", "").split()
    return {
        "processor": cpuinfo.get("model name") or platform.processor() or platform.machine(),
        "extensions": [extension for extension in EXTENSIONS if extension in flags],
        "cores": _cores(),
        "gpus": backend.gpus(),
        "system": f"{platform.system()} {platform.machine()}",
        "backend": backend.name(),
        "python": platform.python_version(),
        **{name: version for name in PACKAGES if (version := _version(name))},
    }


def _cpuinfo() -> dict[str, str]:
    """What Linux tells of the first core; empty elsewhere."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _cores() -> int | None:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
