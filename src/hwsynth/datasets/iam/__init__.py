"""IAM-OnDB, the dataset of lines written on a whiteboard (Liwicki and Bunke, ICDAR 2005)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hwsynth.contracts import Dataset, Dropped, Role
from hwsynth.datasets.iam.splits import OFFICIAL, OWN
from hwsynth.errors import UsageError
from hwsynth.ink import Ink

if TYPE_CHECKING:
    from hwsynth.datasets.iam.layout import Layout


class Iam(Dataset):
    """Lines of the IAM On-Line Handwriting Database, as its users download it.

    The folder holds `lineStrokes` and, for texts, `ascii`, for writers, `original-xml`: each
    unpacked, or as the archive `lineStrokes-all.tar.gz` and so on, and maybe one folder down.
    Split files (`trainset.txt`, …) are those of the task IAM-OnDB-t1; without them about 90, 5
    and 5 in a hundred writers, or forms where writers are not known, are train, validation and
    test.

    A line's text is that of its number in the form's `CSR:` part; where there are fewer texts
    than lines, and behind a line break marked in a text, it is None. Times are seconds from the
    line's first point, otherwise as they were recorded: with gaps, repeats and steps back.
    """

    name: ClassVar[str] = "iam"
    splits: ClassVar[Mapping[str, Role]] = {**OFFICIAL, **OWN}
    licence: ClassVar[str] = (
        "IAM On-Line Handwriting Database: for non-commercial research only; users register and "
        "download it themselves. What is trained on it is for non-commercial research only."
    )

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The archives, or each file of the unpacked folders, and the split files."""
        return _layout(path).files()

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Every stroke file, as Ink or as Dropped."""
        from hwsynth.datasets.iam.reading import read_lines

        return read_lines(_layout(path))


def _layout(path: Path | None) -> Layout:
    from hwsynth.datasets.iam.layout import find_layout

    if path is None:
        raise UsageError("dataset 'iam' needs its folder; give it with --data")
    return find_layout(path)
