"""Text on paper: lines broken by the widths of what was written, and pages of them."""

from __future__ import annotations

from hwsynth.typesetting.layout import Layout
from hwsynth.typesetting.pages import is_page_path, page_paths, trimmed
from hwsynth.typesetting.setting import Draw, typeset
from hwsynth.typesetting.words import with_word_of, words_of

__all__ = [
    "Draw",
    "Layout",
    "is_page_path",
    "page_paths",
    "trimmed",
    "typeset",
    "with_word_of",
    "words_of",
]
