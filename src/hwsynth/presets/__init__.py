"""Options of a run as a file that a user can read, copy and change.

    seed = 3                  # and precision

    [core]                    # and dataset, head: a component's name and its options
    name = "lstm"
    units = 400

    [training]                # and model, batches, budget
    clip_norm = "none"        # a text is read as after --set

What a preset leaves out is as it is by default. The TOML files beside this module come with the
package; a run's own options are a preset too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from hwsynth.contracts import Options, Precision
from hwsynth.errors import UsageError, unknown
from hwsynth.plugins import Kind, Plugins
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import MAX_SEED, SECTIONS, Budget
from hwsynth.run_record import RunRecord
from hwsynth.settings import build_options

COMPONENTS: tuple[Kind, ...] = ("dataset", "core", "head")
FOLDER = Path(__file__).parent
MAX_BYTES = 2**20


class _Plain(Options):
    """What stands above the tables."""

    precision: Precision = "float32"
    """Type of the operands of matrix products."""
    seed: int = Field(0, ge=0, le=MAX_SEED)
    """Decides weights, order of the data and dropout."""


@dataclass(frozen=True)
class Preset:
    """What a preset gives; an empty one gives nothing."""

    name: str | None = None
    """As it was asked for."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Kind of component -> which one."""
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Section, or kind of component -> option -> value."""
    plain: Mapping[str, Any] = field(default_factory=dict)
    """Precision and seed, where given."""
    budget: Budget | None = None
    data: Path | None = None
    """Where a run had its data. Files do not say: it differs from machine to machine."""

    def without(self, kinds: Container[str]) -> Preset:
        """Less components of some kinds, all their options, and where the dataset's data lie."""
        return replace(
            self,
            names={kind: name for kind, name in self.names.items() if kind not in kinds},
            options={key: given for key, given in self.options.items() if key not in kinds},
            data=None if "dataset" in kinds else self.data,
        )

    def over(self, other: Preset) -> Preset:
        """This preset where it says something, and the other elsewhere."""
        other = other.without([k for k, name in self.names.items() if other.names.get(k) != name])
        return replace(
            self,
            names={**other.names, **self.names},
            options={
                key: {**other.options.get(key, {}), **self.options.get(key, {})}
                for key in {**other.options, **self.options}
            },
            plain={**other.plain, **self.plain},
            budget=self.budget or other.budget,
            data=self.data or other.data,
        )

    def check_components(self, plugins: Plugins) -> None:
        """Raises UsageError where a component is not installed, or has no such options."""
        with _naming(self.name):
            for kind in COMPONENTS:
                if kind in self.names:
                    component = plugins.component(kind, self.names[kind])
                    build_options(component, self.options[kind], section=kind)


def shipped() -> dict[str, str]:
    """The presets that come with the package: name -> what its first line, a comment, says."""
    return {
        file.stem: file.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        for file in sorted(FOLDER.glob("*.toml"), key=lambda file: file.stem)
    }


def find(name: str) -> Preset:
    """The preset of that name, in that TOML file, or of the run in that folder.

    Raises UsageError where there is none, or the file is not as it must be; RunError where the
    run's is not. What is said of components is checked by `Preset.check_components`.
    """
    file = preset_file(name)
    if file.suffix == ".toml":
        return of_toml(name, read_text(file))
    return of_record(name, RunFolder(file.parent).record())


def preset_file(name: str) -> Path:
    """The TOML file or the run.json that a name means. Raises UsageError where it means none."""
    path, names = Path(name), shipped()
    if name in names:
        return FOLDER / f"{name}.toml"
    if path.suffix == ".toml" or path.name == "run.json":
        return path
    if path.is_dir():
        return path / "run.json"
    remedy = "Your own are files, NAME.toml, or the folders of runs"
    raise UsageError(unknown("preset", name, names, remedy))


def read_text(file: Path) -> str:
    """A TOML file. Raises UsageError where it cannot be read, or is larger than `MAX_BYTES`."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UsageError(f"{file} is larger than a preset may be, {MAX_BYTES} bytes")
        return data.decode("utf-8")
    except OSError as error:
        raise UsageError(
            f"the preset {file} cannot be read: {error.strerror}; those by name are: "
            f"{', '.join(shipped())}"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not TOML: it is not text in UTF-8") from error


def of_record(name: str | None, record: RunRecord) -> Preset:
    """All options of a run."""
    components = {kind: getattr(record, kind) for kind in COMPONENTS}
    shared = {section: getattr(record, section).model_dump() for section in SECTIONS}
    return Preset(
        name,
        names={kind: component.name for kind, component in components.items()},
        options={**{kind: c.options for kind, c in components.items()}, **shared},
        plain={"precision": record.precision, "seed": record.seed},
        budget=record.budget,
        data=Path(record.data.path) if record.data.path else None,
    )


def of_model(record: RunRecord) -> Preset:
    """What makes a run's model: its core, its head, and how they are stacked."""
    whole = of_record(None, record)
    return Preset(
        names={kind: whole.names[kind] for kind in ("core", "head")},
        options={key: whole.options[key] for key in ("core", "head", "model")},
    )


def of_toml(name: str, text: str) -> Preset:
    """What a TOML text gives. Raises UsageError, with `name`, where it is not as it must be."""
    with _naming(name):
        keys = _parsed(text)
        tables = {key: _table(key, keys[key]) for key in keys if key not in _Plain.model_fields}
        names: dict[str, str] = {
            kind: _name_in(kind, tables[kind]) for kind in COMPONENTS if kind in tables
        }
        budget = build_options(Budget, tables.pop("budget", {}), section="budget")
        for section, options in SECTIONS.items():
            build_options(options, tables.get(section, {}), section=section)
        plain = {key: _value(keys[key]) for key in keys if key in _Plain.model_fields}
        return Preset(
            name,
            names=names,
            options=tables,
            plain=build_options(_Plain, plain, section="").model_dump(include=set(plain)),
            budget=budget if budget != Budget() else None,
        )


def _parsed(text: str) -> dict[str, Any]:
    try:
        keys = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not TOML: {error}") from error
    allowed = (*_Plain.model_fields, *COMPONENTS, *SECTIONS, "budget")
    for key in keys:
        if key not in allowed:
            raise UsageError(unknown("key", key, allowed))
    return keys


def _table(key: str, given: object) -> dict[str, Any]:
    """The options under [key], as `build_options` takes them."""
    if not isinstance(given, dict):
        example = f'name = "{given}"' if key in COMPONENTS else "its options"
        raise UsageError(f"{key} must be a table: write [{key}] and, under it, {example}")
    return {option: _value(value) for option, value in given.items()}


def _value(given: object) -> object:
    # A number may be a text, as on the command line, but true is not the number 1.
    if isinstance(given, list):
        return [_value(each) for each in given]
    return str(given).lower() if isinstance(given, bool) else given


def _name_in(kind: str, table: dict[str, Any]) -> str:
    """Takes the name out of a component's table."""
    name = table.pop("name", None)
    if not isinstance(name, str):
        raise UsageError(f'[{kind}] must say whose options these are: name = "…", a {kind}')
    return name


@contextmanager
def _naming(name: str | None) -> Iterator[None]:
    """Puts the preset's name before what users are told."""
    try:
        yield
    except UsageError as error:
        lines = (f"{name}: {line}" for line in str(error).splitlines())
        raise UsageError("\n".join(lines)) from error
