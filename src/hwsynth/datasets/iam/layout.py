"""Where in a user's folder the parts of IAM-OnDB are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from hwsynth.datasets.files import list_folder
from hwsynth.datasets.iam.splits import OFFICIAL
from hwsynth.errors import DataError

HOME = "https://fki.tic.heia-fr.ch/databases/iam-on-line-handwriting-database"

_ARCHIVES = (".tar.gz", ".tgz", ".tar")
_STROKES = ("lineStrokes", *(f"lineStrokes-all{ending}" for ending in _ARCHIVES))
_TRANSCRIPTS = ("ascii", *(f"ascii-all{ending}" for ending in _ARCHIVES))
_ORIGINALS = ("original-xml", "original", *(f"original-xml-all{ending}" for ending in _ARCHIVES))


@dataclass(frozen=True)
class Layout:
    """The parts that were found; each a folder or an archive."""

    strokes: Path
    transcripts: Path | None
    originals: Path | None
    splits: dict[str, Path]
    """Name of an official split -> its file."""

    def files(self) -> list[Path]:
        """Every file that a reader opens."""
        parts = [(self.strokes, ".xml"), (self.transcripts, ".txt"), (self.originals, ".xml")]
        found = chain.from_iterable(_files(part, suffix) for part, suffix in parts if part)
        return [*found, *self.splits.values()]


def find_layout(path: Path) -> Layout:
    """The parts in `path` or one folder down, the split files up to two folders down.

    An unpacked folder is taken before an archive. `path` may also be the part `lineStrokes`
    itself. Raises DataError where there are no stroke files, or a part is there twice.
    """
    try:
        return _layout(path)
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be read ({error.strerror})") from error


def _layout(path: Path) -> Layout:
    if not path.exists():
        raise DataError(f"no folder '{path}'; {_expected()}")
    folder = (path.parent if path.name in _STROKES else path).resolve()
    folders = [folder, *_folders(folder)]
    strokes = _find(folders, _STROKES)
    if strokes is None or (strokes.is_dir() and not any(list_folder(strokes, ".xml"))):
        raise DataError(f"{path}: no stroke files (.xml); {_expected()}")
    return Layout(
        strokes, _find(folders, _TRANSCRIPTS), _find(folders, _ORIGINALS), _find_splits(folders)
    )


def _expected() -> str:
    return (
        "give the folder that holds IAM-OnDB's lineStrokes-all.tar.gz and ascii-all.tar.gz, or "
        f"lineStrokes/ and ascii/ unpacked. They are for registered users at {HOME}"
    )


def _folders(folder: Path) -> Sequence[Path]:
    parts = {*_STROKES, *_TRANSCRIPTS, *_ORIGINALS}
    inner = sorted(folder.iterdir()) if folder.is_dir() else []
    return [entry for entry in inner if entry.is_dir() and entry.name not in parts]


def _find(folders: Sequence[Path], names: Sequence[str]) -> Path | None:
    """The first of `names` in the outermost folder, else in the one inner folder that has it."""
    top, *inner = [_first(folder, names) for folder in folders]
    found = [path for path in inner if path]
    if top is None and len(found) > 1:
        raise DataError(_twice(found))
    return top or (found[0] if found else None)


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).exists()), None)


def _find_splits(folders: Sequence[Path]) -> dict[str, Path]:
    found = {name: list(_split_files(folders, f"{name}.txt")) for name in OFFICIAL}
    for paths in found.values():
        if len({path.read_bytes() for path in paths}) > 1:
            raise DataError(_twice(paths))
    return {name: paths[0] for name, paths in found.items() if paths}


def _split_files(folders: Sequence[Path], name: str) -> Iterator[Path]:
    deeper = chain.from_iterable(_folders(folder) for folder in folders[1:])
    return (folder / name for folder in chain(folders, deeper) if (folder / name).is_file())


def _twice(paths: Sequence[Path]) -> str:
    return f"found twice: {', '.join(map(str, paths))}; move away those that are not meant"


def _files(part: Path, suffix: str) -> Iterator[Path]:
    return map(Path, list_folder(part, suffix)) if part.is_dir() else iter([part])
