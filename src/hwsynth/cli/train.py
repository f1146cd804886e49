"""hwsynth train"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import ParameterSource

from hwsynth.cli.callbacks import chosen_callbacks
from hwsynth.cli.options import dataset_options, device_options, set_option
from hwsynth.contracts import Options
from hwsynth.errors import UsageError, unknown
from hwsynth.hands import run_or_hand
from hwsynth.initial_weights import MODEL_COMPONENTS, InitialWeights
from hwsynth.initial_weights import read as read_weights
from hwsynth.plugins import Kind, Plugins, load
from hwsynth.presets import COMPONENTS, Preset, find, of_model, shipped
from hwsynth.recorded import component_of
from hwsynth.run_folder import RunFolder, new_run_path
from hwsynth.run_options import MAX_SEED, SECTIONS, Budget
from hwsynth.run_record import RunRecord
from hwsynth.settings import (
    OptionDescription,
    as_text,
    build_options,
    describe,
    parse_assignments,
)

if TYPE_CHECKING:
    from hwsynth.experiment import Run

DEFAULT_BUDGET = Budget(minutes=10)
NO_PRESET = Preset()
PLACES = {("preparation", "alignment")}
"""Options that say where a file is, which may have moved since; what it holds is checked."""


class _TrainCommand(click.Command):
    """Says in its help which presets there are, and what --set knows besides components."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the files and the fields themselves."""
        with formatter.section("For --preset"):
            formatter.write_dl(list(shipped().items()))
        with formatter.section("For --set, besides core.…, head.… and dataset.…"):
            formatter.write_dl(
                [
                    (f"{section}.{option.name}", f"{option.help}  [{option.type}]")
                    for section, options in SECTIONS.items()
                    for option in _described(options)
                ]
            )


def _described(options: type[Options]) -> list[OptionDescription]:
    return [
        dataclasses.replace(option, type=f"{option.type}; default: {as_text(option.default)}")
        for option in describe(options)
    ]


@click.command(cls=_TrainCommand)
@click.option(
    "--preset",
    metavar="NAME|FILE.toml|RUN",
    help="Options from a preset, a file, or another run; all others given here go before them.",
)
@click.option(
    "--init",
    type=click.Path(path_type=Path),
    metavar="RUN|HAND",
    help="Begin with the weights of a trained run or of an installed hand (its reader's, where the "
    "head is one that reads), and with its core, head and model options.",
)
@dataset_options
@click.option("--core", default="cwrnn", show_default=True, metavar="NAME", help="Recurrent core.")
@click.option("--head", default="mdn", show_default=True, metavar="NAME", help="Output head.")
@click.option(
    "--text",
    type=click.Choice(["none", "aligned", "window"]),
    is_flag=False,
    flag_value="aligned",
    help="Learn to write given text, told by where characters end or by a window; without a word: "
    "aligned. Short for --set model.text=…, on whole lines.",
)
@set_option
@click.option(
    "--run",
    "path",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the run.  [default: a new one in runs/]",
)
@click.option("--epochs", type=float, metavar="N", help="Train for N times through the data.")
@click.option("--steps", type=int, metavar="N", help="Train for N batches.")
@click.option(
    "--minutes",
    type=float,
    metavar="X",
    help=f"Train for X minutes.  [default: {DEFAULT_BUDGET.minutes:g}, without another bound]",
)
@click.option(
    "--batch-size",
    type=int,
    metavar="N",
    help="Short for --set batches.batch_size=N.  [default: 50]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    default=0,
    show_default=True,
    help="Of weights, data order and dropout.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in --run, exactly.")
