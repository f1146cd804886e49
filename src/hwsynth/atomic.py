"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hwsynth.errors import HwsynthError

_NOT_ORDINARY = "there is something that is not an ordinary file"


@contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """Yields an empty temporary file in the same folder that takes `path`'s place at the end.

    Where the body fails, or the machine, whatever was at `path` stays as it was. A link is
    followed, so that it stays one. Raises HwsynthError where the system refuses: no space, no
    right, no folder, or `path` is no ordinary file.
    """
    target = path.resolve()
    temporary = _beside(target)
    try:
        _check_ordinary(target)
        temporary.open("xb").close()
        yield temporary
        _sync(temporary)
        os.replace(temporary, target)
        _sync(target.parent)
    except OSError as error:
        if _is_about_another(error, temporary, target):
            raise
        raise HwsynthError(
            f"{path} cannot be written: {error.strerror or error}; nothing was changed. "
            f"{_remedy(target)}"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def make_whole(folder: Path) -> Iterator[Path]:
    """Yields an empty temporary folder beside `folder` that takes its name at the end.

    Where the body fails, nothing is left. Raises HwsynthError where something is at `folder`
    already, or the system refuses.
    """
    if os.path.lexists(folder):
        raise HwsynthError(
            f"{folder} is there already, and nothing of it is overwritten; choose another folder, "
            "or move it away"
        )
    target = folder.resolve()
    temporary = _beside(target)
    try:
        temporary.mkdir()
        yield temporary
        os.rename(temporary, target)
    except OSError as error:
        raise HwsynthError(
            f"{folder} cannot be made: {error.strerror or error}. {_remedy(target)}"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_place(path: Path) -> None:
    """Before work is spent on what is to be written to `path`: raises HwsynthError where its
    folder is missing or `path` is no ordinary file."""
    target = path.resolve()
    if not target.parent.is_dir():
        raise HwsynthError(f"{path} cannot be written: {_remedy(target)}")
    if target.exists() and not target.is_file():
        raise HwsynthError(f"{path} cannot be written: {_NOT_ORDINARY}. {_remedy(target)}")


def _beside(target: Path) -> Path:
    # Its name is short, since the name that it stands for may be as long as names can be.
    return target.parent / f".hwsynth-{secrets.token_hex(6)}.part"


def _check_ordinary(target: Path) -> None:
    if target.exists() and not target.is_file():
        raise OSError(_NOT_ORDINARY)


def _is_about_another(error: OSError, temporary: Path, target: Path) -> bool:
    """Whether the body failed at a file of its own."""
    named = error.filename
    return named is not None and Path(os.fsdecode(named)) not in (
        temporary,
        target,
        target.parent,
    )


def _remedy(target: Path) -> str:
    if not target.parent.is_dir():
        return f"Make the folder {target.parent} first, or choose another place"
    return "Make room, or choose another place"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
