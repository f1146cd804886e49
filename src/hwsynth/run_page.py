"""page.html of a run folder: the run to look at, in one file, from disk, on any device.

The template escapes every value; what a browser may load is bounded by the page itself to its
own style and pictures. Samples are embedded as pictures, in which no browser runs scripts.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import hwsynth
from hwsynth.atomic import write_whole
from hwsynth.contracts import Options
from hwsynth.errors import DataError, RunError, UsageError
from hwsynth.history import typical_speed
from hwsynth.plugins import Kind, load
from hwsynth.presets import COMPONENTS
from hwsynth.run_evaluation import LABELS
from hwsynth.run_figures import CurrentAndStale, RunFigures, evaluations_of, progress_of
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import SECTIONS
from hwsynth.run_record import ComponentRecord, Progress, RunRecord, now, out_of_patience
from hwsynth.settings import as_text, describe

if TYPE_CHECKING:
    import jinja2

T = TypeVar("T")

TEMPLATES = Path(__file__).parent / "page_templates"
MOST_SAMPLES = 12
"""More are in the folder, and on the page those that are spread evenly over them."""

WIDE, NARROW, SMALL = (8.2, 3.7), (3.7, 3.1), (3.9, 1.9)
"""Inches of plots: on a screen, on a phone, and of those beside each other."""


@dataclass(frozen=True)
class Setting:
    """An option, for people."""

    name: str
    value: str
    default: str | None
    """None where it is not known."""
    help: str

    @property
    def changed(self) -> bool:
        """Whether it is not the default."""
        return self.value != self.default


@dataclass(frozen=True)
class Section:
    """The options of a component, or of a part of every run."""

    key: str
    """What stands before the dot after --set."""
    title: str
    settings: Sequence[Setting]

    @property
    def changed(self) -> Sequence[Setting]:
        """Those that are not as by default."""
        return [setting for setting in self.settings if setting.changed]


@dataclass(frozen=True)
class Sample:
    """A drawing that was made along the way."""

    step: int
    address: str
    """Of the picture, which is in it."""


@dataclass(frozen=True)
class Plots:
    """SVG elements; empty where there is nothing to draw."""

    wide: str = ""
    narrow: str = ""
    small: dict[str, str] = field(default_factory=dict)
    """By their headings."""


def write_page(folder: RunFolder) -> Path:
    """Writes page.html, whole or not at all -> where it is.

    What is missing, or damaged beside run.json, is said on the page. Raises RunError where
    run.json cannot be read, HwsynthError where the page cannot be written.
    """
    text = page(folder)
    with write_whole(folder.page_file) as file:
        file.write_text(text, encoding="utf-8")
    return folder.page_file


def page(folder: RunFolder) -> str:
    """The HTML of a run's page."""
    record = folder.record()
    problems: list[str] = []
    rows: list[dict[str, float]] = _or(problems, folder.history, [])
    readable = not problems
    run = _figures(folder, record, rows, problems)
    files = folder.sample_files()
    samples: list[Sample] = _or(problems, lambda: [_sample(*each) for each in _spread(files)], [])
    name = folder.path.resolve().name
    return _template().render(
        name=name,
        run=run,
        record=record,
        problems=problems,
        sections=list(_sections(record)),
        plots=_plots(rows),
        readable=readable,
        samples=samples,
        sample_count=len(files),
        labels=LABELS,
        commands=_commands(name, run),
        version=hwsynth.__version__,
        written=now(),
    )


def _figures(
    folder: RunFolder, record: RunRecord, rows: list[dict[str, float]], problems: list[str]
) -> RunFigures:
    """Each by itself, so that a damaged file hides nothing of the others."""
    progress = _or(problems, lambda: progress_of(folder), None)
    speed = _or(problems, lambda: typical_speed(folder.history_file), None) if rows else None
    none: CurrentAndStale = ((), ())
    evaluations = _or(problems, lambda: evaluations_of(folder), none)
    return RunFigures(record, _furthest(progress, rows), speed, *evaluations)


def _or(problems: list[str], action: Callable[[], T], otherwise: T) -> T:
    """What an action gives; where a file cannot be read, `otherwise`, and why in `problems`."""
    try:
        return action()
    except (RunError, OSError) as error:
        problems.append(str(error))
        return otherwise


