"""hwsynth sample"""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import numpy as np

from hwsynth.atomic import check_place
from hwsynth.cli.options import device_options, run_option, say, say_licences, set_option
from hwsynth.cli.reading import reading
from hwsynth.contracts import Exporter, Head, Page
from hwsynth.density_map import (
    PIXELS_A_LINE,
    check_ending,
    density_map,
    draw_density_maps,
)
from hwsynth.errors import UsageError, unknown
from hwsynth.exported_step import ExportedStep, exported_step
from hwsynth.ink import Ink
from hwsynth.plugins import Plugins, load
from hwsynth.preparation import prepare_line, scaled, without_origin
from hwsynth.recorded import component_of
from hwsynth.run_folder import RunFolder, newest_run
from hwsynth.run_record import RunRecord
from hwsynth.sampling import sample
from hwsynth.settings import build_options, parse_assignments

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel

MAX_POINTS = 20_000_000
"""In all lines together; what is drawn is held in memory."""


@click.command()
@run_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("sample.svg"),
    show_default=True,
    help="File to write; its ending chooses the exporter.",
)
@click.option("--count", type=click.IntRange(1), default=4, show_default=True, help="Lines.")
@click.option(
    "--steps", type=click.IntRange(1), default=700, show_default=True, help="Points a line."
)
@click.option(
    "--bias",
    type=float,
    default=0.5,
    show_default=True,
    help="0: as varied as what was learnt; higher: neater and more alike.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Repeats a sample."
)
@click.option(
    "--prime",
    metavar="LINE",
    help="Ink to go on from: the id of a line of the run's corpus, or an ink file, "
    "which is brought to the corpus's line height.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where that corpus lies.  [default: where the run's lay]",
)
@click.option("--show-primer", is_flag=True, help="Draw the primer before what was written.")
@click.option(
    "--line-height-mm",
    type=float,
    metavar="MM",
    help="What the corpus's median line height becomes.  [default: 8]",
)
@click.option(
    "--density",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.png",
    help="Draw a heat map, too: where the model expected the pen along these lines.",
)
@set_option
@device_options
def command(**given: Any) -> None:
    """Draw what a trained run likes."""
    if not (math.isfinite(given["bias"]) and given["bias"] >= 0):
        raise UsageError(f"--bias is {given['bias']}; it must be a number, 0 or more")
    if given["count"] * given["steps"] > MAX_POINTS:
        raise UsageError(
            f"--count {given['count']} of --steps {given['steps']} are more than {MAX_POINTS:,} "
            "points; draw fewer, or in several files"
        )
    if given["show_primer"] and not given["prime"]:
        raise UsageError("--show-primer needs a primer: give --prime LINE")
    plugins = load()
    out: Path = given["out"]
    exporter = _exporter(out, given, plugins)
    check_place(out)
    density: Path | None = given["density"]
    if density is not None:
        check_ending(density)
        check_place(density)
    path = given["path"] or newest_run()
    record = RunFolder(path).record()
    _check_writes(path, record, plugins)
    primer = _primer(given["prime"], record, given["data"], plugins)
    model = _model(path, record, given, plugins)
    lines = sample(
        model,
        record.normalisation,
        count=given["count"],
        steps=given["steps"],
        bias=given["bias"],
        seed=given["seed"],
        primer=primer,
    )
    if primer is not None and given["show_primer"]:
        lines = [_after(primer, line) for line in lines]
    whole_lines = primer is None or given["show_primer"]
    drawn = map(without_origin, lines) if record.preparation.origin and whole_lines else lines
    exporter.write(Page(list(drawn), record.data.line_height), out)
    if density is not None:
        pixel = record.data.line_height / PIXELS_A_LINE
        whole = cast("HandwritingModel", model)
        maps = [density_map(whole, record.normalisation, line, pixel=pixel) for line in lines]
        draw_density_maps(maps, density)
    say(f"{out}: {len(lines)} lines of {given['steps']} points, written by {path}")
    say_licences(record)


def _check_writes(path: Path, record: RunRecord, plugins: Plugins) -> None:
    """Raises UsageError where the run reads, or writes what it is told."""
    head: Head = component_of(record.head, "head", plugins)
    if head.learns != "ink":
        raise UsageError(
            f"{path} reads and does not write: its head is '{head.name}'. Read with it: "
            "hwsynth read, or give a run that writes with --run"
        )
    if record.model.text != "none":
        raise UsageError(
            f"{path} learnt to write texts, and has to be told one. Try: "
            f'hwsynth write "Dear reader," --run {shlex.quote(str(path))}'
        )


def _model(
    path: Path, record: RunRecord, given: Mapping[str, Any], plugins: Plugins
) -> ExportedStep | HandwritingModel:
    """What writes: the exported step, where the run has one. It runs on the CPU, draws, and has no
    more to say of what it expected; the model itself takes a framework seconds to start."""
    if given["device"] != "gpu" and given["density"] is None:
        step = exported_step(RunFolder(path), record)
        if step is not None:
            return step
    from hwsynth import backend

    backend.prepare(given["device"])
    from hwsynth.experiment import load as load_run

    return load_run(path, plugins)[1]


def _exporter(out: Path, given: Mapping[str, Any], plugins: Plugins) -> Exporter:
    sections = parse_assignments(given["assignments"])
    for section in sections.keys() - {"exporter"}:
        raise UsageError(unknown("section of --set", section, ["exporter"]))
    options: dict[str, Any] = sections.get("exporter", {})
    if given["line_height_mm"] is not None:
        if "line_height_mm" in options:
            raise UsageError(
                "--line-height-mm and --set exporter.line_height_mm say the same; give one"
            )
        options["line_height_mm"] = given["line_height_mm"]
    return build_options(plugins.exporter_for(out), options, section="exporter")


def _primer(
    prime: str | None, record: RunRecord, data: Path | None, plugins: Plugins
) -> Ink | None:
    if prime is None:
        return None
    # os.path's answer is no, where Path's would be an error, for what cannot be a name at all.
    if os.path.isfile(prime) or Path(prime).suffix == ".json":
        from hwsynth.ink_file import read_page

        page = read_page(Path(prime))
        line = scaled(page.lines[0], record.data.line_height / page.line_height)
        return prepare_line(line, record.preparation)
    from hwsynth.recorded import corpus_of

    with reading() as progress:
        return corpus_of(record, plugins, data=data, progress=progress).find(prime)


def _after(primer: Ink, line: Ink) -> Ink:
    """The primer and the line that goes on from it, as one."""
    # The first row of a sample stands for the last point of the primer.
    rows = np.concatenate([primer.offsets(), line.offsets()[1:]])
    return Ink.from_offsets(rows, id=line.id)
