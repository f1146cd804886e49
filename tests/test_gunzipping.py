"""gzip files decompressed in a thread give what Python's own `gzip` gives, and leave no thread."""

from __future__ import annotations

import gzip
import itertools
import random
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsynth.datasets import gunzipping
from hwsynth.datasets.gunzipping import open_gunzipped

NOISE = random.Random(3).randbytes(50_000)
"""Does not compress, so that it makes many pieces on either side."""


@pytest.fixture
def in_small_pieces(monkeypatch):
    monkeypatch.setattr(gunzipping, "PIECE", 700)
    monkeypatch.setattr(gunzipping, "_COMPRESSED", 300)


def read(path: Path, size: int = 512) -> bytes:
    with open_gunzipped(path) as file:
        return b"".join(iter(lambda: file.read(size), b""))


def written(folder: Path, data: bytes) -> Path:
    path = folder / "some.gz"
    path.write_bytes(data)
    return path


@settings(max_examples=50)
@given(
    members=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    padding=st.integers(0, 50),
    piece=st.integers(1, 400),
    compressed=st.integers(1, 60),
    size=st.integers(1, 500),
)
def test_whatever_gzip_reads_is_read_alike(
    tmp_path_factory, members, padding, piece, compressed, size
):
    data = b"".join(map(gzip.compress, members)) + bytes(padding)
    path = written(tmp_path_factory.mktemp("gz"), data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gunzipping, "PIECE", piece)
        patch.setattr(gunzipping, "_COMPRESSED", compressed)
        assert read(path, size) == b"".join(members) == gzip.decompress(data)


@pytest.mark.usefixtures("in_small_pieces")
def test_a_reading_gives_no_more_than_was_asked_for(tmp_path):
    with open_gunzipped(written(tmp_path, gzip.compress(NOISE))) as file:
        lengths = {len(file.read(100)) for _ in range(99)}
    assert max(lengths) == 100
    assert min(lengths) >= 1


@pytest.mark.parametrize("kept", [3, 12, 1000, -9, -4, -1])
@pytest.mark.usefixtures("in_small_pieces")
def test_a_file_cut_short_is_noticed(tmp_path, kept):
    path = written(tmp_path, gzip.compress(NOISE)[:kept])
    with pytest.raises(EOFError, match="too early"):
        read(path)


@pytest.mark.parametrize("place", [0, 2, 20_000, -8, -1])
@pytest.mark.usefixtures("in_small_pieces")
def test_damage_is_noticed_also_of_the_checksum(tmp_path, place):
    data = bytearray(gzip.compress(NOISE))
    data[place] ^= 0xFF
    with pytest.raises((zlib.error, EOFError)):
        read(written(tmp_path, bytes(data)))


def test_garbage_behind_the_data_is_noticed(tmp_path):
    with pytest.raises(zlib.error):
        read(written(tmp_path, gzip.compress(b"good") + b"\0\0garbage"))


@pytest.mark.usefixtures("in_small_pieces")
def test_what_unpacks_to_much_is_unpacked_in_pieces(tmp_path):
    path = written(tmp_path, gzip.compress(bytes(10**6)))
    with path.open("rb") as file:
        pieces = list(itertools.islice(gunzipping._pieces(file), 100))
    assert {len(piece) for piece in pieces} == {700}


@pytest.mark.usefixtures("in_small_pieces")
def test_no_thread_is_left_when_reading_ends_early(tmp_path):
    before = threading.active_count()
    with open_gunzipped(written(tmp_path, gzip.compress(NOISE))) as file:
        file.read(10)
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
