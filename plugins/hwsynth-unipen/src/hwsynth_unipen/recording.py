"""A data file with all that it includes: settings, pen data, and the segments to be cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hwsynth_unipen.statements import Statement, statements

MAX_DEPTH = 8
"""Includes within includes; the distribution has two."""

PEN = {b"PEN_DOWN": True, b"PEN_UP": False}


class MissingIncludeError(Exception):
    """A file that is included and is not there."""


@dataclass(frozen=True)
class Setting:
    """What the files say of the pen data that follows, as it is written; None: not said."""

    coord: bytes = b""
    points_per_second: bytes | None = None
    x_points_per_mm: bytes | None = None
    y_points_per_mm: bytes | None = None
    x_points_per_inch: bytes | None = None
    y_points_per_inch: bytes | None = None
    writer_id: bytes | None = None


SETTINGS = {name.upper().encode() for name in Setting.__dataclass_fields__}
_OF_USE = {*SETTINGS, b"INCLUDE", b"SEGMENT", b"START_SET", b"DT"}


@dataclass(frozen=True)
class Component:
    """A run of samples with the pen down or up."""

    is_down: bool
    body: bytes
    """Numbers, in the order that the setting's `coord` names."""
    delay: bytes
    """Milliseconds for which no samples were taken before it, as a sum is written: `10 20`."""


@dataclass
class Recording:
    """What a data file and its includes hold, in the order of the files."""

    setting: Setting = field(default_factory=Setting)
    components: list[Component] = field(default_factory=list)
    segments: list[bytes] = field(default_factory=list)


class Includes:
    """The files that may be included; those that many include, settings and lexicons, are read
    once."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files`: name below `include` -> what it holds."""
        self._files = files
        self._read: dict[str, Sequence[Statement]] = {}

    def statements(self, name: str) -> Iterable[Statement]:
        """Those of a file. Raises MissingIncludeError."""
        if name in self._read:
            return self._read[name]
        if name not in self._files:
            raise MissingIncludeError(name)
        data = self._files[name]
        if b".PEN_" in data:
            return statements(data)
        self._read[name] = [each for each in statements(data) if each[0] in _OF_USE]
        return self._read[name]


def read_recording(data: bytes, includes: Includes) -> Recording:
    """The recording of a data file. Raises MissingIncludeError."""
    recording = Recording()
    settings: dict[str, bytes] = {}
    delay = b""
    for keyword, body in _flattened(statements(data), includes, MAX_DEPTH):
        if keyword in PEN:
            if body and not body.isspace():  # empty ones are not counted
                recording.components.append(Component(PEN[keyword], body, delay))
                delay = b""
        elif keyword == b"DT":
            delay += body
        elif keyword == b"SEGMENT":
            recording.segments.append(body)
        elif keyword == b"START_SET":
            recording.components.clear()
        elif keyword in SETTINGS:
            settings[keyword.decode().lower()] = body.strip()
    recording.setting = Setting(**settings)
    return recording


def _flattened(found: Iterable[Statement], includes: Includes, depth: int) -> Iterator[Statement]:
    """Statements in order, those of an included file in its place."""
    for keyword, body in found:
        if keyword != b"INCLUDE":
            yield keyword, body
            continue
        name = body.decode("iso-8859-1").strip()
        if depth == 0:
            raise MissingIncludeError(name)
        yield from _flattened(includes.statements(name), includes, depth - 1)
