"""evaluation.json: what `hwsynth evaluate` found of a run, kept beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hwsynth
from hwsynth.contracts import Options
from hwsynth.run_record import FORMAT, now

LABELS = {
    "character_error_rate": "character error rate",
    "median_writer_character_error_rate": "… of the median writer",
    "worst_writer_character_error_rate": "… of the worst writer",
    "word_error_rate": "word error rate",
    "broken": "share of lines with a word that is misread",
    "nats_per_sequence": "nats per sequence, in the run's units",
    "nats_per_point": "nats per point, in the run's units",
    "dequantised_nats_per_sequence": "… per sequence, dequantised",
    "graves_nats_per_sequence": "nats per sequence, in Graves's units",
    "graves_dequantised_nats_per_sequence": "… dequantised",
    "sse_per_point": "squared error per point, mixture's mean",
    "sse_per_point_best": "squared error per point, likeliest component",
    "characters": "characters",
    "sequences": "sequences",
    "points": "points",
}
"""The figures for people, in the order in which they are shown."""


class WeightsMark(Options):
    """Which weights were scored: it tells them from those that later training leaves."""

    sha256: str
    """Of the file."""
    size: int
    """Its bytes."""
    modified_ns: int
    """When it was written, nanoseconds since 1970: where size and time agree, the file is not
    read again."""

    @classmethod
    def of(cls, file: Path) -> WeightsMark:
        """The mark of a file of weights as it is now."""
        about = file.stat()
        return cls(sha256=_sha256(file), size=about.st_size, modified_ns=about.st_mtime_ns)

    def fits(self, file: Path) -> bool:
        """Whether the file still holds these weights; a copy of them does."""
        if not file.is_file() or file.stat().st_size != self.size:
            return False
        return file.stat().st_mtime_ns == self.modified_ns or _sha256(file) == self.sha256


class Evaluation(Options):
    """The figures of one split of one dataset."""

    dataset: str
    """Its name."""
    split: str
    """As it was asked for."""
    fingerprint: str
    """The evaluated corpus's checksum."""
    figures: dict[str, int | float | None]
    """By the names that `hwsynth evaluate --json` gives."""
    created: str
    """When, in UTC."""
    hwsynth: str
    """Version that found them."""
    weights: WeightsMark
    """Whose they are."""

    @property
    def about(self) -> tuple[str, str, str]:
        """What was scored: the same dataset read elsewhere may have other lines."""
        return self.dataset, self.split, self.fingerprint


class Evaluations(Options):
    """evaluation.json."""

    format: int = FORMAT
    """Version of the run folder's files."""
    evaluations: tuple[Evaluation, ...] = ()
    """The newest last, one for each split of each dataset, as it was read."""

    def with_one(self, new: Evaluation) -> Evaluations:
        """These, with a new one in the place of an older one of the same data and split."""
        others = (old for old in self.evaluations if old.about != new.about)
        return Evaluations(evaluations=(*others, new))


def evaluation_now(
    dataset: str, split: str, fingerprint: str, figures: Mapping[str, Any], weights: WeightsMark
) -> Evaluation:
    """What was found a moment ago, by this version."""
    return Evaluation(
        dataset=dataset,
        split=split,
        fingerprint=fingerprint,
        figures=dict(figures),
        created=now(),
        hwsynth=hwsynth.__version__,
        weights=weights,
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
