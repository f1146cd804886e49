"""What every component is held to, whatever its kind: its name, its options, its module."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from hwsynth.contracts import Component
from hwsynth.errors import PluginError, UsageError
from hwsynth.plugin_loading import CONTRACTS, Kind, check_class
from hwsynth.settings import build_options, describe
from hwsynth.testing.comparing import equal, fail
from hwsynth.testing.fresh_process import frameworks_loaded_by

UNKNOWN = "no_such_option"
NOT_A_CHOICE = "no such choice"
CHOICES = ("enum", "const")


def check_component(component: Component, kind: Kind) -> None:
    """Holds a component to what all kinds have in common."""
    cls = type(component)
    _class_is_complete(cls, kind)
    _options_are_documented(cls)
    _unknown_options_are_refused(component, kind)
    _values_that_cannot_be_are_refused(cls, kind)
    _options_are_frozen(component)
    _options_survive_json(component, kind)
    _module_loads_no_framework(cls)


def _class_is_complete(cls: type[Component], kind: Kind) -> None:
    """A name of the right form, all class attributes, a default for every option."""
    if not issubclass(cls, CONTRACTS[kind]):
        fail(
            f"a component is a {kind}",
            f"{cls.__name__} is not derived from hwsynth.{CONTRACTS[kind].__name__}",
        )
    try:
        check_class(cls)
    except PluginError as error:
        fail("name, class attributes and defaults", str(error))


def _options_are_documented(cls: type[Component]) -> None:
    """A string stands under every field: help, `hwsynth plugins` and READMEs are made of it."""
    if not (cls.__doc__ or "").strip():
        fail("the class has a docstring", f"{cls.__name__} has none")
    for option in describe(cls):
        if not option.help:
            fail("every option is documented", f"write a string under {option.name}")


def _unknown_options_are_refused(component: Component, kind: Kind) -> None:
    cls = type(component)
    clause = "unknown options are refused"
    try:
        cls.model_validate({**component.model_dump(), UNKNOWN: 1})
    except ValidationError:
        pass
    else:
        fail(clause, f"{cls.__name__}({UNKNOWN}=1) was taken; leave model_config as it is")
    _refused(cls, kind, UNKNOWN, "1", clause)


def _values_that_cannot_be_are_refused(cls: type[Component], kind: Kind) -> None:
    """As UsageError that names the option: not taken, not mended, no other error."""
    for option, text in _impossible(cls):
        _refused(cls, kind, option, text, "values that cannot be are refused")


def _impossible(cls: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Option, and a value as typed that its type or its bounds do not allow."""
    for name, field in cls.model_json_schema().get("properties", {}).items():
        alternatives = field.get("anyOf", [field])
        if not any(_takes_text(schema) for schema in alternatives):
            yield name, NOT_A_CHOICE
        numbers = [s for s in alternatives if s.get("type") in ("integer", "number")]
        if len(numbers) == 1 and not numbers[0].keys() & set(CHOICES):
            yield from ((name, str(number)) for number in _outside(numbers[0]))


def _takes_text(schema: Mapping[str, Any]) -> bool:
    if schema.get("type") == "array":
        return _takes_text(schema.get("items", {}))
    return schema.get("type") in (None, "string") and not schema.keys() & {"$ref", *CHOICES}


def _outside(schema: Mapping[str, Any]) -> Iterator[float]:
    """Numbers just outside the bounds of a schema."""
    yield from (schema[key] for key in ("exclusiveMinimum", "exclusiveMaximum") if key in schema)
    for key, way in (("minimum", -1), ("maximum", 1)):
        if key in schema and schema["type"] == "integer":
            yield schema[key] + way
        elif key in schema:
            yield math.nextafter(schema[key], way * math.inf)
    if schema["type"] == "number":
        yield math.nan


def _refused(cls: type[Component], kind: Kind, option: str, text: str, clause: str) -> None:
    try:
        taken = build_options(cls, {option: text}, section=kind)
    except UsageError as error:
        if f"{kind}.{option}" not in str(error):
            fail(clause, f"the error for {kind}.{option}={text} does not name it: {error}")
    except Exception as error:
        fail(
            clause,
            f"{kind}.{option}={text} raised {type(error).__name__} ({error}); a validator raises "
            "ValueError, which becomes UsageError",
        )
    else:
        value = getattr(taken, option, None)
        fail(clause, f"{kind}.{option}={text} was taken, as {value!r}")


def _options_are_frozen(component: Component) -> None:
    copy = component.model_copy()
    for option in type(component).model_fields:
        try:
            setattr(copy, option, getattr(copy, option))
        except ValidationError:
            continue
        fail("options are frozen", f"{option} can be set; leave model_config as it is")
    try:
        hash(component)
    except TypeError as error:
        fail("options are frozen", f"{error}; take tuples for lists, and no dict")


def _options_survive_json(component: Component, kind: Kind) -> None:
    """As run.json keeps them and `hwsynth sample` reads them back."""
    cls = type(component)
    clause = "options survive run.json"
    for options in (component, cls()):
        try:
            written = json.dumps(options.model_dump(mode="json"), allow_nan=False)
            back = build_options(cls, json.loads(written), section=kind)
        except (TypeError, ValueError, UsageError) as error:
            fail(clause, f"{options!r}: {error}")
        equal(clause, back, options)


def _module_loads_no_framework(cls: type[Component]) -> None:
    """Cores and heads import their layer in `build`, others what they need in their methods."""
    if cls.__module__ != "__main__":
        loaded = _loaded_by_importing(cls.__module__)
        equal("importing the component's module loads no training framework", loaded, [])


@functools.cache
def _loaded_by_importing(module: str) -> list[str]:
    return frameworks_loaded_by(f"import importlib; importlib.import_module({module!r})")
