"""Where a model expected the pen along a line, as a heat map (Graves 2013, fig. 10).

Each point of a line gives the head's density of the next offset; laid on the page around the
point that it starts from, these densities add up to the points that are expected at a place.

Axis names: points (of one line), rows and columns (of pixels; y runs downwards).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.atomic import write_whole
from hwsynth.errors import DataError, UsageError
from hwsynth.ink import Ink
from hwsynth.normalisation import Normalisation

if TYPE_CHECKING:
    from hwsynth.layers import OutputHead
    from hwsynth.model import HandwritingModel

REACH = 5.0
"""Standard deviations of all offsets, from a point, within which its density is computed; where
the pen is lifted some of it lies farther."""
FINER = 2
"""Places in each direction at which the density within a pixel is averaged."""
DECADES = 3.5
"""What is so many powers of ten below the highest is black."""
PIXELS_A_LINE = 160
"""Of a heat map, in the corpus's median line height."""
_INK, _WIDTH = "#22d3ee", 1.5 * 72
"""Colour and width of what was written, over a map; matplotlib has 72 points an inch, which here
is a pixel."""
_STROKE: dict[str, Any] = {"color": _INK, "linewidth": _WIDTH}
_DOT: dict[str, Any] = {"color": _INK, "marker": "o", "markersize": 2 * _WIDTH, "linestyle": ""}


@dataclass(frozen=True)
class DensityMap:
    """Expected points per square corpus unit."""

    values: NDArray[np.float64]
    """(rows, columns)."""
    corner: tuple[float, float]
    """Left and top, in corpus units."""
    pixel: float
    """Side of a pixel, in corpus units."""

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top, as matplotlib has them, in corpus units."""
        rows, columns = self.values.shape
        left, top = self.corner
        return left, left + columns * self.pixel, top + rows * self.pixel, top


def density_map(
    model: HandwritingModel,
    normalisation: Normalisation,
    ink: Ink,
    *,
    pixel: float,
    after: slice = slice(None),
    reach: float = REACH,
    given: Mapping[str, NDArray] | None = None,
) -> DensityMap:
    """What the model expected next at each point of `ink`, told all points up to it.

    pixel: side of a pixel, in corpus units. after: of which points only; by default of all but
    the last. reach: standard deviations of all offsets, from a point, within which its density is
    computed. given: what a model that learnt text is told of this one line (`TextWriter.told`,
    which gives its `ink` too). Raises DataError where there are no points, or ends of characters
    are not known that the model is told; UsageError where its head has no density to draw.
    """
    check_gives_density(model)
    points = ink.points[:-1, :2].astype(np.float64)[after]
    if len(points) == 0:
        raise DataError(f"{ink!r} has no points before its last in {after}; give more points")
    params = _parameters(model, normalisation, ink, given)[:-1][after]
    windows = _windows(points, normalisation, pixel, reach)
    first = windows.corners.min(axis=0)
    columns, rows = (windows.corners.max(axis=0) - first + windows.size).tolist()
    page = np.zeros((rows, columns))
    offsets = (windows.grid(i) - point for i, point in enumerate(points))
    grids = ((offset - normalisation.mean) / normalisation.sd for offset in offsets)
    densities = _densities(model, params, grids)
    for (column, row), density in zip(windows.corners - first, densities, strict=True):
        page[row : row + density.shape[0], column : column + density.shape[1]] += density
    # From normalised units to corpus units.
    page /= normalisation.sd[0] * normalisation.sd[1]
    left, top = (first * pixel).tolist()
    return DensityMap(page, (left, top), pixel)


@dataclass(frozen=True)
class _Windows:
    """The part of the page around each point, all of one size, on one lattice of pixels."""

    corners: NDArray[np.int64]
    """(points, 2): column and row of each window's upper left pixel."""
    size: NDArray[np.int64]
    """(2,): columns and rows."""
    pixel: float

    def grid(self, point: int) -> NDArray[np.float64]:
        """(FINER·rows, FINER·columns, 2): places on the page, in corpus units."""
        x, y = ((np.arange(n * FINER) + 0.5) / FINER for n in self.size)
        within = np.stack(np.meshgrid(x, y), axis=-1)
        places: NDArray[np.float64] = (self.corners[point] + within) * self.pixel
        return places


def _windows(
    points: NDArray[np.float64], normalisation: Normalisation, pixel: float, reach: float
) -> _Windows:
    half = reach * np.array(normalisation.sd)
    size = np.ceil(2 * half / pixel).astype(np.int64) + 1
    corners = np.floor((points + normalisation.mean - half) / pixel).astype(np.int64)
    return _Windows(corners, size, pixel)


