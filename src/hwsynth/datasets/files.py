"""The files of one kind in a folder or a tar archive; archives are streamed, never extracted."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import basename
from typing import Any

from hwsynth.contracts import Dropped
from hwsynth.datasets.gunzipping import open_gunzipped
from hwsynth.errors import DataError

MAX_FILE_BYTES = 16 * 2**20
"""A larger file is dropped unread; the largest stroke file of IAM-OnDB has 0.1 MiB."""
MAX_MEMBERS = 200_000
"""An archive that holds more is refused."""
MAX_ARCHIVE_BYTES = 8 * 2**30
"""An archive that unpacks to more is refused."""

TOO_LARGE = f"larger than {MAX_FILE_BYTES // 2**20} MiB"
NOT_A_FILE = "not a regular file"
UNREADABLE = "cannot be read"


@dataclass(frozen=True)
class File:
    """A file's name within its folder or archive, with '/', and what it holds."""

    name: str
    data: bytes


def read_files(source: Path, suffix: str) -> Iterator[File | Dropped]:
    """The files whose name ends in `suffix`: of a folder sorted, of an archive as they lie there.

    Hidden files are passed over. Raises DataError for an archive that is damaged, cut short or
    not a tar, that has names leading out of it, or that holds more than 200,000 files or 8 GiB.
    """
    return _of_folder(source, suffix) if source.is_dir() else _of_archive(source, suffix)


def list_folder(folder: Path, suffix: str) -> Iterator[str]:
    """Paths of the files in `folder` and below whose name ends in `suffix`, sorted."""
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            if _is_wanted(name, suffix):
                yield os.path.join(parent, name)


def _refuse(error: OSError) -> None:
    raise DataError(f"{error.filename}: cannot be read ({error.strerror}); see its permissions")


def _is_wanted(name: str, suffix: str) -> bool:
    return name.lower().endswith(suffix) and not name.startswith(".")


def _of_folder(folder: Path, suffix: str) -> Iterator[File | Dropped]:
    for path in list_folder(folder, suffix):
        name = os.path.relpath(path, folder.parent).replace(os.sep, "/")
        name = name.encode(errors="replace").decode()  # a name on disk may be any bytes
        try:
            yield _of_path(path, name)
        except OSError as error:
            yield Dropped(name, UNREADABLE, error.strerror or str(error))


def _of_path(path: str, name: str) -> File | Dropped:
    if not os.path.isfile(path):  # a pipe would be waited on for ever
        return Dropped(name, NOT_A_FILE)
    with open(path, "rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    return File(name, data) if len(data) <= MAX_FILE_BYTES else Dropped(name, TOO_LARGE)


def _of_archive(archive: Path, suffix: str) -> Iterator[File | Dropped]:
    with _stream(archive) as tar:
        size = 0
        for count, member in enumerate(tar, start=1):
            size += member.size
            _check_member(archive, member, count, size)
            tar.members.clear()  # type: ignore[attr-defined]  # else it keeps every header
            if not member.isdir() and _is_wanted(basename(member.name), suffix):
                yield _of_member(tar, member)


def _of_member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> File | Dropped:
    if not member.isreg():
        return Dropped(member.name, NOT_A_FILE)
    if member.size > MAX_FILE_BYTES:
        return Dropped(member.name, TOO_LARGE, f"{member.size} bytes")
    content = tar.extractfile(member)
    return File(member.name, content.read() if content else b"")


def _check_member(archive: Path, member: tarfile.TarInfo, count: int, size: int) -> None:
    name = member.name.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/"):
        raise DataError(
            f"{archive}: holds '{member.name}', a name that leads out of the archive; "
            "take the archive from where it is published"
        )
    if count > MAX_MEMBERS or size > MAX_ARCHIVE_BYTES:
        raise DataError(
            f"{archive}: holds more than {MAX_MEMBERS} files or unpacks to more than "
            f"{MAX_ARCHIVE_BYTES // 2**30} GiB; unpack it yourself and give the folder"
        )


@contextmanager
def _stream(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with _opened(archive) as file:
            # What decompresses is not tarfile, which would not notice a file that is cut short.
            with tarfile.open(fileobj=file, mode="r|", bufsize=2**16, errors="replace") as tar:
                yield tar
            while file.read(2**20):  # to the end, where the checksum is
                pass
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(
            f"{archive}: not a tar archive, damaged or cut short ({error}); download it again"
        ) from error


def _opened(archive: Path) -> AbstractContextManager[Any]:
    with open(archive, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return open_gunzipped(archive) if is_gzip else open(archive, "rb")
