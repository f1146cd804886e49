"""Where a style is written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from hwsynth.atomic import check_place
from hwsynth.cli.options import Command
from hwsynth.errors import UsageError
from hwsynth.styles import SUFFIX


def style_out_option(help_text: str) -> Callable[[Command], Command]:
    """--out, for `style_path`."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        required=True,
        metavar=f"FILE{SUFFIX}",
        help=help_text,
    )


def style_path(path: Path) -> Path:
    """The path of a style file that is to be made. Raises UsageError where its ending is another,
    HwsynthError where it cannot be written."""
    if path.suffix != SUFFIX:
        raise UsageError(f"--out {path} must end in {SUFFIX}, by which a style file is known")
    check_place(path)
    return path
