"""Pages as files: a sheet each, since a plotter draws one at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from hwsynth.contracts import Page, Paper
from hwsynth.errors import DataError
from hwsynth.typesetting.words import moved


def page_paths(path: Path, pages: int) -> list[Path]:
    """A file name a page: `letter.svg` for one, else `letter-1.svg`, `letter-2.svg`, …

    Numbers are as long as the last one, so that names sort as pages do.
    """
    if pages == 1:
        return [path]
    digits = len(str(pages))
    return [
        path.with_name(f"{path.stem}-{page:0{digits}}{path.suffix}") for page in range(1, pages + 1)
    ]


def is_page_path(path: Path, out: Path) -> bool:
    """Whether `page_paths` may give that name to a page of several of `out`."""
    path, out = path.resolve(), out.resolve()
    number = path.stem.removeprefix(f"{out.stem}-")
    numbered = number != path.stem and number.isdecimal()
    return numbered and (path.parent, path.suffix) == (out.parent, out.suffix)


def trimmed(page: Page, margin_mm: float = 5.0) -> Page:
    """A page on paper cut to what is written on it, with a margin all around, without rules.

    Raises DataError for a page that stands on no paper.
    """
    if page.paper is None:
        raise DataError("a page without paper has nothing to be trimmed")
    points = np.concatenate([ink.points[:, :2] for ink in page.lines]).astype(np.float64)
    left, top = points.min(axis=0) - margin_mm
    width, height = np.ptp(points, axis=0) + 2 * margin_mm
    lines = [moved(ink, -float(left), -float(top)) for ink in page.lines]
    return replace(page, lines=lines, paper=Paper(float(width), float(height)))
