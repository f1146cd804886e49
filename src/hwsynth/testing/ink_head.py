"""What an output head that learns ink is held to: loss, density and samples agree."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.testing.comparing import equal, fail, form_of, near, numbers

if TYPE_CHECKING:
    from hwsynth.layers import OutputHead

AXIS = np.linspace(-7.6, 7.6, 401)
"""(401,): places whose sinh are the grid's coordinates: dense about 0, and out to ±1000."""

INTEGRAL = 0.01
"""Largest difference of an integral from 1."""

SAMPLES = 4000
"""Rows that are drawn, all from the same parameters."""

STANDARD_ERRORS = 5
"""How far statistics of samples may lie from what the loss says; by chance once in a million."""

GRID = 0.005
"""Largest error of a statistic that is summed over the grid."""


def check(head: OutputHead, params: NDArray[np.float32], seed: int) -> None:
    """params (batch, params): of points, at each of which loss and samples are compared."""
    _loss_has_a_value_a_point(head, params)
    _samples_are_rows(head, params, seed)
    for point in params:
        law = _law(head, point)
        _loss_is_of_a_density(law)
        _density_is_the_losss(head, point, law)
        _samples_are_as_the_loss_says(head, point, law, seed)
        _squared_errors_are_from_the_mean(head, point, law)
        _bias_draws_likelier_rows(head, point, seed)


@dataclass(frozen=True)
class _Law:
    """What the loss says of rows at a point, on a grid of offsets for each set of marks."""

    rows: NDArray[np.float32]
    """(sets of marks, cells, 2 + marks)."""
    nats: NDArray[np.float64]
    """(sets of marks, cells)."""
    area: NDArray[np.float64]
    """(cells,)."""

    @property
    def share(self) -> NDArray[np.float64]:
        """(sets of marks, cells): probability of each cell."""
        return np.exp(-self.nats) * self.area

    def mean(self, values: NDArray) -> NDArray[np.float64]:
        """Expectation of values (sets of marks, cells, ...)."""
        there = self.share > 0  # Far out a loss may be infinite.
        return np.tensordot(self.share[there], values[there], axes=1)


def _law(head: OutputHead, point: NDArray[np.float32]) -> _Law:
    x, y = np.meshgrid(np.sinh(AXIS), np.sinh(AXIS), indexing="ij")
    width = np.cosh(AXIS) * (AXIS[1] - AXIS[0])
    offsets = np.stack([x.ravel(), y.ravel()], axis=-1)
    rows = np.stack(
        [
            np.concatenate([offsets, np.tile(marks, (len(offsets), 1))], axis=-1)
            for marks in itertools.product((0, 1), repeat=head.marks)
        ]
    ).astype(np.float32)
    nats = np.stack([numbers(head.loss(point, each)) for each in rows])
    return _Law(rows, nats, np.outer(width, width).ravel())


def _loss_has_a_value_a_point(head: OutputHead, params: NDArray[np.float32]) -> None:
    """loss: params (..., params), targets (..., 2 + marks) -> (...), in float32."""
    for shape in ((len(params), 1), (len(params),)):
        given = params.reshape(*shape, -1)
        nats = head.loss(given, np.zeros((*shape, 2 + head.marks), np.float32))
        equal("loss: shape and type", form_of([nats]), [(shape, "float32")])


def _samples_are_rows(head: OutputHead, params: NDArray[np.float32], seed: int) -> None:
    """Rows (batch, 2 + marks), which parameters, noise and bias decide, line by line."""
    from hwsynth.backend import compiled

    noise = _noise(head, len(params), seed)
    drawn = _sample(head, params, noise)
    wanted = [((len(params), 2 + head.marks), "float32")]
    equal("sample: shape and type of rows", form_of([head.sample(params, noise, 0.0)]), wanted)
    program = compiled(head.sample, head.variables)
    again = numbers(program(params, noise, np.float32(0)))
    near("sample: decided by parameters, noise and bias alone", again, drawn, 1e-5)
    alone = _sample(head, params[:1], noise[:1])
    near("sample: lines do not depend on each other", alone, drawn[:1], 1e-5)
    noise[0], noise[1] = 0, np.nextafter(np.float32(1), np.float32(0))
    ends = _sample(head, params, noise)
    if not np.isfinite(ends).all():
        fail("sample: finite for uniforms of 0 and just below 1", f"rows are {ends.tolist()}")


def _noise(head: OutputHead, count: int, seed: int) -> NDArray[np.float32]:
    """(count, 3 + marks): uniforms for component and marks, two standard normals."""
    rng = np.random.default_rng([seed, 10])
    uniforms, normals = rng.random((count, 1 + head.marks)), rng.standard_normal((count, 2))
    return np.concatenate([uniforms, normals], axis=1).astype(np.float32)


