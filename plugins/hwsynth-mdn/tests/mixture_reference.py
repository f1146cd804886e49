"""The mixture density loss in float64, from Graves (2013), eq. 18-37 and 61-62.

The equations as they are printed, without any care for numbers near the edges. A floor φ adds
to the variance: σ² = exp(2σ̂) + φ².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mixture:
    """What raw parameters (points, 6·mixtures + 1) mean; all but e (points, mixtures)."""

    e: Array
    pi: Array
    mean: tuple[Array, Array]
    sigma: tuple[Array, Array]
    rho: Array

    @classmethod
    def of(cls, params: Array, floor: tuple[float, float] = (0, 0), bias: float = 0) -> Mixture:
        """eq. 18-22; with a bias, eq. 61 and 62 stand for eq. 21 and 19."""
        weight, mx, my, sx, sy, rho = np.split(params[:, 1:], 6, axis=1)
        pi = np.exp(weight * (1 + bias))
        return cls(
            e=1 / (1 + np.exp(params[:, 0])),
            pi=pi / pi.sum(axis=1, keepdims=True),
            mean=(mx, my),
            sigma=(
                np.sqrt(np.exp(2 * (sx - bias)) + floor[0] ** 2),
                np.sqrt(np.exp(2 * (sy - bias)) + floor[1] ** 2),
            ),
            rho=np.tanh(rho),
        )

    def scaled(self, offsets: Array) -> tuple[Array, Array]:
        """(x − μ)/σ of both axes."""
        dx, dy = offsets[:, 0:1] - self.mean[0], offsets[:, 1:2] - self.mean[1]
        return dx / self.sigma[0], dy / self.sigma[1]

    def z(self, offsets: Array) -> Array:
        """eq. 25."""
        zx, zy = self.scaled(offsets)
        return zx**2 + zy**2 - 2 * self.rho * zx * zy

    def components(self, offsets: Array) -> Array:
        """eq. 24: density of each Gaussian."""
        free = 1 - self.rho**2
        area = 2 * np.pi * self.sigma[0] * self.sigma[1] * np.sqrt(free)
        return np.exp(-self.z(offsets) / (2 * free)) / area

    def density(self, offsets: Array) -> Array:
        """eq. 23 without the mark."""
        return (self.pi * self.components(offsets)).sum(axis=1)

    def share(self, offsets: Array) -> Array:
        """γ of eq. 27: how much of the density is each Gaussian's."""
        share = self.pi * self.components(offsets)
        return share / share.sum(axis=1, keepdims=True)

    def weight(self, offsets: Array, beta: float) -> Array:
        """(points,) σ^(2β) of Seitzer et al. (2022), eq. 5, for two directions and a mixture: the
        geometric mean of the variances to the power of β, averaged in its logarithm."""
        variance = self.sigma[0] * self.sigma[1]
        return np.prod(variance ** (beta * self.share(offsets)), axis=1)

    def loss(self, rows: Array) -> Array:
        """eq. 26 of rows (points, 3)."""
        mark = np.where(rows[:, 2] == 1, self.e, 1 - self.e)
        return -np.log(self.density(rows[:, :2])) - np.log(mark)

    def loss_derivatives(self, rows: Array) -> Array:
        """eq. 27-37: of the loss by the raw parameters, without a floor."""
        zx, zy = self.scaled(rows[:, :2])
        gamma = self.share(rows[:, :2])
        c = 1 / (1 - self.rho**2)
        return np.concatenate(
            [
                (rows[:, 2] - self.e)[:, None],
                self.pi - gamma,
                -gamma * c / self.sigma[0] * (zx - self.rho * zy),
                -gamma * c / self.sigma[1] * (zy - self.rho * zx),
                -gamma * (c * zx * (zx - self.rho * zy) - 1),
                -gamma * (c * zy * (zy - self.rho * zx) - 1),
                -gamma * (zx * zy + self.rho * (1 - c * self.z(rows[:, :2]))),
            ],
            axis=1,
        )


def loss_differences(params: Array, rows: Array, floor: tuple[float, float]) -> Array:
    """Derivatives of the loss by the raw parameters as central differences."""
    step = 1e-5
    found = np.empty_like(params)
    for column in range(params.shape[1]):
        ahead, back = params.copy(), params.copy()
        ahead[:, column] += step
        back[:, column] -= step
        difference = Mixture.of(ahead, floor).loss(rows) - Mixture.of(back, floor).loss(rows)
        found[:, column] = difference / (2 * step)
    return found


def drawn(params: Array, noise: Array, bias: float, floor: tuple[float, float]) -> Array:
    """Rows (points, 3) from noise (points, 4): uniforms for component and mark, two normals."""
    mixture = Mixture.of(params, floor, bias)
    rows = []
    for n, (for_component, for_mark, nx, ny) in enumerate(noise):
        k = min(
            int(np.searchsorted(np.cumsum(mixture.pi[n]), for_component, side="right")),
            mixture.pi.shape[1] - 1,
        )
        rho = mixture.rho[n, k]
        x = mixture.mean[0][n, k] + mixture.sigma[0][n, k] * nx
        across = rho * nx + np.sqrt(1 - rho**2) * ny
        y = mixture.mean[1][n, k] + mixture.sigma[1][n, k] * across
        rows.append([x, y, for_mark < mixture.e[n]])
    return np.array(rows, np.float64)
