"""Finds plugins, and looks components up by kind and name.

A plugin is an entry point of the group `hwsynth`. One that is broken is left out and named; it
never takes the others down.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import inspect
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pluggy
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

import hwsynth
from hwsynth import hookspecs
from hwsynth.contracts import Component, Core, Dataset, Exporter, Head
from hwsynth.errors import PluginError, UsageError, unknown

Kind = Literal["dataset", "core", "head", "exporter"]
KINDS: tuple[Kind, ...] = get_args(Kind)

GROUP = "hwsynth"
"""The entry-point group, and the beginning of every hook's name."""

BUILT_IN = ("hwsynth.datasets", "hwsynth.exporters")
"""Modules whose components come with the package itself, through the same hooks."""

HOOKS: Mapping[Kind, str] = {kind: f"{GROUP}_{kind}s" for kind in KINDS}
"""Kind of component -> the hook that gives such components."""

_CONTRACTS: Mapping[Kind, type[Component]] = {
    "dataset": Dataset,
    "core": Core,
    "head": Head,
    "exporter": Exporter,
}

_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """Why a plugin, or a component of it, is left out."""

    plugin: str
    """Its entry point's name."""
    message: str


@dataclass(frozen=True)
class Source:
    """Where a plugin comes from."""

    plugin: str
    package: str
    version: str
    requires: tuple[str, ...]
    """What its package says that it needs."""
    load: Callable[[], object]
    """Imports the module that holds the hooks."""


@dataclass(frozen=True)
class Found:
    """A component that works, and where it comes from."""

    kind: Kind
    component: type[Component]
    source: Source


@dataclass(frozen=True)
class Plugins:
    """What is installed."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]

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
    problems: list[Problem] = []
    holders: dict[tuple[Kind, str], Found] = {}
    for source in (*_built_in(), *_installed()):
        try:
            components = list(_components(source))
        except PluginError as error:
            problems.append(Problem(source.plugin, f"left out: {error}"))
            continue
        for candidate in components:
            claims = list(_claims(candidate))
            taken = next((claim for claim in claims if claim in holders), None)
            if taken:
                problems.append(Problem(source.plugin, _collision(taken, holders[taken])))
                continue
            holders.update(dict.fromkeys(claims, candidate))
            found.append(candidate)
    return Plugins(tuple(found), tuple(problems))


def _built_in() -> Iterator[Source]:
    for module in BUILT_IN:
        load = functools.partial(importlib.import_module, module)
        yield Source(module, "hwsynth", hwsynth.__version__, (), load)


def _installed() -> list[Source]:
    points = importlib.metadata.entry_points(group=GROUP)
    return [_source(point) for point in sorted(points, key=lambda p: (p.name, p.value))]


def _source(point: importlib.metadata.EntryPoint) -> Source:
    package = point.dist
    if package is None:
        return Source(point.name, "unknown", "unknown", (), point.load)
    return Source(
        point.name, package.name, package.version, tuple(package.requires or ()), point.load
    )


def _components(source: Source) -> Iterator[Found]:
    """What a plugin gives. Raises PluginError where anything in it is broken.

    Every plugin has a hook manager of its own, so that whatever fails has a name.
    """
    _check_requirement(source)
    module = _guarded(source.load, "it cannot be imported")
    for kind, hook, function in _implementations(module):
        given = _guarded(function, f"{hook}() fails")
        for component in _checked(kind, hook, given):
            yield Found(kind, component, source)


def _implementations(module: object) -> Iterator[tuple[Kind, str, Callable[[], object]]]:
    """The hooks that a module implements: kind, the hook's name, its function."""
    for name, function in inspect.getmembers(module, inspect.isroutine):
        _check_hook(name, function)
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
    except pluggy.PluginValidationError as error:
        raise PluginError(f"its hooks are not right: {_one_line(error)}") from error
    if not manager.get_hookcallers(module):
        raise PluginError(f"it implements no hook; there are: {', '.join(HOOKS.values())}")
    for kind, hook in HOOKS.items():
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            yield kind, hook, implementation.function


def _check_hook(name: str, function: object) -> None:
    """A misspelt hook, or one whose marker was forgotten, would be passed over silently."""
    marked = getattr(function, f"{GROUP}_impl", None)
    if marked is None and not name.startswith(f"{GROUP}_"):
        return
    hook = (marked or {}).get("specname") or name
    if hook not in HOOKS.values():
        raise PluginError(unknown("hook", hook, HOOKS.values()))
    if marked is None:
        raise PluginError(f"{name}() is not marked; write @hwsynth.hookimpl above it")


def _check_requirement(source: Source) -> None:
    for text in source.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise PluginError(
                f"its package {source.package} has a requirement that cannot be read, '{text}'; "
                "install it again"
            ) from error
        if canonicalize_name(requirement.name) != "hwsynth":
            continue
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        if not requirement.specifier.contains(hwsynth.__version__, prereleases=True):
            raise PluginError(
                f"{source.package} {source.version} needs hwsynth{requirement.specifier}, and "
                f"this is {hwsynth.__version__}. Try: pip install --upgrade hwsynth "
                f"{source.package}"
            )


def _guarded(call: Callable[[], object], what: str) -> Any:
    """Runs a plugin's code, which may raise anything."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"{what}: {type(error).__name__}: {_one_line(error)}{_place(error)}"
        ) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _place(error: BaseException) -> str:
    """Where a plugin's own code fails: the first frame past ours and the import system's."""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename != __file__ and "importlib" not in frame.filename:
            return f" ({'/'.join(Path(frame.filename).parts[-2:])}, line {frame.lineno})"
    return ""


def _checked(kind: Kind, hook: str, given: object) -> Iterable[type[Component]]:
    contract = _CONTRACTS[kind]
    if not isinstance(given, list | tuple):
        raise PluginError(f"{hook}() must return a list of classes, got {given!r}")
    for component in given:
        if not (isinstance(component, type) and issubclass(component, contract)):
            raise PluginError(
                f"{hook}() must return classes derived from hwsynth.{contract.__name__}, "
                f"got {component!r}"
            )
        _check_class(component)
    return given


def _check_class(component: type[Component]) -> None:
    """What every component must say of itself, in class attributes and defaults."""
    title = component.__name__
    missing = [name for name in sorted(component.__class_vars__) if not hasattr(component, name)]
    if missing:
        raise PluginError(f"{title} lacks the class attribute {', '.join(missing)}")
    if not (isinstance(component.name, str) and _NAME.fullmatch(component.name)):
        raise PluginError(
            f"{title}.name must be small letters, digits, - and _, got {component.name!r}"
        )
    if issubclass(component, Exporter) and not re.fullmatch(r"(\.[a-z0-9]+)+", component.suffix):
        raise PluginError(f"{title}.suffix must be like '.svg', got {component.suffix!r}")
    required = [name for name, field in component.model_fields.items() if field.is_required()]
    if required:
        raise PluginError(f"{title} has no default for {', '.join(required)}; give one")
    _guarded(component.model_json_schema, f"the options of {title} cannot be described")


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