def _sample(
    head: OutputHead, params: NDArray[np.float32], noise: NDArray[np.float32], bias: float = 0.0
) -> NDArray[np.float64]:
    return numbers(head.sample(params, noise, np.float32(bias)))


def _draw(
    head: OutputHead, point: NDArray[np.float32], seed: int, bias: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows (SAMPLES, 2 + marks) drawn at a point, and their nats (SAMPLES,)."""
    params = np.tile(point, (SAMPLES, 1))
    rows = _sample(head, params, _noise(head, SAMPLES, seed), bias)
    return rows, numbers(head.loss(params, rows.astype(np.float32)))


def _loss_is_of_a_density(law: _Law) -> None:
    """exp(−loss), summed over offsets and marks, is 1."""
    whole = float(law.share.sum())
    if not abs(whole - 1) <= INTEGRAL:
        fail(
            "exp(−loss) integrates to 1",
            f"to {whole:.4g} over offsets out to ±1000 and all marks, allowed is ±{INTEGRAL}",
        )


def _density_is_the_losss(head: OutputHead, point: NDArray[np.float32], law: _Law) -> None:
    """density(params, grid) is exp(−loss), summed over marks; for heads that give it."""
    density: Any = getattr(head, "density", None)
    if density is not None:
        summed = np.exp(-law.nats).sum(axis=0)
        near(
            "density is exp(−loss) summed over marks",
            density(point, law.rows[0, :, :2]),
            summed,
            1e-3,
        )


def _samples_are_as_the_loss_says(
    head: OutputHead, point: NDArray[np.float32], law: _Law, seed: int
) -> None:
    """Their mean nats, the share of each set of marks, and of each quarter in x and y."""
    rows, nats = _draw(head, point, seed)
    if not np.isin(rows[:, 2:], (0, 1)).all():
        fail("sample: marks are 0 or 1", f"there are {np.unique(rows[:, 2:])[:5].tolist()}")
    statistics: dict[str, tuple[NDArray, NDArray]] = {"mean nats": (law.nats, nats)}
    for mark in range(head.marks):
        statistics[f"share of mark {mark}"] = (law.rows[..., 2 + mark], rows[:, 2 + mark])
    for axis, name in enumerate(("Δx", "Δy")):
        for quarter in np.quantile(rows[:, axis], (0.25, 0.5, 0.75)):
            # Between two places of the grid, so that both sums cut at the same place.
            cut = np.sinh(AXIS[np.searchsorted(np.sinh(AXIS), quarter)] - (AXIS[1] - AXIS[0]) / 2)
            statistics[f"share of {name} < {cut:.3g}"] = (
                law.rows[..., axis] < cut,
                rows[:, axis] < cut,
            )
    for what, (expected, found) in statistics.items():
        _agree(what, float(law.mean(expected)), found)


def _agree(what: str, expected: float, found: NDArray) -> None:
    got = float(found.mean())
    allowed = STANDARD_ERRORS * float(found.std()) / np.sqrt(len(found)) + GRID
    if not abs(got - expected) <= allowed:
        fail(
            "samples are as the loss says",
            f"{what} is {got:.4g} in {len(found)} rows and {expected:.4g} by the loss, allowed "
            f"is a difference of {allowed:.2g}",
        )


def _squared_errors_are_from_the_mean(
    head: OutputHead, point: NDArray[np.float32], law: _Law
) -> None:
    """Two values a point: from the expected offset, and from the likeliest component's."""
    targets = np.random.default_rng(0).standard_normal((50, 2 + head.marks)).astype(np.float32)
    errors = head.squared_error(np.tile(point, (len(targets), 1)), targets)
    wanted = [((len(targets),), "float32")] * 2
    equal("squared_error: shapes and types", form_of(errors), wanted)
    if numbers(errors[1]).min() < 0:
        fail("squared_error: not below 0", f"there is {numbers(errors[1]).min():.3g}")
    mean = law.mean(law.rows[..., :2])
    apart = ((targets[:, :2] - mean) ** 2).sum(axis=1)
    near("squared_error: from the expected offset", errors[0], apart, 1e-2)


def _bias_draws_likelier_rows(head: OutputHead, point: NDArray[np.float32], seed: int) -> None:
    """The higher the bias, the fewer nats have the rows that are drawn."""
    plain, biased = (float(_draw(head, point, seed, bias)[1].mean()) for bias in (0.0, 2.0))
    if not biased < plain:
        fail(
            "bias draws likelier rows",
            f"mean nats are {plain:.4g} with bias 0 and {biased:.4g} with bias 2",
        )
