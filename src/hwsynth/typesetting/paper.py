"""Lengths and sheets of paper as people name them: `20mm`, `A4`, `8.5x11in`."""

from __future__ import annotations

import re
from collections.abc import Mapping

MM: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "": 1.0}
"""Unit -> millimetres; a number alone is millimetres."""

SHEETS: Mapping[str, tuple[float, float]] = {
    "a3": (297.0, 420.0),
    "a4": (210.0, 297.0),
    "a5": (148.0, 210.0),
    "a6": (105.0, 148.0),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
}
"""Name -> width and height upright, in millimetres."""

LARGEST_MM = 2000.0
"""Longer sheets are a mistake: the largest plotters take 1.6 m."""

_LENGTH = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(mm|cm|in|pt|)")
_SIDES = re.compile(r"(.+?)\s*[x×]\s*(.+)")


def length_mm(text: str) -> float:
    """A length in millimetres; raises ValueError for what is none.

    >>> length_mm("2cm")
    20.0
    """
    match = _LENGTH.fullmatch(text.strip().lower())
    if not match:
        raise ValueError(f"'{text}' is no length; give a number with mm, cm, in or pt, as in 20mm")
    return float(match[1]) * MM[match[2]]


def sheet_mm(text: str) -> tuple[float, float]:
    """Width and height in millimetres of `A4`, `A4-landscape` or `210x297mm`.

    Raises ValueError for a sheet that is not known, or is no sheet.
    """
    name, _, turned = text.strip().lower().replace(" ", "-").partition("-")
    if name in SHEETS and turned in ("", "portrait", "landscape"):
        width, height = SHEETS[name]
        return (height, width) if turned == "landscape" else (width, height)
    if match := _SIDES.fullmatch(text.strip().lower()):
        return _checked(text, match[1], match[2])
    raise ValueError(
        f"'{text}' is no paper that is known; there are {', '.join(SHEETS).title()}, each also as "
        "in A4-landscape, and any size as in 148x210mm"
    )


def _checked(text: str, width: str, height: str) -> tuple[float, float]:
    unit = re.sub(r"[\d.\s]", "", height)
    # The unit may stand once: 8.5x11in.
    sides = length_mm(width if re.search("[a-z]", width) else width + unit), length_mm(height)
    if not all(1 <= side <= LARGEST_MM for side in sides):
        raise ValueError(
            f"'{text}' is {sides[0]:g} × {sides[1]:g} mm; each side must be 1 to {LARGEST_MM:g} mm"
        )
    return sides


def margins_mm(text: str) -> tuple[float, float, float, float]:
    """Top, right, bottom and left in millimetres of one length, or of four with commas.

    Raises ValueError for another number of them, or what is no length.
    """
    lengths = [length_mm(part) for part in text.split(",")]
    if len(lengths) == 1:
        lengths *= 4
    if len(lengths) != 4:
        raise ValueError(
            f"'{text}' gives {len(lengths)} margins; give one, or top, right, bottom and left, as "
            "in 20mm,15mm,25mm,15mm"
        )
    top, right, bottom, left = lengths
    return top, right, bottom, left
