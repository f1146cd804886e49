"""Data that have moved: a run goes on where --data says, and keeps the place."""

from __future__ import annotations

import shutil
from pathlib import Path

from hwsynth.experiment import resume, start
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import Budget
from small_corpus import Formula, experiment, plugins


class Filed(Formula):
    """The formula, from a folder that must be there."""

    name = "filed"
    needs_path = True

    def sources(self, path: Path | None) -> list[Path]:
        assert path is not None
        return [path / "lines.txt"]


def test_the_new_place_of_data_that_moved_is_kept(tmp_path, monkeypatch):
    import dataclasses

    from hwsynth.plugins import Found

    monkeypatch.setenv("HWSYNTH_CACHE", str(tmp_path / "cache"))
    ours = plugins()
    source = next(found.source for found in ours.found if found.component is Formula)
    ours = dataclasses.replace(ours, found=(*ours.found, Found("dataset", Filed, source)))
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (old / "lines.txt").write_text("here")
    fields = experiment(dataset=Filed(), data=old, budget=Budget(steps=1))
    assert start(fields, tmp_path / "run", ours).train().step == 1
    shutil.move(old, new)
    assert resume(tmp_path / "run", ours, budget=Budget(steps=2), data=new).train().step == 2
    record = RunFolder(tmp_path / "run").record()
    assert record.data.path == str(new)
    assert record.data.splits == {"learn": 8, "check": 2, "keep": 2}
    assert resume(tmp_path / "run", ours).finished
