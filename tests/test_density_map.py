from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hwsynth import DataError, Ink, Task, UsageError
from hwsynth.conditions import Conditions
from hwsynth.density_map import DensityMap, density_map, draw_density_maps
from hwsynth.experiment import load
from hwsynth.model import HandwritingModel
from hwsynth.normalisation import Normalisation
from hwsynth.run_folder import RunRecord
from hwsynth.styles import Style
from hwsynth.writing import Line, TextWriter
from small_corpus import plugins, wave

CHARSET = " .abeln"
LETTERS = Normalisation(mean=(8.0, 0.0), sd=(42.0, 36.0))


@pytest.fixture(scope="module")
def loaded(trained_run: Path) -> tuple[RunRecord, HandwritingModel]:
    return load(trained_run, plugins())


@pytest.fixture
def ink() -> Ink:
    return Ink(wave(3, 12))


def test_the_densities_of_all_points_add_up_to_their_number(loaded, ink) -> None:
    record, model = loaded

    found = density_map(model, record.normalisation, ink, pixel=1.0, reach=10)

    assert found.values.sum() * found.pixel**2 == pytest.approx(len(ink) - 1, rel=0.02)


def test_a_map_is_the_sum_of_the_maps_of_its_points(loaded, ink) -> None:
    record, model = loaded
    whole = density_map(model, record.normalisation, ink, pixel=2.0)
    summed = np.zeros_like(whole.values)

    for point in range(len(ink) - 1):
        after = slice(point, point + 1)
        one = density_map(model, record.normalisation, ink, pixel=2.0, after=after)
        column, row = (round((a - b) / 2.0) for a, b in zip(one.corner, whole.corner, strict=True))
        height, width = one.values.shape
        summed[row : row + height, column : column + width] += one.values

    np.testing.assert_allclose(summed, whole.values, rtol=1e-4, atol=1e-8)


def test_a_map_has_the_heads_density_at_its_place(loaded, ink) -> None:
    from keras import ops

    record, model = loaded
    normalisation = record.normalisation
    # So small that density is all but constant within a pixel.
    found = density_map(model, normalisation, ink, pixel=0.05, after=slice(4, 5), reach=0.2)
    rows = normalisation.rows(ink.offsets())
    rows[0] = 0
    params = model.unroll(rows[None])[0][0, 4]
    row, column = 7, 11
    x, y = (
        corner + (index + 0.5) * 0.05
        for corner, index in zip(found.corner, (column, row), strict=True)
    )
    offset = (np.array([x, y]) - ink.points[4, :2] - normalisation.mean) / normalisation.sd
    expected = float(ops.convert_to_numpy(model.head.density(params, offset.astype(np.float32))))

    expected /= normalisation.sd[0] * normalisation.sd[1]
    assert found.values[row, column] == pytest.approx(expected, rel=1e-3)


def test_ink_of_one_point_has_nothing_to_expect(loaded) -> None:
    record, model = loaded

    with pytest.raises(DataError, match="no points before its last"):
        density_map(model, record.normalisation, Ink(wave(0, 1)), pixel=1.0)


def text_model(text: str) -> HandwritingModel:
    from hwsynth.aligned_text import Units
    from hwsynth.model import build_model
    from hwsynth.run_options import ModelOptions
    from hwsynth_lstm import LSTM
    from hwsynth_mdn import MDN

    return build_model(
        LSTM(units=8),
        MDN(mixtures=3),
        ModelOptions(text=text, embedding=2, window_components=2, window_step=0.2, writer=2),
        task=Task(LETTERS.unit, marks=Conditions(text).marks, charset=CHARSET),
        units=Units(LETTERS.mean[1], LETTERS.sd[1], 100.0),
        writers=2,
        seed=3,
    )


