"""Which split a form belongs to: the official one, else one of our own by writer or form."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from hwsynth.contracts import Role
from hwsynth.errors import DataError

OFFICIAL: Mapping[str, Role] = {
    "trainset": "train",
    "testset_v": "validation",
    "testset_t": "test",
    "testset_f": "test",
}
"""Names of the split files of the task IAM-OnDB-t1, without `.txt`."""

OWN: Mapping[str, Role] = {"train": "train", "validation": "validation", "test": "test"}
"""Names of the split that is made where there are no split files."""

SplitOf = Callable[[str, str | None], str | None]
"""(form, writer or None) -> name of the split, None for a form in none."""


def split_of_forms(files: Mapping[str, Path]) -> SplitOf:
    """The official split of `files` (name -> path) where there are any, else our own."""
    if not files:
        return own_split
    named: dict[str, str] = {}
    for name, path in files.items():
        for form in path.read_text("iso-8859-1").split():
            if named.setdefault(form, name) != name:
                raise DataError(
                    f"{path}: form {form} is also in {files[named[form]].name}; a form must be "
                    "in one split only. Take the split files from the distribution again"
                )
    return lambda form, _writer: named.get(form)


def own_split(form: str, writer: str | None) -> str:
    """About 90/5/5 in a hundred, by a checksum of the writer where known, else of the form.

    So no form, and no writer where writers are known, is on both sides.
    """
    place = zlib.crc32((writer or form).encode()) % 100
    return "train" if place < 90 else "validation" if place < 95 else "test"
