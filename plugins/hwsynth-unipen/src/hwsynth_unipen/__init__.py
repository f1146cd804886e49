"""UNIPEN for hwsynth: lines of handwriting by many writers, on many devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from hwsynth import Dataset, Dropped, Ink, UsageError, hookimpl

if TYPE_CHECKING:
    from hwsynth_unipen.layout import Layout


class Unipen(Dataset):
    """Lines of UNIPEN's category 8, text, as it is distributed: a folder, or the archive of it.

    A segment is dropped where it lies in several lines, since no one knows which words stand in
    which: somewhere in the order of writing the pen goes back by two letters' heights or a
    quarter of the width, and the upper edges of what comes then lie, in the median, no higher
    than the lower edges of what stands there already, but for a tenth of a letter; or all that
    comes then lies higher or lower by more than a letter. Dropped are also those in columns or
    boxes, with room for six letters' heights between words; those of fewer words than `words`;
    those whose text is not known, or of which much less is written than their text says; and
    those that are BAD to read.

    Points are 100 a second and units 0.01 mm, whatever the device, by linear interpolation
    within strokes; the first and last point of a stroke are those recorded. Some of what the
    files say of their devices cannot be so and is corrected (`corrected`). Times are seconds
    from the line's first sample; where the pen is up and nothing was recorded, only `.DT` tells
    how long. Writers are hashed; about 85, 7.5 and 7.5 in a hundred of them are train,
    validation and test.
    """

    name: ClassVar[str] = "unipen"
    splits: ClassVar[Mapping[str, Literal["train", "validation", "test"]]] = {
        "train": "train",
        "validation": "validation",
        "test": "test",
    }
    licence: ClassVar[str] = (
        "UNIPEN train_r01_v07: CC BY 4.0, UNIPEN consortium (Guyon et al. 1994), "
        "https://doi.org/10.5281/zenodo.1195803. Weights trained on it name this source."
    )

    points_per_second: float = Field(100.0, gt=0, le=1000)
    """Rate that all lines are brought to."""
    units_per_mm: float = Field(100.0, gt=0, le=10_000)
    """Resolution that all lines are brought to."""
    words: int = Field(2, ge=1)
    """Lines of fewer words are dropped; words apart are other categories of UNIPEN."""
    corrected: bool = True
    """Whether rates and resolutions that cannot be so are corrected, as the README lists them."""
    joined: bool = True
    """Whether digits and punctuation that labels set apart, and writers do not, are joined."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The archive, or each file of the folders data/8 and include."""
        return _layout(path).files()

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Every segment of category 8, as Ink or as Dropped, by the names of their files."""
        from hwsynth_unipen.reading import read_lines

        return read_lines(_layout(path), self)


def _layout(path: Path | None) -> Layout:
    from hwsynth_unipen.layout import find_layout

    if path is None:
        raise UsageError("dataset 'unipen' needs its folder or archive; give it with --data")
    return find_layout(path)


@hookimpl
def hwsynth_datasets() -> Sequence[type[Dataset]]:
    """The dataset that this package gives."""
    return [Unipen]
