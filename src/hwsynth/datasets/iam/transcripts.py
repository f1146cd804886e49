"""What is written on each line, from IAM-OnDB's `ascii` files.

A file holds the form's text twice: the part `OCR:` as it was printed, which is not used, and
the part `CSR:` as it was written, a text a line of writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath

from hwsynth.datasets.files import File, read_files

LINE_BREAK = "%%%%%"
"""In a text: here the writer went on to a further line, for which the part has no text."""

Texts = Sequence[str | None]
"""The text of each line of a form, None where the file does not give it."""


def read_transcripts(source: Path | None) -> dict[str, Texts]:
    """Form id -> texts, of a folder or archive of `.txt` files; empty where there is none."""
    if source is None:
        return {}
    files = (file for file in read_files(source, ".txt") if isinstance(file, File))
    return {PurePosixPath(file.name).stem: parse_transcript(file.data) for file in files}


def parse_transcript(data: bytes) -> Texts:
    """The texts of the CSR part, without stray spaces; none where there is no such part."""
    lines = [line.strip().decode("iso-8859-1") for line in data.splitlines()]
    if "CSR:" not in lines:
        return []
    written = takewhile(lambda line: line != "OCR:", lines[lines.index("CSR:") + 1 :])
    return [part for text in written if text for part in _lines_of(text)]


def _lines_of(text: str) -> Texts:
    first, *further = text.split(LINE_BREAK)
    # What stands behind the mark is not taken for the further line's text: unmatched, not guessed.
    breaks = sum(1 for part in further if part.strip("%"))
    return [first.rstrip(), *[None] * breaks]


def text_of_line(texts: Texts, number: int, last_number: int) -> str | None:
    """The text of a form's line `number`, where `last_number` is the form's highest.

    The number in a stroke file's name counts the form's lines of writing, so a lost stroke file
    shifts nothing. But where there are fewer texts than lines, no one knows which line lacks
    its text, and none is matched.
    """
    return texts[number - 1] if 1 <= number <= last_number <= len(texts) else None