@device_options
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="Of the operands of matrix products; all else is float32.",
)
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    default=["page"],
    show_default=True,
    metavar="NAME",
    help="What watches the run; may be given again, its options by --set NAME.option=…; "
    "none: nothing.",
)
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Train a model, or go on with one."""
    plugins = load()
    callbacks, rest = chosen_callbacks(given["callbacks"], given["assignments"], plugins)
    given = {**given, "assignments": rest}
    # What can be refused is refused before a framework takes seconds to start.
    explicit = {name: given[name] for name in given if _was_given(context, name)}
    if given["resume"] and given["init"] is not None:
        raise UsageError("a run goes on with its own weights; leave out --init, or --resume")
    if given["preset"] is not None or given["init"] is not None:
        explicit = _over_preset(explicit, plugins)
        given = {**given, **explicit}
    prepare = (
        _resumption(given, explicit, plugins) if given["resume"] else _beginning(given, plugins)
    )
    from hwsynth import backend

    backend.prepare(given["device"])
    from hwsynth.cli.training_display import train_and_show

    train_and_show(prepare, callbacks)


Prepare = Callable[[Callable[[str, int], None]], "Run"]
"""What opens a run, given how to show the reading of its data."""


def _was_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _over_preset(explicit: Mapping[str, Any], plugins: Plugins) -> dict[str, Any]:
    """What was given, over what the preset gives, over what is known of --init.

    Raises UsageError or RunError where one of them cannot be used.
    """
    preset = find(explicit["preset"]) if "preset" in explicit else NO_PRESET
    # The options of a component are of no use to another.
    others = [kind for kind, name in preset.names.items() if explicit.get(kind, name) != name]
    preset = preset.without(others)
    preset.check_components(plugins)
    init = _init(explicit, preset, plugins)
    if init is not None:
        preset = preset.over(of_model(init.record))
    return {**preset.names, **preset.plain, **explicit, "preset": preset, "init": init}


def _init(explicit: Mapping[str, Any], preset: Preset, plugins: Plugins) -> InitialWeights | None:
    if "init" not in explicit:
        return None
    names = {**preset.names, **explicit}
    reads = "head" in names and plugins.component("head", names["head"]).learns == "text"
    init = read_weights(run_or_hand(explicit["init"], plugins, reads=reads))
    init.check_names(names)
    for kind in MODEL_COMPONENTS:
        component_of(getattr(init.record, kind), kind, plugins)
    return init


def _beginning(given: Mapping[str, Any], plugins: Plugins) -> Prepare:
    path = given["path"] or new_run_path(given["core"])
    RunFolder(path).check_is_new()
    fields = experiment_fields(given, plugins)

    def start(progress: Callable[[str, int], None]) -> Run:
        from hwsynth.experiment import Experiment, start

        return start(Experiment(**fields), path, plugins, read_progress=progress)

    return start


def _resumption(given: Mapping[str, Any], explicit: Mapping[str, Any], plugins: Plugins) -> Prepare:
    path = given["path"]
    if path is None:
        raise UsageError("--resume needs the run to go on with: give --run DIR")
    _refuse_differences(RunFolder(path).record(), explicit, plugins)
    budget = _budget(given)
    alignment = _sections(explicit).get("preparation", {}).get("alignment")

    def resume(progress: Callable[[str, int], None]) -> Run:
        from hwsynth.experiment import resume

        return resume(
            path,
            plugins,
            budget=budget,
            data=given["data"],
            alignment=alignment and Path(alignment),
            read_progress=progress,
        )

    return resume


def experiment_fields(given: Mapping[str, Any], plugins: Plugins) -> dict[str, Any]:
    """The fields of an Experiment, from options of the command line."""
    preset: Preset = given.get("preset") or NO_PRESET
    sections = _sections(given)
    fields: dict[str, Any] = {
        kind: build_options(
            plugins.component(kind, given[kind]), sections.get(kind, {}), section=kind
        )
        for kind in COMPONENTS
    }
    for name, options in SECTIONS.items():
        fields[name] = build_options(options, sections.get(name, {}), section=name)
    return {
        **fields,
        "data": given["data"] or preset.data,
        "budget": _budget(given) or preset.budget or DEFAULT_BUDGET,
        "precision": given["precision"],
        "seed": given["seed"],
        "preset": preset.name,
        "init": given.get("init"),
    }


def _sections(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Preset, --set and its short forms: section -> option -> value as given."""
    sections: dict[str, dict[str, Any]] = dict(parse_assignments(given.get("assignments", ())))
    for section in sections:
        if section not in (*COMPONENTS, *SECTIONS):
            known = (*COMPONENTS, *SECTIONS, *load().names("callback"))
            raise UsageError(unknown("section of --set", section, known))
    if given.get("batch_size") is not None:
        batches = sections.setdefault("batches", {})
        if "batch_size" in batches:
            raise UsageError("--batch-size and --set batches.batch_size say the same; give one")
        batches["batch_size"] = given["batch_size"]
    if given.get("text") is not None:
        model = sections.setdefault("model", {})
        if "text" in model:
            raise UsageError("--text and --set model.text say the same; give one")
        model["text"] = given["text"]
        if given["text"] != "none":
            sections.setdefault("batches", {}).setdefault("crop", "0")
    preset: Preset = given.get("preset") or NO_PRESET
    return {
        name: {**preset.options.get(name, {}), **sections.get(name, {})}
        for name in {**preset.options, **sections}
    }


def _budget(given: Mapping[str, Any]) -> Budget | None:
    bounds = {name: given[name] for name in ("epochs", "steps", "minutes")}
    if all(value is None for value in bounds.values()):
        return None
    for name, value in bounds.items():
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"--{name} is {value}; it must be above 0, and have an end")
    return Budget(**bounds)


def _refuse_differences(record: RunRecord, explicit: Mapping[str, Any], plugins: Plugins) -> None:
    """Raises UsageError where an option was given that differs from the run's own, and is no
    place of a file that may have moved."""
    differences = []
    for name in ("dataset", "core", "head"):
        own = getattr(record, name).name
        if explicit.get(name, own) != own:
            differences.append(f"--{name} is {own}, not {explicit[name]}")
    for name in ("seed", "precision"):
        own = getattr(record, name)
        if explicit.get(name, own) != own:
            differences.append(f"--{name} is {own}, not {explicit[name]}")
    if not differences:
        differences = list(_differing_options(record, explicit, plugins))
    if differences:
        raise UsageError(
            f"a run goes on with its own options: {'; '.join(differences)}. "
            "Leave them out, or start a new run"
        )


def _differing_options(
    record: RunRecord, explicit: Mapping[str, Any], plugins: Plugins
) -> list[str]:
    differences = []
    for section, values in _sections(explicit).items():
        if section in SECTIONS:
            own: Options = getattr(record, section)
        else:
            own = component_of(getattr(record, section), cast(Kind, section), plugins)
        given = build_options(type(own), {**own.model_dump(), **values}, section=section)
        differences += [
            f"{section}.{key} is {value}, not {getattr(given, key)}"
            for key, value in own.model_dump().items()
            if getattr(given, key) != value and (section, key) not in PLACES
        ]
    return differences
