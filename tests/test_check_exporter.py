"""`check_exporter` finds what is broken, and names it."""

from __future__ import annotations

from pathlib import Path

import pytest

import broken_exporters
from clauses import missing
from hwsynth.testing import check_exporter, exporter, fresh_process

BROKEN = {
    "SuffixWithoutDot": "name, class attributes and defaults: SuffixWithoutDot.suffix",
    "WritesNothing": "a page becomes a file with something in it",
    "LeavesNotes": "nothing is left beside the file",
    "ChangesThePage": "the page is not changed",
    "SaysWhen": "the same page gives the same bytes",
    "SaysWhere": "the same page gives the same bytes",
    "Appends": "the same page gives the same bytes",
    "WritesAsItGoes": "a failure keeps the old file",
    "LeavesAPart": "a failure leaves nothing behind",
    "PassesOverFailures": "a failure is told",
    "FolderUnchecked": "a missing folder is refused",
    "MakesTheFolder": "a missing folder is refused",
    "OrderOfHashes": "another process gives the same bytes",
    "LoadsKeras": "writing loads no training framework",
}


def test_a_small_exporter_keeps_the_contract() -> None:
    check_exporter(broken_exporters.Sound())


@pytest.mark.parametrize("name", BROKEN)
def test_an_exporter_that_breaks_one_clause_is_told_which(name: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_exporter(broken_exporters.exporter(name))
    assert str(caught.value).startswith(BROKEN[name])


def test_a_module_that_cannot_be_imported_alone_is_told_with_its_error() -> None:
    with pytest.raises(AssertionError, match=r"works in a process of its own: .*no_such_module"):
        fresh_process.frameworks_loaded_by("import no_such_module")


def test_a_fresh_process_hashes_differently_where_the_seed_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    seen = tmp_path / "hashes"
    for _ in range(2):
        fresh_process.frameworks_loaded_by(f"print(hash('a'), file=open({str(seen)!r}, 'a'))")
    first, second = seen.read_text().split()
    assert first != second


def test_there_is_a_broken_exporter_for_every_clause() -> None:
    assert missing(BROKEN.values(), exporter) == []
