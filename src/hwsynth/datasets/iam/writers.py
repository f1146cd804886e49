"""Who wrote each form, from IAM-OnDB's `original-xml` files (`General/Form/writerID`)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from hwsynth.contracts import Dropped
from hwsynth.datasets.files import read_files


def read_writers(source: Path | None) -> dict[str, str]:
    """Form id -> writer id, of a folder or archive; empty where there is none.

    Forms whose file names no writer, or cannot be read, are left out.
    """
    if source is None:
        return {}
    writers = {}
    for file in read_files(source, ".xml"):
        if isinstance(file, Dropped):
            continue
        form = form_attributes(file.data)
        if writer := form.get("writerID", "").strip():
            writers[form.get("id", "").strip() or _form_of(file.name)] = writer
    return writers


def form_attributes(data: bytes) -> dict[str, str]:
    """The attributes of the `Form` element; empty where there is none before the strokes."""
    found: dict[str, str] = {}

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Form":
            found.update(attributes)
        if element in ("Form", "StrokeSet"):
            raise _EnoughError

    def doctype(*_: object) -> None:
        raise _EnoughError  # entities are not read

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    with suppress(_EnoughError, expat.ExpatError, LookupError, ValueError):
        parser.Parse(data, True)
    return found


class _EnoughError(Exception):
    """Ends parsing: what follows are the strokes of the whole form."""


def _form_of(name: str) -> str:
    """`original/a01/a01-000/strokesu.xml` is form a01-000u."""
    path = PurePosixPath(name)
    return path.parent.name + path.stem.removeprefix("strokes")