def _parameters(
    model: HandwritingModel,
    normalisation: Normalisation,
    ink: Ink,
    given: Mapping[str, NDArray] | None,
) -> NDArray[np.float32]:
    """(points, params): what the model says after each point."""
    from keras import ops

    rows = normalisation.rows(ink.offsets())
    if model.head.marks == 2:
        if ink.char_end is None:
            raise DataError(
                f"{ink!r} does not say where its characters end, which this model is told; give a "
                "line that it wrote, or align it: hwsynth align"
            )
        rows = np.column_stack([rows, ink.char_end]).astype(np.float32)
    # Before the first point nothing is known, and so a model is trained.
    rows[0] = 0
    found = model.unroll(rows[None], given=given)[0]
    parameters: NDArray[np.float32] = ops.convert_to_numpy(found)[0]
    return parameters


def check_gives_density(model: HandwritingModel) -> None:
    """Raises UsageError where the model's head has no density to draw."""
    from hwsynth.layers import OutputHead

    if type(model.head).density is OutputHead.density:
        raise UsageError(f"{type(model.head).__name__} gives no density that could be drawn")


def _densities(
    model: HandwritingModel, params: NDArray[np.float32], grids: Iterable[NDArray[np.float64]]
) -> Iterator[NDArray[np.float64]]:
    """params (points, params), grids (FINER·rows, FINER·columns, 2) of normalised offsets, one a
    point -> the mean density (rows, columns) within each pixel, one a point."""
    from keras import ops

    density = _compiled(model.head)
    for point, grid in zip(params, grids, strict=True):
        finer = ops.convert_to_numpy(density(point[None, None], grid.astype(np.float32)))
        rows, columns = (length // FINER for length in finer.shape)
        blocks = finer.astype(np.float64).reshape(rows, FINER, columns, FINER)
        yield blocks.mean(axis=(1, 3))


@functools.lru_cache(maxsize=1)
def _compiled(head: OutputHead) -> Any:
    """The head's density, kept: compiling takes longer than a line."""
    from hwsynth import backend

    return backend.compiled(head.density, head.variables)


def draw_density_maps(
    maps: Sequence[DensityMap], path: Path, inks: Sequence[Ink] | None = None
) -> None:
    """Draws maps one below the other as a PNG: the brighter, the more expected.

    inks: what was written, one a map, to be drawn over it; None: nothing is. Colours go by the
    logarithm, over `DECADES` powers of ten. The file is written whole or not at all. Raises
    UsageError where `path` does not end in .png.
    """
    from matplotlib.image import imsave

    check_ending(path)
    picture = _picture(maps)
    if inks is not None:
        picture = _with_ink(picture, maps, inks)
    with write_whole(path) as temporary:
        imsave(temporary, picture, format="png")


def check_ending(path: Path) -> None:
    """Raises UsageError where a heat map cannot be written to such a file."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"a heat map is a .png file, not '{path.name}'; rename it")


def _picture(maps: Sequence[DensityMap]) -> NDArray[np.uint8]:
    """(rows, columns, 4), red, green, blue and alpha: one pixel of a map is one of the picture."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    widest = max(each.values.shape[1] for each in maps)
    sheet = np.concatenate(
        [np.pad(each.values, ((0, 0), (0, widest - each.values.shape[1]))) for each in maps]
    )
    top = float(sheet.max())
    scale = LogNorm(top / 10**DECADES, top, clip=True)
    picture: NDArray[np.uint8] = colormaps["inferno"](scale(sheet), bytes=True)
    return picture


def _with_ink(
    picture: NDArray[np.uint8], maps: Sequence[DensityMap], inks: Sequence[Ink]
) -> NDArray[np.uint8]:
    """The picture (rows, columns, 4) of maps, each with its ink over it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, columns = picture.shape[:2]
    # At one dot an inch sizes are whole numbers, and no row or column is lost to rounding.
    figure = Figure(figsize=(columns, rows), dpi=1)
    canvas = FigureCanvasAgg(figure)
    figure.figimage(picture, origin="upper", zorder=-1)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, columns), ylim=(rows, 0))
    axes.axis("off")
    top = 0
    for each, ink in zip(maps, inks, strict=True):
        for stroke in ink.strokes():
            x, y = ((stroke - each.corner) / each.pixel + (0, top)).T
            axes.plot(x, y, **(_DOT if len(stroke) == 1 else _STROKE))
        top += each.values.shape[0]
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).copy()
