from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hwsynth.atomic import write_whole
from hwsynth.errors import HwsynthError


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A real refusal of the system's, in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_new_file_holds_what_was_written(tmp_path):
    with write_whole(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_nothing_is_seen_at_the_path_before_the_end(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    with write_whole(file) as temporary:
        temporary.write_text("new")
        assert file.read_text() == "old"
        assert temporary.parent == file.parent
    assert file.read_text() == "new"


def test_a_failing_body_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")

    def write_half_and_fail() -> None:
        with write_whole(file) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half_and_fail()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_the_system_refuses_is_a_clear_error_and_changes_nothing(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    with (
        pytest.raises(HwsynthError, match=r"a\.txt cannot be written: File too large") as caught,
        files_no_larger_than(1000),
        write_whole(file) as temporary,
    ):
        temporary.write_bytes(bytes(2000))
    assert "nothing was changed. Make room" in str(caught.value)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_folder_is_named_with_what_to_do(tmp_path):
    with (
        pytest.raises(HwsynthError, match=r"Make the folder .*/missing first"),
        write_whole(tmp_path / "missing" / "a.txt"),
    ):
        pytest.fail("the body must not run")


def test_a_folder_in_the_place_of_the_file_is_refused_before_the_work(tmp_path):
    with (
        pytest.raises(HwsynthError, match="not an ordinary file"),
        write_whole(tmp_path),
    ):
        pytest.fail("the body must not run")


def test_a_device_is_never_replaced(tmp_path):
    link = tmp_path / "stdout"
    link.symlink_to(os.devnull)
    with (
        pytest.raises(HwsynthError, match="not an ordinary file"),
        write_whole(link),
    ):
        pytest.fail("the body must not run")


def test_a_link_stays_a_link_to_the_new_content(tmp_path):
    target = tmp_path / "target.txt"
    target.write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    with write_whole(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_permissions_are_those_of_an_ordinary_new_file(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    with write_whole(tmp_path / "whole") as temporary:
        temporary.write_text("x")
    assert (tmp_path / "whole").stat().st_mode == ordinary.stat().st_mode


def test_a_name_as_long_as_names_can_be_is_written(tmp_path):
    file = tmp_path / ("a" * 251 + ".txt")
    with write_whole(file) as temporary:
        temporary.write_text("x")
    assert file.exists()


def test_a_failure_at_another_file_is_not_blamed_on_this_one(tmp_path):
    with pytest.raises(FileNotFoundError), write_whole(tmp_path / "a.txt"):
        Path(tmp_path / "other").read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_file_is_not_taken_for_a_finished_one(tmp_path):
    with write_whole(tmp_path / "a.json") as temporary:
        temporary.write_text("half")
        assert list(tmp_path.glob("*.json")) == []
