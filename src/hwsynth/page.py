"""What every exporter asks of a page before it writes anything."""

from __future__ import annotations

import math

from hwsynth.contracts import Page, Paper
from hwsynth.errors import DataError


def check_page(page: Page) -> None:
    """Raises DataError where a page holds no line, no scale, not one caption a line, or stands on
    paper without a size or with captions, for which it has no place."""
    if not page.lines:
        raise DataError("the page has no lines; give it at least one")
    if not (math.isfinite(page.line_height) and page.line_height > 0):
        raise DataError(
            f"the page's line_height is {page.line_height}; it must be above 0 and finite: "
            "the median height of the corpus's lines, in corpus units"
        )
    if page.captions is not None and len(page.captions) != len(page.lines):
        raise DataError(
            f"the page has {len(page.lines)} lines and {len(page.captions)} captions; "
            "give one a line, or none at all"
        )
    if page.paper is not None:
        _check_paper(page.paper, page.captions is not None)


def _check_paper(paper: Paper, captions: bool) -> None:
    size = (paper.width_mm, paper.height_mm)
    if not all(math.isfinite(side) and side > 0 for side in size):
        raise DataError(f"the paper is {size[0]} × {size[1]} mm; both must be above 0 and finite")
    if captions:
        raise DataError("a page on paper has no place for captions; leave them out")
