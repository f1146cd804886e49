"""The pen movement in one stroke file of IAM-OnDB.

Nothing outside the file is ever fetched: expat resolves no external entities, and a file that
declares a document type, and with it any entity, is refused.
"""

from __future__ import annotations

import re
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from hwsynth.errors import DataError

MAX_COORDINATE = 1e6
"""Whiteboard coordinates have at most five digits; beyond this is damage, not writing."""

NO_STROKE = "no stroke in it"
EMPTY_STROKE = "a stroke without points"
OUTSIDE = "a point outside a stroke"
NUMBER = "a number missing or wrong"
BEYOND = f"a coordinate beyond ±{MAX_COORDINATE:.0f}"
DOCTYPE = "a document type declared"
MALFORMED = "XML cut short or not well-formed"

Movement = tuple[NDArray[np.float32], NDArray[np.float64]]
"""points (points, 3): x, y, pen_up; times (points,) in seconds from the first point."""


class DamagedFileError(DataError):
    """A stroke file that does not hold what it must."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason} ({detail}); take the file from the distribution again")
        self.reason = reason
        self.detail = detail


def parse(data: bytes) -> Movement:
    """The movement in a stroke file: y downwards, whiteboard units, in the order of the file.

    Times are kept as they are (gaps and steps back too), less the time of the first point.
    Raises DamagedFileError, which says the line or stroke.
    """
    rows, ends = _parse_regular(data) or _parse_any(data)
    points = np.zeros(rows.shape, np.float32)
    points[:, :2] = rows[:, :2]
    points[ends - 1, 2] = 1
    return points, rows[:, 2] - rows[0, 2]


# Every file of the distribution is written in one regular form, for which a pattern and NumPy
# take an eighth of the time of an XML parser. What deviates anywhere goes to the parser. The
# quantifiers are possessive, `+`: nothing here ever has to be tried again shorter.
_COORDINATE = rb"-?+[0-9]{1,6}+"
_TIME = rb"-?+[0-9]{1,13}+\.[0-9]{2}+"  # as hundredths an exact integer in float64
_POINT = rb'<Point x="%b" y="%b" time="%b"/>\s*+' % (_COORDINATE, _COORDINATE, _TIME)
_STROKE = rb'<Stroke colour="[a-z]*+" start_time="%b" end_time="%b">\s*+(?:%b)++</Stroke>\s*+' % (
    _TIME,
    _TIME,
    _POINT,
)
_REGULAR = re.compile(
    rb'<\?xml version="1.0" encoding="ISO-8859-1"\?>\s*+<WhiteboardCaptureSession>\s*+'
    rb"<WhiteboardDescription>\s*+"
    rb'(?:<(?:SensorLocation|[A-Z][a-z]++OppositeCoords)(?: [a-z]++="[-a-z_0-9]*+")*+/>\s*+)*+'
    rb"</WhiteboardDescription>\s*+"
    rb"<StrokeSet>\s*+(?P<strokes>(?:%b)++)</StrokeSet>\s*+</WhiteboardCaptureSession>\s*+"
    % _STROKE
)
# Of a stroke's text is kept: a line feed for the S of either tag, a space for each = before the
# three attributes of the stroke and of each point, and the numbers. A colour leaves nothing, and
# without its decimal point a time is a whole number of hundredths.
_KEPT = bytes.maketrans(b"S=", b"\n ")
_LEFT_OUT = bytes(set(range(256)) - set(b"0123456789-S="))


def _parse_regular(data: bytes) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """(points, 3): x, y, time, and (strokes,): one past each stroke's last point."""
    match = _REGULAR.fullmatch(data)
    if match is None:
        return None
    numbers = match["strokes"].translate(_KEPT, _LEFT_OUT)
    strokes = numbers.split(b"\n")[1::2]
    counts = np.array([stroke.count(b" ") // 3 - 1 for stroke in strokes])
    ends = np.cumsum(counts)
    integers = np.fromstring(numbers, np.int64, sep=" ")
    # Two numbers lead each stroke, three are a point.
    heads = 3 * (ends - counts) + 2 * np.arange(len(counts))
    rows = np.delete(integers, np.concatenate([heads, heads + 1])).reshape(-1, 3)
    return rows / (1.0, 1.0, 100.0), ends


def _parse_any(data: bytes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same as `_parse_regular`, of any XML with the same elements."""
    reader = _StrokeReader()
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise DamagedFileError(MALFORMED, str(error)) from error
    if not reader.ends:
        raise DamagedFileError(NO_STROKE, "expected StrokeSet, Stroke, Point elements")
    return np.array(reader.rows), np.array(reader.ends)


class _StrokeReader:
    """What expat calls."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, float, float]] = []
        self.ends: list[int] = []
        self.in_stroke = False
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def doctype(self, *_: object) -> None:
        raise self.damaged(DOCTYPE, "entities are not read")

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "Point":
            if not self.in_stroke:
                raise self.damaged(OUTSIDE)
            self.rows.append(
                (
                    self.coordinate(attributes, "x"),
                    self.coordinate(attributes, "y"),
                    self.number(attributes, "time"),
                )
            )
        elif element == "Stroke":
            self.in_stroke = True

    def end(self, element: str) -> None:
        if element != "Stroke":
            return
        if len(self.rows) == (self.ends[-1] if self.ends else 0):
            raise self.damaged(EMPTY_STROKE)
        self.ends.append(len(self.rows))
        self.in_stroke = False

    def coordinate(self, attributes: dict[str, str], name: str) -> float:
        value = self.number(attributes, name)
        if abs(value) > MAX_COORDINATE:
            raise self.damaged(BEYOND, f"{name} {value:g}")
        return value

    def number(self, attributes: dict[str, str], name: str) -> float:
        given = attributes.get(name, "")
        if not _NUMBER.fullmatch(given):
            raise self.damaged(NUMBER, f"{name} {given[:40]!r}")
        return float(given)

    def damaged(self, reason: str, detail: str = "") -> DamagedFileError:
        place = f"line {self.parser.CurrentLineNumber}, stroke {len(self.ends) + 1}"
        return DamagedFileError(reason, f"{place}: {detail}" if detail else place)


_NUMBER = re.compile(r"\s*[-+]?[0-9]{1,15}(?:\.[0-9]{0,15})?\s*")
"""Plain decimals only: no exponents, no 'nan', nothing that is not finite."""
