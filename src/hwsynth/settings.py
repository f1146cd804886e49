"""Options as text: `--set core.units=200` -> a validated model; a model -> words about it.

What an option may be is read off pydantic's JSON schema, so that it is said in one place, where
the field stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hwsynth.errors import UsageError, unknown

M = TypeVar("M", bound=BaseModel)

_WORDS = {"integer": "int", "number": "float", "boolean": "true|false", "string": "text"}

_BOUNDS = {
    "exclusiveMinimum": ">",
    "minimum": "≥",
    "exclusiveMaximum": "<",
    "maximum": "≤",
    "multipleOf": "multiple of",
    "minLength": "length ≥",
    "maxLength": "length ≤",
    "minItems": "count ≥",
    "maxItems": "count ≤",
}


@dataclass(frozen=True)
class OptionDescription:
    """What is to be known of an option."""

    name: str
    """Without its section."""
    type: str
    """What it may be: `int > 0`, `adam|rmsprop`, `float or none`."""
    default: Any
    """A value that JSON can hold; None where there is none to give."""
    help: str
    """The string under the field, on one line."""


def parse_assignments(assignments: Iterable[str]) -> dict[str, dict[str, str]]:
    """`["core.units=200", …]` -> `{"core": {"units": "200"}}`, values as typed.

    Raises UsageError where a text is not SECTION.OPTION=VALUE, or an option is given twice.
    """
    sections: dict[str, dict[str, str]] = {}
    for assignment in assignments:
        section, option, value = _parse(assignment)
        options = sections.setdefault(section, {})
        if option in options:
            raise UsageError(
                f"--set {section}.{option} is given twice, as '{options[option]}' and as "
                f"'{value}'; give it once"
            )
        options[option] = value
    return sections


def _parse(assignment: str) -> tuple[str, str, str]:
    key, equals, value = assignment.partition("=")
    section, dot, option = key.strip().partition(".")
    if section and option and equals:
        return section, option, value.strip()
    if section and option:
        raise UsageError(f"--set {assignment} gives no value; write --set {assignment}=VALUE")
    if section and equals and not dot:
        raise UsageError(
            f"--set {assignment} does not say what the option belongs to; write "
            f"--set SECTION.{assignment}, as in core.units=200"
        )
    raise UsageError(f"--set '{assignment}' must be SECTION.OPTION=VALUE, as in core.units=200")


def build_options(cls: type[M], given: Mapping[str, object], *, section: str) -> M:
    """The model of options `cls` with the values given, texts being read by the field's type.

    `section` is what the options are called by, before the dot; "" for no dot. Raises UsageError
    where an option does not exist or its value is not allowed.
    """
    for name in given:
        if name not in cls.model_fields:
            allowed = [_key(section, field) for field in cls.model_fields]
            raise UsageError(unknown("option", _key(section, name), allowed))
    schemas = _schemas(cls)
    values = {
        name: _from_text(value, schemas[name]) if isinstance(value, str) else value
        for name, value in given.items()
    }
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        messages = dict.fromkeys(_messages(error, given, describe(cls), section))
        raise UsageError("\n".join(messages)) from error


def describe(cls: type[BaseModel]) -> list[OptionDescription]:
    """The options of a model, in the order of its fields."""
    return [
        OptionDescription(
            name=name,
            type=_allowed(schema),
            default=schema.get("default"),
            help=" ".join(schema.get("description", "").split()),
        )
        for name, schema in _schemas(cls).items()
    ]


def as_text(value: object) -> str:
    """A value as it is typed after `--set KEY=`, rounded to six digits."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e9 else f"{value:g}"
    if isinstance(value, list | tuple):
        return ",".join(map(as_text, value))
    return str(value)


def _schemas(cls: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """Field -> its JSON schema, enumerations in place."""
    whole = cls.model_json_schema()
    definitions: dict[str, dict[str, Any]] = whole.get("$defs", {})

    def in_place(schema: Mapping[str, Any]) -> dict[str, Any]:
        return {**schema, **definitions.get(schema.get("$ref", "").rpartition("/")[2], {})}

    return {
        name: {**field, "anyOf": [in_place(each) for each in field.get("anyOf", [field])]}
        for name, field in whole.get("properties", {}).items()
    }


def _from_text(text: str, schema: Mapping[str, Any]) -> object:
    """Prepares what pydantic does not read from text: none, lists and choices of numbers."""
    alternatives = schema["anyOf"]
    if text.lower() == "none" and _may_be_none(alternatives):
        return None
    if any(alternative.get("type") == "array" for alternative in alternatives):
        return text.split(",")
    choices = {as_text(choice): choice for each in alternatives for choice in _choices(each)}
    return choices.get(text, text)


def _may_be_none(alternatives: Iterable[Mapping[str, Any]]) -> bool:
    return any(alternative.get("type") == "null" for alternative in alternatives)


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    return list(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _allowed(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a few words."""
    alternatives = schema["anyOf"]
    words = [_word(a) for a in alternatives if a.get("type") != "null"]
    return " or ".join(words + ["none"] * _may_be_none(alternatives))


def _word(schema: Mapping[str, Any]) -> str:
    if _choices(schema):
        return "|".join(map(as_text, _choices(schema)))
    if "prefixItems" in schema:
        return ",".join(map(_word, schema["prefixItems"]))
    bounds = [f" {words} {as_text(schema[key])}" for key, words in _BOUNDS.items() if key in schema]
    if schema.get("type") == "array":
        item = _word(schema.get("items", {}))
        return f"{item},{item},…{','.join(bounds)}"
    kind = str(schema.get("type", "value"))
    return _WORDS.get(kind, kind) + ",".join(bounds)


def _messages(
    error: ValidationError,
    given: Mapping[str, object],
    descriptions: Iterable[OptionDescription],
    section: str,
) -> Iterator[str]:
    described = {description.name: description for description in descriptions}
    for problem in error.errors(include_url=False):
        own = _own_words(problem)
        if not problem["loc"]:
            yield f"{section}: {own or problem['msg']}"
            continue
        option = described[str(problem["loc"][0])]
        yield (
            f"{_key(section, option.name)}={as_text(given.get(option.name))}: "
            f"{own or f'must be {option.type}'} (default: {as_text(option.default)})"
        )


def _key(section: str, option: str) -> str:
    return f"{section}.{option}" if section else option


def _own_words(problem: ErrorDetails) -> str:
    """What a problem says beyond the type: a validator's words, or a pattern."""
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(context["error"])
    return f"must match {context['pattern']}" if "pattern" in context else ""
