"""An archive in the form of IAM-OnDB's, of synthetic lines: for those who have no copy of it."""

from __future__ import annotations

import io
import itertools
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Dropped
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.ink import Ink

ARCHIVE = "lineStrokes-all.tar.gz"
DIFFERENT = 250
"""Lines; a larger archive has them again, under other names."""


def write_archive(path: Path, lines: int) -> None:
    """Writes so many stroke files into a .tar.gz."""
    files = [
        stroke_file(line)
        for line in Synthetic(lines=DIFFERENT).read(None)
        if not isinstance(line, Dropped)
    ]
    with tarfile.open(path, "w:gz", compresslevel=6) as tar:
        for number, data in zip(range(lines), itertools.cycle(files), strict=False):
            member = tarfile.TarInfo(f"lineStrokes/a00/a00-{number:06}/a00-{number:06}-01.xml")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def stroke_file(line: Ink) -> bytes:
    """A line as one of IAM-OnDB's stroke files, in whole pen units; times are 0 where unknown."""
    times = np.zeros(len(line)) if line.times is None else line.times
    rows = np.column_stack([line.points[:, :2], times])
    ends = line.points[:, 2].nonzero()[0] + 1
    starts = [0, *ends[:-1]]
    strokes = "".join(_stroke(rows[start:end]) for start, end in zip(starts, ends, strict=True))
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<WhiteboardCaptureSession>\n'
        "  <WhiteboardDescription>\n  </WhiteboardDescription>\n"
        f"  <StrokeSet>\n{strokes}  </StrokeSet>\n</WhiteboardCaptureSession>\n"
    ).encode()


def _stroke(rows: NDArray[np.float64]) -> str:
    """rows (points, 3): x, y, time."""
    points = "".join(
        f'      <Point x="{x:.0f}" y="{y:.0f}" time="{time:.2f}"/>\r\n' for x, y, time in rows
    )
    head = f'colour="black" start_time="{rows[0, 2]:.2f}" end_time="{rows[-1, 2]:.2f}"'
    return f"    <Stroke {head}>\n{points}    </Stroke>\n"
