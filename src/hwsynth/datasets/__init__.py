"""The built-in datasets: where lines of handwriting come from."""

from __future__ import annotations

from collections.abc import Sequence

from hwsynth.contracts import Dataset
from hwsynth.hookspecs import hookimpl


@hookimpl
def hwsynth_datasets() -> Sequence[type[Dataset]]:
    """IAM-OnDB from the user's disk, and simulated writers that are always there."""
    from hwsynth.datasets.iam import Iam
    from hwsynth.datasets.synthetic import Synthetic

    return (Iam, Synthetic)
