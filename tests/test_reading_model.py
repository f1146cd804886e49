"""Models that see lines whole: both ways, and convolutions ahead of their cores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from arrays import numpy_of
from hwsynth import Task, UsageError
from hwsynth.run_options import ModelOptions
from hwsynth_ctc import CTC
from hwsynth_lru import LRU
from hwsynth_lstm import LSTM
from hwsynth_mdn import MDN

TASK = Task((0.1, 0.1), charset="abc")
CORES = {"lstm": LSTM(units=5), "lru": LRU(units=5, states=4)}
LENGTHS = np.array([11, 6])


def _model(core: Any = CORES["lstm"], **options: Any) -> Any:
    from hwsynth.reading_model import build_reading_model

    return build_reading_model(core, CTC(), ModelOptions(**options), task=TASK, seed=3)


def _batch(seed: int = 0, steps: int = 11) -> dict[str, np.ndarray]:
    rows = np.random.default_rng(seed).standard_normal((2, 11, 5)).astype(np.float32)
    mask = np.arange(steps) < LENGTHS[:, None]
    inputs = np.zeros((2, steps, 5), np.float32)
    inputs[:, :11] = rows
    return {"inputs": inputs * mask[..., None], "mask": mask, "labels": np.array([[1, 2], [3, 0]])}


def _near(got: Any, wanted: Any) -> None:
    np.testing.assert_allclose(numpy_of(got), numpy_of(wanted), rtol=0, atol=1e-5)


def test_lines_are_turned_round_within_their_own_steps() -> None:
    from hwsynth.both_ways import turning

    x = np.arange(2 * 4 * 1, dtype=np.float32).reshape(2, 4, 1)
    turned = numpy_of(turning(np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool))(x))[..., 0]
    assert turned.tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]


@pytest.mark.parametrize("core", CORES)
def test_the_way_back_is_the_core_over_each_line_from_its_end(core: str) -> None:
    from hwsynth.both_ways import BothWays

    both = BothWays(CORES[core].build(seed=1, name="a"), CORES[core].build(seed=2, name="b"))
    both.build(5)
    batch = _batch()
    outputs = numpy_of(both(batch["inputs"], batch["mask"]))
    for line, length in enumerate(LENGTHS):
        own = batch["inputs"][line : line + 1, :length]
        _near(outputs[line : line + 1, :length, :5], both.onwards(own)[0])
        back = numpy_of(both.back(own[:, ::-1].copy())[0])[:, ::-1]
        _near(outputs[line : line + 1, :length, 5:], back)


def test_convolutions_are_as_their_sums_say() -> None:
    from hwsynth.convolution import Convolutions

    layer = Convolutions(channels=3, seed=1, name="convolution")
    layer.build((None, None, 5))
    batch = _batch()
    found, frames = layer(batch["inputs"], batch["mask"])
    assert numpy_of(frames).sum(axis=1).tolist() == [6, 3]
    kernels = [numpy_of(kernel).reshape(5, -1, kernel.shape[1]) for kernel in layer.kernels]
    line = batch["inputs"][1, :6].astype(np.float64)
    for kernel, stride in zip(kernels, (1, 2), strict=True):
        padded = np.pad(line, ((2, 2), (0, 0)))
        line = np.stack(
            [
                np.maximum(np.einsum("wi,wio->o", padded[place : place + 5], kernel), 0)
                for place in range(0, len(line), stride)
            ]
        )
    _near(numpy_of(found)[1, :3], line)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bidirectional": True, "layers": 2},
        {"bidirectional": True, "convolution": 4, "skips": False},
        {"convolution": 4, "layers": 2},
    ],
)
@pytest.mark.parametrize("core", CORES)
def test_padding_changes_nothing(core: str, options: dict[str, Any]) -> None:
    model, few, more = _model(CORES[core], **options), _batch(), _batch(steps=16)
    params, padded = numpy_of(model(few)), numpy_of(model(more))
    frames = numpy_of(model.frames(few["mask"]))
    _near(padded[:, : frames.shape[1]][frames], params[frames])
    _near(model.losses_of(padded, more), model.losses_of(params, few))


def test_a_line_is_the_same_alone_and_beside_others() -> None:
    model, batch = _model(bidirectional=True, convolution=4), _batch()
    alone = {name: array[1:] for name, array in batch.items()}
    _near(model(alone)[:, :3], numpy_of(model(batch))[1:, :3])


def test_weights_of_both_ways_have_names_of_their_own() -> None:
    names = _model(bidirectional=True, convolution=4, layers=2).variables_to_keep()
    starts = {name.split("/")[1] for name in names}
    assert starts == {"convolution", "core_1", "core_1_back", "core_2", "core_2_back", "head"}


def test_a_head_that_foretells_point_by_point_is_refused_both_ways_and_convolutions() -> None:
    from hwsynth.model import build_model

    for options in (ModelOptions(bidirectional=True), ModelOptions(convolution=2)):
        with pytest.raises(UsageError, match=r"see a line whole.*head 'mdn'.*--head ctc"):
            build_model(CORES["lstm"], MDN(), options, task=TASK)


def test_a_reader_is_told_no_text() -> None:
    with pytest.raises(UsageError, match=r"model\.text=aligned.*reads; leave it out"):
        _model(text="aligned")


def test_noise_is_on_the_offsets_in_training_alone() -> None:
    from hwsynth.offset_noise import OffsetNoise

    rows = _batch()["inputs"]
    layer = OffsetNoise(0.5, seed=1)
    changed = numpy_of(layer(rows, training=True)) - rows
    assert 0.2 < changed[..., :2].std() < 0.8
    assert not changed[..., 2:].any()
    np.testing.assert_array_equal(numpy_of(layer(rows)), rows)

    noisy, clean = (_model(noise=noise, convolution=4) for noise in (0.5, 0.0))
    _near(noisy(_batch()), clean(_batch()))
    difference = numpy_of(noisy(_batch(), training=True)) - numpy_of(clean(_batch()))
    assert np.abs(difference).max() > 1e-3
