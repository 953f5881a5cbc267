"""Simulated series, which behave as real series do and vary more than a folder of real ones.

Series are drawn in batches. Each function takes the random generator, and each array (n, t) has one
series in a row.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats

SEASON_LENGTHS = {1: 0.27, 4: 0.15, 12: 0.24, 7: 0.13, 24: 0.07, 52: 0.05}
SEASON_LENGTHS |= {6: 0.02, 5: 0.02, 48: 0.02, 3: 0.01, 13: 0.02}
"""The share of the simulated series that has each season length."""

_RESTLESS = {1: 0.6, 4: 0.6}
"""The share of series whose level and slope may change at any time, by season length; it is 0.15
for the others. It is high for years and quarters, because much happens between two observations."""
_CYCLIC = {1: 0.12, 4: 0.12, 12: 0.1}
"""The share of series with cycles of no fixed length, by season length; 0.05 for the others."""

Generator = np.random.Generator


def simulate(count: int, steps: int, season_length: int, rng: Generator) -> Floats:
    """Simulate series (count, steps) of one season length; some of them show no season."""
    values = _choose(
        rng,
        (0.66, innovations(count, steps, _RESTLESS.get(season_length, 0.15), rng)),
        (0.21, gaussian_process(count, steps, rng)),
        (0.08, saturating_growth(count, steps, rng)),
        (0.05, bent_growth(count, steps, rng)),
    )
    values = _with_outliers(_with_breaks(values, rng), rng)
    values /= np.abs(np.diff(values, axis=1)).mean(axis=1, keepdims=True) + 1e-9
    values += _some(_CYCLIC.get(season_length, 0.05), count, rng) * cycles(
        count, steps, season_length, rng
    )
    if season_length > 1:
        values += seasons(count, steps, season_length, rng)
    return _in_units(values, rng)


def innovations(count: int, steps: int, restless: float, rng: Generator) -> Floats:
    """Simulate damped local trends (count, steps) with autoregressive noise around them.

    They are the state space models of ETS(A,Ad,N) and ARIMA(1,d,0) (Hyndman et al., 2008,
    Forecasting with Exponential Smoothing, chapter 2). In some series the noise is heavy-tailed or
    changes its size.

    In the share `restless` of the series, lasting changes of level and slope are much greater than
    the noise around them.
    """
    heavy = _some(0.25, count, rng)
    noise = _noise(steps, heavy, rng) * _changing_size(count, steps, rng)
    memory = np.where(rng.random(count) < 0.5, rng.uniform(-0.5, 0.95, count), 0.0)
    moving = rng.random(count) < restless
    level_steps = np.where(rng.random(count) < 0.75, np.exp(rng.uniform(-3, 0.7, count)), 0.0)
    slope_steps = np.where(rng.random(count) < 0.4, np.exp(rng.uniform(-5, -1.5, count)), 0.0)
    level_steps = np.where(moving, np.exp(rng.uniform(-1, 1, count)), level_steps)
    slope_steps = np.where(moving, np.exp(rng.uniform(-3.5, 0, count)), slope_steps)
    damping = np.where(rng.random(count) < 0.4, rng.uniform(0.8, 0.995, count), 1.0)
    slope = rng.standard_normal(count) * np.exp(rng.uniform(-3.5, 0.3, count))
    slope *= rng.random(count) < 0.6
    level, error = np.zeros(count), np.zeros(count)
    level_noise = _noise(steps, heavy, rng).T * level_steps
    slope_noise = _noise(steps, heavy, rng).T * slope_steps
    levels, errors = np.empty((steps, count)), np.empty((steps, count))
    for step in range(steps):
        slope = damping * slope + slope_noise[step]
        level = level + slope + level_noise[step]
        error = memory * error + noise[:, step]
        levels[step], errors[step] = level, error
    size = np.where(moving, np.exp(rng.uniform(-3, 0, count)), np.exp(rng.uniform(-2.5, 1, count)))
    return np.asarray((levels + errors * size).T)


def _noise(steps: int, heavy: npt.NDArray[np.bool_], rng: Generator) -> Floats:
    """Draw normal noise (count, steps).

    In the rows in which `heavy` (count, 1) is true, it comes from Student's t with 3 degrees of
    freedom.
    """
    noise = rng.standard_normal((len(heavy), steps))
    rows = np.flatnonzero(heavy[:, 0])
    noise[rows] = rng.standard_t(3, (rows.size, steps))
    return noise


def gaussian_process(count: int, steps: int, rng: Generator) -> Floats:
    """Draw series (count, steps) from Gaussian processes.

    Each has the sum or the product of one to three kernels, as in KernelSynth (Ansari et al., 2024,
    Chronos, appendix A.2). A kernel is squared exponential, Matérn (heavy-tailed frequencies) or
    periodic; a line and white noise are added. The series are drawn through random Fourier features
    (Rahimi and Recht, 2007, algorithm 1), in which a product of kernels has the sums of their
    frequencies.
    """
    features = 24
    time = np.arange(steps) / steps
    frequencies = np.zeros((count, features, 1))
    for _ in range(3):
        scale = np.exp(rng.uniform(np.log(0.5), np.log(30), (count, 1, 1)))
        smooth = rng.standard_normal((count, features, 1))
        rough = np.clip(rng.standard_t(2, (count, features, 1)), -steps / 4, steps / 4)
        periodic = rng.geometric(0.5, (count, features, 1)) * 2 * np.pi
        kind = rng.random((count, 1, 1))
        drawn = scale * np.where(kind < 0.4, smooth, np.where(kind < 0.7, rough, periodic))
        multiplied = rng.random((count, 1, 1)) < 0.3
        summed = rng.random((count, features, 1)) < 0.5
        frequencies = np.where(
            multiplied, frequencies + drawn, np.where(summed, drawn, frequencies)
        )
    phases = rng.uniform(0, 2 * np.pi, (count, features, 1))
    angles = (frequencies * time + phases).astype(np.float32)
    values = np.cos(angles).sum(axis=1, dtype=np.float64) * np.sqrt(2 / features)
    values += _some(0.4, count, rng) * rng.normal(0, 2, (count, 1)) * time
    noise = np.exp(rng.uniform(-5, 0, (count, 1))) * _some(0.8, count, rng)
    return np.asarray(values + noise * rng.standard_normal((count, steps)))


def saturating_growth(count: int, steps: int, rng: Generator) -> Floats:
    """Draw logistic curves (count, steps), up or down, with noise that grows with the level."""
    middle = rng.uniform(-0.2, 1.3, (count, 1))
    steepness = np.exp(rng.uniform(0.5, 3.5, (count, 1)))
    curve = 1 / (1 + np.exp(-np.clip(steepness * (np.arange(steps) / steps - middle), -50, 50)))
    noise = np.exp(rng.uniform(-6, -2.5, (count, 1))) * rng.standard_normal((count, steps))
    return np.asarray(rng.choice([-1.0, 1.0], (count, 1)) * (curve + noise * (0.2 + curve)))


def bent_growth(count: int, steps: int, rng: Generator) -> Floats:
    """Draw lines (count, steps) that bend at random steps, with noise around them."""
    time_between = np.exp(rng.uniform(np.log(4), np.log(60), (count, 1)))
    pieces = (rng.random((count, steps)) < 1 / time_between).cumsum(axis=1)
    slopes = rng.standard_normal((count, 1)) + rng.standard_normal((count, steps))
    line = np.take_along_axis(slopes, pieces, axis=1).cumsum(axis=1)
    noise = np.exp(rng.uniform(-3, 1.5, (count, 1))) * rng.standard_normal((count, steps))
    return np.asarray(line + noise)


def cycles(count: int, steps: int, season_length: int, rng: Generator) -> Floats:
    """Draw cycles (count, steps) that come and go, in units of the mean change of a series.

    They are the stochastic cycles of Harvey (1989, Forecasting, structural time series models and
    the Kalman filter, section 2.3.3). Those of years, quarters and months take 3 to 11 years, as
    business cycles do.
    """
    if season_length in {1, 4, 12}:
        period = season_length * rng.uniform(3, 11, count)
    else:
        period = np.exp(rng.uniform(np.log(8), np.log(200), count))
    kept = 1 - 0.6 * np.exp(rng.uniform(-3, 0, count)) / period
    turned = kept * np.exp(2j * np.pi / period)
    shocks = rng.standard_normal((steps, count)) + 1j * rng.standard_normal((steps, count))
    state = np.sqrt(1 / (1 - kept**2)) * (
        rng.standard_normal(count) + 1j * rng.standard_normal(count)
    )
    states = np.empty((count, steps))
    for step in range(steps):
        state = turned * state + shocks[step]
        states[:, step] = state.real
    size = np.exp(rng.uniform(-1, 2.3, (count, 1)))
    return np.asarray(size * states / states.std(axis=1, keepdims=True))


def seasons(count: int, steps: int, season_length: int, rng: Generator) -> Floats:
    """Draw seasonal patterns (count, steps), in units of the noise of a series.

    Some change gradually from one shape into another. Some have days within weeks, and some have
    one special day or week a year.
    """
    time = np.arange(steps)
    size = np.exp(rng.uniform(-1.5, 2.5, (count, 1))) * _some(0.85, count, rng)
    changing = _some(0.3, count, rng) * rng.random((count, 1)) * time / steps
    before, after = (_pattern(count, season_length, rng)[:, time % season_length] for _ in "ab")
    season = before * (1 - changing) + after * changing
    season *= 1 + _some(0.2, count, rng) * rng.uniform(-0.7, 2, (count, 1)) * time / steps
    if season_length in {24, 48}:
        week = rng.standard_normal((count, 7))[:, time // season_length % 7]
        season += 0.4 * _some(0.6, count, rng) * week
    if season_length in {7, 52}:
        year = {7: 365, 52: 52}[season_length]
        special = (time + rng.integers(0, year, (count, 1))) % year == 0
        season += _some(0.3, count, rng) * rng.normal(0, 3, (count, 1)) * special
    return size * season


def _pattern(count: int, season_length: int, rng: Generator) -> Floats:
    """Draw one season (count, season_length) with mean 0 and standard deviation 1."""
    if season_length <= 8 or rng.random() < 0.4:
        pattern = rng.standard_normal((count, season_length))
    else:
        angles = 2 * np.pi * np.arange(season_length) / season_length
        pattern = (rng.random((count, season_length)) < 0.05) * rng.normal(
            0, 2, (count, season_length)
        )
        for harmonic in range(1, rng.integers(2, 6)):
            phase = rng.uniform(0, 2 * np.pi, (count, 1))
            amplitude = rng.standard_normal((count, 1)) / harmonic
            pattern += amplitude * np.cos(harmonic * angles + phase)
    pattern -= pattern.mean(axis=1, keepdims=True)
    return np.asarray(pattern / (pattern.std(axis=1, keepdims=True) + 1e-9))


def _with_breaks(values: Floats, rng: Generator) -> Floats:
    """Let the level of some series jump once, and the slope of some bend once."""
    count, steps = values.shape
    after = np.arange(steps) - rng.integers(3, steps, (count, 1))
    jump = values.std(axis=1, keepdims=True) * rng.normal(0, 2, (count, 1))
    bend = np.abs(np.diff(values, axis=1)).mean(axis=1, keepdims=True)
    bend *= rng.normal(0, 0.5, (count, 1))
    values = values + _some(0.12, count, rng) * (after >= 0) * jump
    after = np.maximum(np.arange(steps) - rng.integers(3, steps, (count, 1)), 0)
    return np.asarray(values + _some(0.1, count, rng) * after * bend)


def _with_outliers(values: Floats, rng: Generator) -> Floats:
    """Add a few outliers to some of the series."""
    hit = _some(0.12, len(values), rng) & (rng.random(values.shape) < 0.02)
    size = 2 * values.std(axis=1, keepdims=True)
    return np.asarray(values + hit * size * rng.standard_t(2, values.shape))


def _changing_size(count: int, steps: int, rng: Generator) -> Floats:
    """Return the size of the noise (count, steps).

    It is 1 for most series; for some it changes at one step, and for some it wanders.
    """
    after = np.arange(steps) >= rng.integers(0, steps, (count, 1))
    jump = np.where(after, np.exp(rng.normal(0, 1, (count, 1))), 1.0)
    wander = np.exp(0.1 * np.clip(rng.standard_normal((count, steps)).cumsum(axis=1), -15, 15))
    return _choose(rng, (0.8, np.ones((count, steps))), (0.1, jump), (0.1, wander))


def _in_units(values: Floats, rng: Generator) -> Floats:
    """Turn values that change by about 1 per step into values as they are measured.

    They become positive with relative changes, shifted, counts, or zero for most of the time; some
    stay as they are. In the end some are rounded.
    """
    count = len(values)
    spread = np.maximum(values.std(axis=1, keepdims=True), 1e-9)
    logarithmic = np.exp(
        np.clip(values / spread * np.exp(rng.uniform(np.log(0.02), np.log(0.7), (count, 1))), -9, 9)
    )
    above = spread * np.exp(rng.uniform(-2, 3, (count, 1)))
    lifted = values - values.min(axis=1, keepdims=True)
    share = lifted / (lifted.mean(axis=1, keepdims=True) + 1e-9)
    counts = rng.poisson(np.clip(np.exp(rng.uniform(-1.5, 3, (count, 1))) * share, 0, 1e4))
    demand = rng.random(values.shape) < rng.uniform(0.1, 0.6, (count, 1))
    intermittent = demand * np.ceil(share * np.exp(rng.uniform(0, 3, (count, 1))))
    values = _choose(
        rng,
        (0.42, logarithmic),
        (0.36, lifted + above),
        (0.14, values),
        (0.055, counts.astype(np.float64)),
        (0.025, intermittent),
    )
    digits = np.exp(rng.uniform(0.5, 4, (count, 1))) / np.maximum(
        values.std(axis=1, keepdims=True), 1e-9
    )
    return np.where(_some(0.1, count, rng), np.round(values * digits), values)


def _some(probability: float, count: int, rng: Generator) -> npt.NDArray[np.bool_]:
    """Draw a column (count, 1) that is true with the given probability."""
    return rng.random((count, 1)) < probability


def _choose(rng: Generator, *options: tuple[float, Floats]) -> Floats:
    """Take each row from one of the options, chosen by their relative probabilities."""
    probabilities, arrays = zip(*options, strict=True)
    rows = len(arrays[0])
    chosen = rng.choice(len(arrays), rows, p=np.array(probabilities) / sum(probabilities))
    return np.stack(arrays)[chosen, np.arange(rows)]
