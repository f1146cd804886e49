"""Where a style is written to."""

from __future__ import annotations

from pathlib import Path

from hwsynth.atomic import check_place
from hwsynth.errors import UsageError
from hwsynth.styles import SUFFIX


def style_path(path: Path) -> Path:
    """The path of a style file that is to be made. Raises UsageError where its ending is another,
    HwsynthError where it cannot be written."""
    if path.suffix != SUFFIX:
        raise UsageError(f"--out {path} must end in {SUFFIX}, by which a style file is known")
    check_place(path)
    return path
