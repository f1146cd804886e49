"""Loads one plugin, and says what is wrong with it."""

from __future__ import annotations

import functools
import inspect
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, get_args

import pluggy
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import hwsynth
from hwsynth import hookspecs
from hwsynth.contracts import Callback, Component, Core, Dataset, Exporter, Head
from hwsynth.errors import PluginError, unknown
from hwsynth.run_options import SECTIONS

Kind = Literal["dataset", "core", "head", "exporter", "callback"]
"""What a component may be: dataset, core, head, exporter or callback."""
KINDS: tuple[Kind, ...] = get_args(Kind)
"""All of them."""

GROUP = "hwsynth"
"""The entry-point group, and the beginning of every hook's name."""

EXTRA = "plugins"
"""The extra of hwsynth that names the first-party plugins, with versions."""

HOOKS: Mapping[Kind, str] = {kind: f"{GROUP}_{kind}s" for kind in KINDS}
"""Kind of component -> the hook that gives such components."""

HANDS = f"{GROUP}_hands"
"""The hook that gives hands; they are folders, and no components."""
ALL_HOOKS = (*HOOKS.values(), HANDS)
"""Every hook's name."""

CONTRACTS: Mapping[Kind, type[Component]] = {
    "dataset": Dataset,
    "core": Core,
    "head": Head,
    "exporter": Exporter,
    "callback": Callback,
}
"""Kind of component -> what its classes derive from."""

_SECTIONS = {*KINDS, *SECTIONS, "none"}
"""What a callback may not be called, since its options are set by its name."""

_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


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

    @property
    def section(self) -> str:
        """What stands before the dot of its options after --set: there may be several callbacks."""
        return self.component.name if self.kind == "callback" else self.kind


@dataclass(frozen=True)
class FoundHand:
    """The folder of a hand, and where it comes from."""

    folder: Path
    source: Source


def contents(source: Source) -> list[Found | FoundHand]:
    """What a plugin gives. Raises PluginError, and nothing else, where anything is broken."""
    found: list[Found | FoundHand] = _guarded(lambda: list(_contents(source)), "it cannot be used")
    return found


def _contents(source: Source) -> Iterator[Found | FoundHand]:
    _check_requirement(source)
    _check_is_wanted(source)
    module = _guarded(source.load, "it cannot be imported")
    for hook, function in _implementations(module):
        given = _guarded(function, f"{hook}() fails")
        if hook == HANDS:
            yield from (FoundHand(folder, source) for folder in _checked_folders(given))
            continue
        kind = next(kind for kind in KINDS if HOOKS[kind] == hook)
        yield from (Found(kind, component, source) for component in _checked(kind, hook, given))


def _implementations(module: object) -> Iterator[tuple[str, Callable[[], object]]]:
    """The hooks that a module implements: the hook's name, its function.

    Every plugin has a hook manager of its own, so that whatever fails has a name.
    """
    for name, function in inspect.getmembers(module, inspect.isroutine):
        _check_hook(name, function)
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
    except pluggy.PluginValidationError as error:
        raise PluginError(f"its hooks are not right: {_one_line(error)}") from error
    if not manager.get_hookcallers(module):
        raise PluginError(f"it implements no hook; there are: {', '.join(ALL_HOOKS)}")
    for hook in ALL_HOOKS:
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            yield hook, implementation.function


def _check_hook(name: str, function: object) -> None:
    """A misspelt hook, or one whose marker was forgotten, would be passed over silently."""
    marked = getattr(function, f"{GROUP}_impl", None)
    if marked is None and not name.startswith(f"{GROUP}_"):
        return
    hook = (marked or {}).get("specname") or name
    if hook not in ALL_HOOKS:
        raise PluginError(unknown("hook", hook, ALL_HOOKS))
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


def _check_is_wanted(source: Source) -> None:
    """The other way around: what this version needs of a plugin, if it says anything of it."""
    wanted = wanted_plugins().get(canonicalize_name(source.package))
    if wanted is not None and not wanted.contains(source.version, prereleases=True):
        raise PluginError(
            f"hwsynth {hwsynth.__version__} needs {source.package}{wanted}, and this is "
            f"{source.version}. Try: pip install '{source.package}{wanted}'"
        )


@functools.cache
def wanted_plugins() -> Mapping[str, SpecifierSet]:
    """Package -> its versions that this one works with: the extra `plugins` of hwsynth itself."""
    try:
        texts = metadata.requires("hwsynth") or []
    except metadata.PackageNotFoundError:
        return {}
    requirements = map(Requirement, texts)
    return {
        canonicalize_name(each.name): each.specifier
        for each in requirements
        if each.marker and each.marker.evaluate({"extra": EXTRA})
        if not each.marker.evaluate({"extra": ""})
    }


def _guarded(call: Callable[[], object], what: str) -> Any:
    """Runs a plugin's code, which may raise anything."""
    try:
        return call()
    except PluginError:
        raise
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
    contract = CONTRACTS[kind]
    if not isinstance(given, list | tuple):
        raise PluginError(f"{hook}() must return a list of classes, got {given!r}")
    for component in given:
        if not (isinstance(component, type) and issubclass(component, contract)):
            raise PluginError(
                f"{hook}() must return classes derived from hwsynth.{contract.__name__}, "
                f"got {component!r}"
            )
        check_class(component)
    return given


def _checked_folders(given: object) -> Iterable[Path]:
    if not isinstance(given, list | tuple):
        raise PluginError(f"{HANDS}() must return a list of folders, got {given!r}")
    for folder in given:
        if not (isinstance(folder, Path) and folder.is_dir()):
            raise PluginError(
                f"{HANDS}() must return paths of folders that are there, got {folder!r}"
            )
    return given


def check_class(component: type[Component]) -> None:
    """What every component must say of itself, in class attributes and defaults.

    Raises PluginError that says what is missing or wrong.
    """
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
    if issubclass(component, Callback) and component.name in _SECTIONS:
        raise PluginError(
            f"{title}.name is '{component.name}', under which other options are set; choose another"
        )
    required = [name for name, field in component.model_fields.items() if field.is_required()]
    if required:
        raise PluginError(f"{title} has no default for {', '.join(required)}; give one")
    _guarded(component.model_json_schema, f"the options of {title} cannot be described")
