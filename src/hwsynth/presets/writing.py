"""A preset as TOML text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hwsynth.presets import COMPONENTS, Preset
from hwsynth.run_options import SECTIONS


def toml_text(preset: Preset, about: str) -> str:
    """TOML that `presets.of_toml` reads back; `about` is its first line, a comment.

    Where a run had its data is left out.
    """
    import tomli_w

    tables: dict[str, dict[str, Any]] = {
        kind: {"name": preset.names[kind], **preset.options.get(kind, {})}
        for kind in COMPONENTS
        if kind in preset.names
    }
    tables |= {key: dict(preset.options[key]) for key in SECTIONS if key in preset.options}
    if preset.budget:
        tables["budget"] = preset.budget.model_dump(exclude_none=True)
    keys = {**preset.plain, **{key: _values(table) for key, table in tables.items()}}
    comment = "".join(character for character in about if character.isprintable())
    return f"# {comment}\n\n{tomli_w.dumps(keys)}"


def _values(options: Mapping[str, Any]) -> dict[str, Any]:
    # TOML has no null: it is written as after --set.
    return {name: "none" if value is None else value for name, value in options.items()}
