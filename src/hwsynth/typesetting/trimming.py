"""A page cut down to what stands on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hwsynth.contracts import Page, Paper


def trimmed(page: Page, margin_mm: float) -> Page:
    """A page on paper of which no more is left than its ink and a margin around it."""
    least, most = (
        reach([reach(ink.points[:, :2], axis=0) for ink in page.lines], axis=0)
        for reach in (np.min, np.max)
    )
    move = margin_mm - least
    lines = [replace(ink, points=ink.points + np.float32([*move, 0])) for ink in page.lines]
    width, height = (most - least + 2 * margin_mm).tolist()
    return replace(page, lines=lines, paper=Paper(width, height))
