"""Components as run.json records them, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hwsynth.contracts import Component
from hwsynth.corpus import Corpus, open_corpus
from hwsynth.errors import RunError, UsageError
from hwsynth.plugins import Kind, Plugins
from hwsynth.preparation import prepare
from hwsynth.run_options import PreparationOptions
from hwsynth.run_record import AlignmentRecord, ComponentRecord, RunRecord
from hwsynth.settings import build_options


def record_of(component: Component, kind: Kind, plugins: Plugins) -> ComponentRecord:
    """A component's name, options and the package that gives it."""
    package, version = plugins.provider(kind, component.name)
    return ComponentRecord(
        name=component.name,
        package=package,
        version=version,
        options=component.model_dump(mode="json"),
    )


def component_of(record: ComponentRecord, kind: Kind, plugins: Plugins) -> Any:
    """The component with the recorded options. Raises RunError where its plugin is missing, or
    has other options."""
    if record.name not in plugins.names(kind):
        raise RunError(
            f"the run needs the {kind} '{record.name}' of {record.package} {record.version}, "
            "which is not installed or not working here. Try: "
            f"pip install '{record.package}=={record.version}', or see: hwsynth plugins"
        )
    try:
        return build_options(plugins.component(kind, record.name), record.options, section=kind)
    except UsageError as error:
        raise RunError(
            f"run.json does not fit the {kind} '{record.name}' that is installed here, of "
            f"{' '.join(plugins.provider(kind, record.name))} (the run was made with "
            f"{record.version}): {error}. To have the one that made it: "
            f"pip install '{record.package}=={record.version}'"
        ) from error


def corpus_of(
    record: RunRecord,
    plugins: Plugins,
    *,
    data: Path | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Corpus:
    """The corpus that a run was trained on, prepared, from `data` where it has moved.

    Raises RunError where the alignment of its lines is another one by now.
    """
    _check_alignment(record)
    dataset = component_of(record.dataset, "dataset", plugins)
    own = Path(record.data.path) if record.data.path else None
    corpus = open_corpus(dataset, data or own, progress=progress)
    return prepare(corpus, record.preparation, progress=progress)


def alignment_record(options: PreparationOptions) -> AlignmentRecord | None:
    """What is to be kept of the alignment that lines are prepared with."""
    if options.alignment is None:
        return None
    from hwsynth.alignment_file import read_alignment

    alignment, checksum = read_alignment(options.alignment)
    return AlignmentRecord(checksum=checksum, reader=alignment.about.reader)


def _check_alignment(record: RunRecord) -> None:
    own, found = record.data.alignment, alignment_record(record.preparation)
    if found != own:
        raise RunError(
            f"{record.preparation.alignment} is not the alignment that the run was trained with: "
            f"its SHA-256 is {found and found.checksum}, and that one's {own and own.checksum}. "
            "Say where that one is by --set preparation.alignment=FILE, or start a new run"
        )
