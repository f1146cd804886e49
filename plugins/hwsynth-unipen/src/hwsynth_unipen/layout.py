"""Where in a user's folder or archive UNIPEN's files are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hwsynth import DataError, Dropped, File, list_folder, read_files

ARCHIVES = (".tar.gz", ".tgz", ".tar")

HOME = "https://doi.org/10.5281/zenodo.1195803"

_PART = re.compile(r"(?:.*/)?(data/8/[a-z]\w*/.+|include/[a-z]\w*/.+)", re.DOTALL)
"""A file's name from `data` or `include` on, where its contributor's folder is."""


@dataclass(frozen=True)
class Layout:
    """A folder with `data/8` and `include`, or an archive of it."""

    root: Path

    def files(self) -> list[Path]:
        """Every file that a reader opens."""
        if not self.root.is_dir():
            return [self.root]
        return [Path(path) for part in _parts(self.root) for path in list_folder(part, "")]

    def read(self) -> Iterator[File | Dropped]:
        """The files of category 8 and all that may be included, their names from `data` or
        `include` on. Raises DataError where an archive cannot be read."""
        if not self.root.is_dir():
            yield from _named(read_files(self.root, ""), "")
            return
        for part, above in zip(_parts(self.root), ("data/", ""), strict=True):
            yield from _named(read_files(part, ""), above)


def _named(files: Iterable[File | Dropped], above: str) -> Iterator[File | Dropped]:
    """Those of the two parts, `above` put before the names; others are passed over."""
    for file in files:
        match = _PART.fullmatch(above + (file.name if isinstance(file, File) else file.source))
        if match is None:
            continue
        if isinstance(file, File):
            yield replace(file, name=match[1])
        else:
            yield replace(file, source=match[1])


def find_layout(path: Path) -> Layout:
    """An archive `path`, or a folder that holds `data/8` and `include`, or one archive, or one
    folder down. Raises DataError where there is none, or more than one."""
    try:
        return Layout(_root(path))
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be read ({error.strerror})") from error


def _root(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise DataError(f"no folder or archive '{path}'; {_expected()}")
    folders = [path, *sorted(entry for entry in path.iterdir() if entry.is_dir())]
    unpacked = [folder for folder in folders if all(part.is_dir() for part in _parts(folder))]
    found = unpacked or [file for file in sorted(path.iterdir()) if _is_archive(file)]
    if not found:
        raise DataError(f"{path}: holds no UNIPEN data; {_expected()}")
    if found[0] != path and len(found) > 1:
        raise DataError(f"found more than one: {', '.join(map(str, found))}; name the one meant")
    return found[0]


def _parts(root: Path) -> Sequence[Path]:
    return root / "data" / "8", root / "include"


def _is_archive(file: Path) -> bool:
    return file.is_file() and file.name.lower().endswith(ARCHIVES)


def _expected() -> str:
    return (
        "give the folder that holds UNIPEN's data/8 and include, or the archive of it. It is at "
        f"{HOME}"
    )
