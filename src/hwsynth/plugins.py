"""Finds plugins, and looks components up by kind and name.

A plugin is an entry point of the group `hwsynth`. One that is broken is left out and named; it
never takes the others down.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hwsynth
from hwsynth.contracts import Exporter
from hwsynth.errors import PluginError, UsageError, unknown
from hwsynth.plugin_loading import GROUP, KINDS, Found, FoundHand, Kind, Source, contents

__all__ = ["KINDS", "Found", "FoundHand", "Kind", "Plugins", "Problem", "Source", "find", "load"]

BUILT_IN = ("hwsynth.datasets", "hwsynth.exporters", "hwsynth.callbacks")
"""Modules whose components come with the package itself, through the same hooks."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """Why a plugin, or a component of it, is left out."""

    plugin: str
    """Its entry point's name."""
    message: str


@dataclass(frozen=True)
class Plugins:
    """What is installed."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]
    hands: tuple[FoundHand, ...] = ()

    def names(self, kind: Kind) -> list[str]:
        """Names of the components of a kind, ascending."""
        return sorted(found.component.name for found in self.of_kind(kind))

    def of_kind(self, kind: Kind) -> Iterator[Found]:
        """The components of a kind, in the order in which they were found."""
        return (found for found in self.found if found.kind == kind)

    def component(self, kind: Kind, name: str) -> type[Any]:
        """The component's class. Raises UsageError where nothing has that name."""
        return self._find(kind, name).component

    def provider(self, kind: Kind, name: str) -> tuple[str, str]:
        """The package that gives a component, and its version."""
        source = self._find(kind, name).source
        return source.package, source.version

    def exporter_for(self, path: Path) -> type[Exporter]:
        """The exporter that a file's ending chooses. Raises UsageError where none does."""
        exporters: dict[str, type[Any]] = {
            found.component.suffix: found.component  # type: ignore[attr-defined]
            for found in self.of_kind("exporter")
        }
        fitting = [suffix for suffix in exporters if path.name.lower().endswith(suffix)]
        if not fitting:
            raise UsageError(
                f"nothing writes files such as '{path.name}'; endings there are: "
                f"{', '.join(sorted(exporters)) or 'none'}. Choose one of them"
            )
        return exporters[max(fitting, key=len)]

    def _find(self, kind: Kind, name: str) -> Found:
        for found in self.of_kind(kind):
            if found.component.name == name:
                return found
        raise UsageError(unknown(kind, name, self.names(kind), f"Try: pip install hwsynth-{name}"))


@functools.cache
def load() -> Plugins:
    """What is installed, found once; a warning is logged for each problem."""
    plugins = find()
    for problem in plugins.problems:
        log.warning(
            "plugin '%s': %s; see: hwsynth plugins", problem.plugin, problem.message.rstrip(".")
        )
    return plugins


def find() -> Plugins:
    """Looks for plugins: built-in ones first, then by the name of their entry point."""
    found: list[Found] = []
    hands: list[FoundHand] = []
    problems: list[Problem] = []
    holders: dict[tuple[Kind, str], Found] = {}
    for source in (*_built_in(), *_installed()):
        try:
            candidates = contents(source)
        except PluginError as error:
            problems.append(Problem(source.plugin, f"left out: {error}"))
            continue
        for candidate in candidates:
            if isinstance(candidate, FoundHand):
                hands.append(candidate)
                continue
            claims = list(_claims(candidate))
            taken = next((claim for claim in claims if claim in holders), None)
            if taken:
                problems.append(Problem(source.plugin, _collision(taken, holders[taken])))
                continue
            holders.update(dict.fromkeys(claims, candidate))
            found.append(candidate)
    return Plugins(tuple(found), tuple(problems), tuple(hands))


def _built_in() -> Iterator[Source]:
    for module in BUILT_IN:
        load = functools.partial(importlib.import_module, module)
        yield Source(module, "hwsynth", hwsynth.__version__, (), load)


def _installed() -> list[Source]:
    points = importlib.metadata.entry_points(group=GROUP)
    return [_source(point) for point in sorted(points, key=lambda p: (p.name, p.value))]


def _source(point: importlib.metadata.EntryPoint) -> Source:
    # What an interrupted installation leaves has no name or no version.
    package = point.dist
    name, version = (package.name, package.version) if package else (None, None)
    requires = (package.requires if package else None) or ()
    return Source(point.name, name or "unknown", version or "unknown", tuple(requires), point.load)


def _claims(found: Found) -> Iterator[tuple[Kind, str]]:
    """The names that a component needs for itself: an exporter is chosen by its ending, too."""
    yield found.kind, found.component.name
    if issubclass(found.component, Exporter):
        yield found.kind, found.component.suffix


def _collision(claim: tuple[Kind, str], holder: Found) -> str:
    kind, name = claim
    return (
        f"its {kind} '{name}' is left out: {holder.source.package} has a {kind} of that name. "
        "Rename one, or uninstall one of the packages"
    )