def _furthest(progress: Progress | None, rows: Sequence[dict[str, float]]) -> Progress | None:
    """Rows of the history may be ahead of the last checkpoint while a run is trained."""
    if not rows or (progress and progress.step >= rows[-1]["step"]):
        return progress
    known = progress or Progress()
    latest = {"step": int(rows[-1]["step"]), "minutes": rows[-1]["minutes"]}
    return known.model_copy(update=latest)


def _plots(rows: Sequence[dict[str, float]]) -> Plots:
    from hwsynth.plots import column_svg, loss_svg

    try:
        return Plots(
            wide=loss_svg(rows, inches=WIDE, name="loss"),
            narrow=loss_svg(rows, inches=NARROW, name="loss, narrow"),
            small={
                heading: column_svg(rows, column, inches=SMALL, name=heading)
                for heading, column in (
                    ("learning rate", "learning_rate"),
                    ("points/s", "points_per_second"),
                )
            },
        )
    except DataError:
        return Plots()


def _spread(files: Sequence[T]) -> list[T]:
    """At most MOST_SAMPLES of them, evenly, with the first and the last; the last one first."""
    most, last = MOST_SAMPLES - 1, len(files) - 1
    places = {round(i * last / most) for i in range(MOST_SAMPLES)} if last >= 0 else set()
    return [files[place] for place in sorted(places, reverse=True)]


def _sample(step: int, file: Path) -> Sample:
    picture = base64.b64encode(file.read_bytes()).decode("ascii")
    return Sample(step, f"data:image/svg+xml;base64,{picture}")


def _sections(record: RunRecord) -> Iterator[Section]:
    for kind in COMPONENTS:
        yield _component(kind, getattr(record, kind))
    for key, options in SECTIONS.items():
        given = getattr(record, key).model_dump(mode="json")
        yield Section(key, key, _settings(given, options))


def _component(kind: Kind, record: ComponentRecord) -> Section:
    title = f"{kind} {record.name}, of {record.package} {record.version}"
    try:
        known = load().component(kind, record.name)
    except UsageError:
        return Section(kind, f"{title}, not installed here", _settings(record.options, None))
    return Section(kind, title, _settings(record.options, known))


def _settings(given: dict[str, Any], cls: type[Options] | None) -> list[Setting]:
    described = {each.name: each for each in describe(cls)} if cls else {}
    return [
        Setting(
            name,
            as_text(value),
            as_text(described[name].default) if name in described else None,
            described[name].help if name in described else "",
        )
        for name, value in given.items()
    ]


def _commands(name: str, run: RunFigures) -> list[tuple[str, str]]:
    """What to do next -> the command, from the folder that the run's is in."""
    quoted = shlex.quote(name)
    told = run.record.model.text != "none"
    writing = 'write "Dear reader,"' if told else "sample"
    return [
        _continuation(quoted, run),
        (
            "Write with it",
            f"hwsynth {writing} --run {quoted} --out {'letter' if told else 'sample'}.svg",
        ),
        ("Score it", f"hwsynth evaluate --run {quoted}"),
    ]


def _continuation(quoted: str, run: RunFigures) -> tuple[str, str]:
    if run.progress and out_of_patience(run.progress, run.record.training):
        again = f"hwsynth train --preset {quoted} --init {quoted} --set training.patience=0"
        return "Go on in a new run, as this one is out of patience", again
    return "Go on", f"hwsynth train --run {quoted} --resume{_more(run)}"


def _more(run: RunFigures) -> str:
    """A budget for a run that has none left: twice its own."""
    if run.used is None or run.used < 1:
        return ""
    bounds = run.record.budget.model_dump(exclude_none=True)
    return "".join(f" --{bound} {as_text(2 * value)}" for bound, value in bounds.items())


def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, day=_day, text=as_text)
    return environment.get_template("run.html")


def _number(value: float | None, places: int = 0) -> str:
    """With thousands apart and a true minus."""
    return "–" if value is None else f"{value:,.{places}f}".replace("-", "−")


def _day(when: str) -> str:
    return when[:16].replace("T", " ")
