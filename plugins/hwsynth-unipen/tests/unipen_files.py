"""A small invented UNIPEN: contributors, devices and texts that there never were."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Pen = tuple[str, Sequence[tuple[float, ...]]]
"""Keyword and samples of a component."""

DOC = """.COORD X Y
.X_POINTS_PER_MM 10
.Y_POINTS_PER_MM 10
.POINTS_PER_SECOND 4
"""
"""A letter of three samples takes half a second."""


def down(*samples: tuple[float, ...]) -> Pen:
    return "PEN_DOWN", samples


def up(*samples: tuple[float, ...]) -> Pen:
    return "PEN_UP", samples


def letter(x: float, y: float, height: float = 40) -> Pen:
    """A tall narrow stroke from its top at (x, y + height) to its foot, y upwards."""
    return down((x, y + height), (x + 5, y + height / 2), (x + 10, y))


def letters(count: int, x: float = 0, y: float = 0) -> list[Pen]:
    """A row of letters, with the pen lifted between."""
    return [part for i in range(count) for part in (letter(x + 30 * i, y), up())]


def pen_data(pens: Iterable[Pen | str], writer: str | None = "ann") -> str:
    """An include file: writer, components, and statements as they are given."""
    lines = [f".WRITER_ID {writer}"] if writer else []
    for pen in pens:
        if isinstance(pen, str):
            lines.append(pen)
            continue
        lines += [f".{pen[0]}", *("\t".join(f"{v:g}" for v in sample) for sample in pen[1])]
    return "\n".join([*lines, ""])


def data_file(include: Iterable[str], *segments: str) -> str:
    lines = [".VERSION 1.0", *(f".INCLUDE {name}" for name in include)]
    return "\n".join([*lines, *(f".SEGMENT {segment}" for segment in segments), ""])


def small_unipen() -> dict[str, str]:
    """Name -> what it holds: lines by two contributors, and a segment for every drop."""
    one_line = letters(6)
    two_lines = [*letters(4), *letters(3, y=-100)]
    columns = [*letters(2), *letters(2, x=1000)]
    return {
        "data/8/xya/one.dat": data_file(
            ["xya/xya.doc", "xya/data/one.dat"],
            'TEXT 0-5 OK "two words"',
            'TEXT 0-2 GOOD "a \\"quoted\\"   word"',
            'TEXT 0-5 BAD "hard to read"',
            'TEXT 0-5 OK "alone"',
            'TEXT 0-5 OK "XXX"',
            "TEXT 0-5 OK",
            'WORD 0-2 OK "no text at all"',
            'TEXT 0-99 OK "too far by far"',
            "TEXT 0-5 OK no quotes here",
            'TEXT 6-12 OK "written in two lines"',
            'TEXT 13-16 OK "far off"',
            'TEXT 17 OK "a dot"',
            'TEXT 0-1 OK "more text than there is ink"',
        ),
        "data/8/xya/empty.dat": data_file(["xya/xya.doc"]),
        "data/8/xya/lost.dat": data_file(["xya/lost.dat"], 'TEXT 0-5 OK "nothing to include"'),
        "data/8/xyb/two.dat": data_file(["xyb/two.dat"], 'TEXT 0-3 ? "hello again"'),
        "include/xya/xya.doc": DOC,
        "include/xya/data/one.dat": pen_data([*one_line, *two_lines, *columns, down((0, 0))]),
        "include/xyb/two.dat": DOC + pen_data(letters(4), writer=None),
        "include/xyb/readme.doc": ".COMMENT not included by any\n",
    }


def write_folder(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="iso-8859-1")
    return folder


def write_archive(path: Path, files: Mapping[str, str], above: str = "train/") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(above + name)
            data = text.encode("iso-8859-1")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path
