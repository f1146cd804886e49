"""Pen movement as a sum of overlapping strokes with lognormal speed.

The kinematic theory of rapid human movements (Plamondon, "A kinematic theory of rapid human
movements", Biological Cybernetics 72, 1995) says that the speed of a simple stroke is a
lognormal function of time; its sigma-lognormal form (O'Reilly and Plamondon, "Development of a
Sigma-Lognormal representation for on-line signatures", Pattern Recognition 42, 2009) makes a
whole trajectory the vector sum of such strokes, each along an arc of a circle. Strokes that
start before the one before has ended round off the corner between them.

Axis names: strokes (elementary movements, not the pen's strokes on paper), points (samples in
time). Positions are complex numbers, x + iy: an arc is then one rotation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

EDGE = 2.3263478740408408
"""Standard normal quantile of 0.99: a movement lasts while 1 % to 99 % of its way is covered."""

_Z = np.linspace(-6.0, 6.0, 6001)
_PHI = np.array([0.5 * (1 + math.erf(z / math.sqrt(2))) for z in _Z])


@dataclass(frozen=True)
class Timing:
    """When each movement happens; every field (strokes,)."""

    onset: Floats
    """t0: when the command is given, seconds."""
    mu: Floats
    """Logarithm of the time from t0 to half of the way, ln seconds."""
    sigma: Floats
    """Spread on the logarithmic time scale: how lopsided the speed is."""

    def at(self, quantile: float) -> Floats:
        """(strokes,) when the fraction Φ(quantile) of the way is covered, seconds."""
        return self.onset + np.exp(self.mu + self.sigma * quantile)


def timing(start: ArrayLike, duration: ArrayLike, sigma: ArrayLike) -> Timing:
    """Lognormals that cover 1 % of their way at `start` and 99 % after `duration`, seconds.

    From t(p) = t0 + exp(μ + σ·z(p)): duration = 2·exp(μ)·sinh(σ·z(0.99)).
    """
    spread = np.asarray(sigma, np.float64)
    mu = np.log(np.asarray(duration, np.float64) / (2 * np.sinh(spread * EDGE)))
    onset = np.asarray(start, np.float64) - np.exp(mu - spread * EDGE)
    return Timing(onset, mu, np.broadcast_to(spread, mu.shape))


def lognormal_speed(times: ArrayLike, onset: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Speed of a movement of length 1 (Plamondon 1995, eq. 10), per second; 0 until onset.

    Λ(t; t0, μ, σ²) = exp(−(ln(t − t0) − μ)² / 2σ²) / (σ·√(2π)·(t − t0))
    """
    since = np.maximum(np.asarray(times, np.float64) - onset, 1e-12)
    deviation = (np.log(since) - mu) / sigma
    return np.asarray(np.exp(-0.5 * deviation**2) / (sigma * math.sqrt(2 * math.pi) * since))


def covered(times: ArrayLike, onset: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Fraction of its way that a movement has covered: Φ((ln(t − t0) − μ) / σ).

    The integral of `lognormal_speed`; Φ is read from a table, to 1e-6.
    """
    since = np.maximum(np.asarray(times, np.float64) - onset, 1e-12)
    return np.interp((np.log(since) - mu) / sigma, _Z, _PHI)


def along_arc(chord: ArrayLike, turning: ArrayLike, fraction: ArrayLike) -> Complexes:
    """Displacement after a fraction of an arc whose ends are `chord` apart.

    `turning` (radians) is how far the direction turns from start to end, θe − θs. Equal to
    O'Reilly and Plamondon 2009, eq. 3 to 5, with the direction θs + (θe − θs)·fraction:
    chord·(exp(iδf) − 1)/(exp(iδ) − 1), written so that it holds for δ → 0 as well.
    """
    half = np.asarray(turning, np.float64) / 2
    fraction = np.asarray(fraction, np.float64)
    ratio = fraction * np.sinc(half * fraction / np.pi) / np.sinc(half / np.pi)
    return np.asarray(chord * ratio * np.exp(1j * half * (fraction - 1)))


def arc_length(chord: ArrayLike, turning: ArrayLike) -> Floats:
    """Length of the arc, in the chord's unit."""
    return np.asarray(np.abs(chord) / np.sinc(np.asarray(turning) / (2 * np.pi)), np.float64)


def trajectory(
    origin: complex, chords: Complexes, turnings: Floats, when: Timing, rate: float, points: int
) -> Complexes:
    """(points,) positions at times k/rate, k = 0, 1, …: origin plus every movement's arc so far.

    `chords`, `turnings`: (strokes,). A movement is computed only from 0.01 % to 99.99 % of its
    way and is put there whole at that end, so that each ends exactly on its target.
    """
    first = np.floor(when.at(-3.72) * rate).astype(np.int64)
    last = np.ceil(when.at(3.72) * rate).astype(np.int64)
    longest = int((last - first).max()) + 1
    sample = first[:, None] + np.arange(longest)  # (strokes, samples of the longest)
    fraction = covered(sample / rate, when.onset[:, None], when.mu[:, None], when.sigma[:, None])
    fraction[sample <= first[:, None]] = 0.0
    fraction[sample >= last[:, None]] = 1.0
    done = along_arc(chords[:, None], turnings[:, None], fraction)
    steps = np.diff(done, axis=1)
    into = np.clip(sample[:, 1:], 0, points - 1).ravel()
    moved = np.bincount(into, steps.real.ravel(), points) + 1j * np.bincount(
        into, steps.imag.ravel(), points
    )
    return np.asarray(origin + np.cumsum(moved))
