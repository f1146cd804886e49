"""Packages to begin a plugin from, written out under a name of one's own.

The folders beside this module are such packages, one a kind of component: they work, and are held
to style, types and tests where they stand. Each calls its component some-KIND (some_kind in
modules, SomeKind in classes, .somekind as an ending), and nothing else that.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

import hwsynth
from hwsynth.atomic import make_whole
from hwsynth.errors import UsageError
from hwsynth.plugins import Kind, Plugins

FOLDER = Path(__file__).parent
KINDS: tuple[Kind, ...] = ("core", "dataset", "exporter")
"""Kinds of component that there is a skeleton of."""

_FORM = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_MAX_LENGTH = 40


@dataclass(frozen=True)
class Names:
    """What a component is called where."""

    component: str
    """On the command line: `my-core`."""

    @property
    def identifier(self) -> str:
        """In modules and functions: `my_core`."""
        return self.component.replace("-", "_")

    @property
    def title(self) -> str:
        """In classes: `MyCore`."""
        return "".join(part.capitalize() for part in self.identifier.split("_"))

    @property
    def suffix(self) -> str:
        """Of files that an exporter writes, less its dot: `mycore`."""
        return self.title.lower()

    @property
    def module(self) -> str:
        """What is imported: `hwsynth_my_core`."""
        return f"hwsynth_{self.identifier}"

    @property
    def package(self) -> str:
        """What pip installs: `hwsynth-my-core`."""
        return f"hwsynth-{self.component}"


def write_package(kind: Kind, name: str, folder: Path, plugins: Plugins) -> None:
    """Writes a package that gives a component `name` of that kind to a new `folder`.

    Raises UsageError where the name cannot be one or is taken, HwsynthError where `folder` is
    there already or cannot be made; then nothing is written.
    """
    names, texts = Names(name), dict(_texts(kind))
    _check(kind, names, texts, plugins)
    with make_whole(folder) as made:
        for path, text in texts.items():
            file = made / _renamed(path, kind, names)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_renamed(text, kind, names), encoding="utf-8")


def _texts(kind: Kind) -> Iterator[tuple[str, str]]:
    """Path within the package, and text, of each file of a skeleton."""
    root = FOLDER / kind
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root)
        # pip and Python leave compiled modules beside the sources.
        if file.is_file() and "__pycache__" not in path.parts:
            yield path.as_posix(), file.read_text("utf-8")


def _renamed(text: str, kind: Kind, names: Names) -> str:
    own = Names(f"some-{kind}")
    others = {
        'dependencies = ["hwsynth"]': f'dependencies = ["{_requirement()}"]',
        own.component: names.component,
        own.identifier: names.identifier,
        own.title: names.title,
        own.suffix: names.suffix,
    }
    # In one pass, as a new name may hold an old one.
    pattern = "|".join(map(re.escape, others))
    return re.sub(pattern, lambda found: others[found[0]], text)


def _requirement() -> str:
    """This version of hwsynth, up to the next that may break plugins."""
    version = Version(hwsynth.__version__)
    lowest = version.public if version.is_prerelease else f"{version.major}.{version.minor}"
    return f"hwsynth>={lowest},<{version.major}.{version.minor + 1}"


def _check(kind: Kind, names: Names, texts: Mapping[str, str], plugins: Plugins) -> None:
    name = names.component
    if not _FORM.fullmatch(name) or len(name) > _MAX_LENGTH:
        raise UsageError(
            f"'{name}' cannot be a {kind}'s name: it must be a small letter, then small letters "
            f"and digits, with - or _ between them, at most {_MAX_LENGTH} in all, such as "
            f"my-{kind}"
        )
    if keyword.iskeyword(names.identifier) or keyword.iskeyword(names.title):
        raise UsageError(f"'{name}' is a word of Python's own; choose another name")
    code = "\n".join(text for path, text in texts.items() if path.endswith(".py"))
    if re.search(rf"\b{names.title}(Layer)?\b", code):
        raise UsageError(
            f"'{name}' would be the class {names.title}, and the package has another {names.title} "
            f"already; choose another name, such as my-{name}"
        )
    if name in plugins.names(kind):
        package, version = plugins.provider(kind, name)
        raise UsageError(
            f"there is a {kind} '{name}' already, from {package} {version}; choose another name"
        )
    if importlib.util.find_spec(names.module) is not None:
        raise UsageError(
            f"a package {names.module} is installed already; choose another name, or uninstall it"
        )
