"""What every exporter asks of a page before it writes anything."""

from __future__ import annotations

import math

from hwsynth.contracts import Page
from hwsynth.errors import DataError


def check_page(page: Page) -> None:
    """Raises DataError where a page holds no line, no scale, or not one caption a line."""
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