@pytest.mark.parametrize(("text", "borrowed"), [("aligned", ""), ("aligned", "an"), ("window", "")])
@pytest.mark.parametrize("point", [0, 4])
def test_along_a_text_the_density_is_that_of_which_it_was_drawn(text, borrowed, point) -> None:
    from keras import ops

    own, other = (np.array(each, np.float32) for each in ([1.0, -1.0], [-2.0, 0.5]))
    model, style = text_model(text), Style(own, dict.fromkeys(borrowed, other))
    writer = TextWriter(model, LETTERS, Conditions(text, CHARSET, ("ann", "ben")))
    line = Line("anneal", style, (0,))
    (track,) = writer.draw([line], bias=0, seed=4)
    rows, told = track.rows, writer.told(writer.ink(line, track), style)
    params, state = None, model.initial_state(1)
    first = np.zeros_like(rows[:1])
    for row in np.concatenate([first, rows])[: point + 1, : model.features]:
        params, state = model.step(row[None], state, told.given)

    # So small that density is all but constant within a pixel.
    place = slice(point, point + 1)
    found = density_map(
        model, LETTERS, told.ink, pixel=0.5, reach=0.1, after=place, given=told.given
    )

    row, column = 3, 5
    middle = np.array(found.corner) + (np.array([column, row]) + 0.5) * found.pixel
    offset = (middle - told.ink.points[point, :2] - LETTERS.mean) / LETTERS.sd
    expected = float(ops.convert_to_numpy(model.head.density(params[0], offset.astype("float32"))))
    expected /= LETTERS.sd[0] * LETTERS.sd[1]
    assert found.values[row, column] == pytest.approx(expected, rel=1e-3)


def test_a_line_without_ends_of_characters_is_refused_by_a_model_that_is_told_them(ink) -> None:
    with pytest.raises(DataError, match="does not say where its characters end"):
        density_map(text_model("aligned"), LETTERS, ink, pixel=10.0)


def test_a_head_without_density_is_named(loaded, ink, monkeypatch) -> None:
    from hwsynth.layers import OutputHead

    record, model = loaded
    monkeypatch.setattr(type(model.head), "density", OutputHead.density)

    with pytest.raises(UsageError, match="MixtureDensityHead gives no density"):
        density_map(model, record.normalisation, ink, pixel=1.0)


def test_maps_are_drawn_pixel_by_pixel_one_below_the_other(loaded, ink, tmp_path) -> None:
    import matplotlib.image

    record, model = loaded
    found = density_map(model, record.normalisation, ink, pixel=3.0)

    draw_density_maps([found, found], tmp_path / "a.png")

    picture = matplotlib.image.imread(tmp_path / "a.png")
    rows, columns = found.values.shape
    assert picture.shape[:2] == (2 * rows, columns)
    np.testing.assert_array_equal(picture[:rows], picture[rows:])
    brightest = np.unravel_index(picture[:rows, :, :3].sum(axis=2).argmax(), (rows, columns))
    assert found.values[brightest] > 0.9 * found.values.max()


def test_ink_is_drawn_over_its_own_map_and_nowhere_else(tmp_path) -> None:
    import matplotlib.image

    maps = [DensityMap(np.ones((40, 60)), (corner, 0.0), 2.0) for corner in (0.0, 100.0)]
    stroke = Ink(np.array([[10, 20, 0], [90, 20, 1]], np.float32))
    dot = Ink(np.array([[160, 60, 1]], np.float32))
    for name, inks in (("with", [stroke, dot]), ("without", None)):
        draw_density_maps(maps, tmp_path / f"{name}.png", inks)

    pictures = [matplotlib.image.imread(tmp_path / f"{n}.png") for n in ("with", "without")]
    assert pictures[0].shape == pictures[1].shape == (80, 60, 4)
    rows, columns = np.nonzero((np.abs(pictures[0] - pictures[1]) > 0.01).any(axis=2))
    upper = rows < 40
    assert {*range(6, 44)} <= {*columns[upper]} <= {*range(3, 47)}
    assert {*rows[upper]} <= {8, 9, 10, 11}
    assert {*rows[~upper]} <= {*range(67, 74)}
    assert {30} <= {*columns[~upper]} <= {*range(27, 34)}


@pytest.mark.parametrize("shape", [(29, 57), (58, 115), (60, 120)])
def test_maps_of_any_size_are_drawn_to_their_edges(shape, tmp_path) -> None:
    import matplotlib.image

    values = np.zeros(shape)
    values[0, 0] = values[-1, -1] = 1.0

    draw_density_maps([DensityMap(values, (0.0, 0.0), 1.0)], tmp_path / "a.png")

    picture = matplotlib.image.imread(tmp_path / "a.png")
    assert picture.shape[:2] == shape
    bright = picture[..., :3].sum(axis=2) > 1
    np.testing.assert_array_equal(bright, values > 0)


def test_a_heat_map_is_a_png(loaded, tmp_path) -> None:
    with pytest.raises(UsageError, match=r"a heat map is a \.png file"):
        draw_density_maps([], tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())
