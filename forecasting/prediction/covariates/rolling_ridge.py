"""Ridge regression whose penalty and size, and whether it is used at all, the past decides.

Hoerl and Kennard (1970), Ridge regression: biased estimation for nonorthogonal problems. The past
is cut into blocks. Each of the later blocks is predicted by what is fitted to the blocks before it
(Tashman, 2000, Out-of-sample tests of forecasting accuracy), so that a model is judged on what it
has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasting.types import Floats, Positions

_PENALTIES = (0.003, 0.03, 0.3)
"""The penalties that are tried, as shares of the variance of a feature."""
_USUAL_PENALTY = 0.03
_BLOCKS = 6
_FIRST_TESTED = 2
"""The first block that is predicted; at least so many are fitted to."""
_PARTS = 4
"""So many parts of each block are compared, to see whether a gain is more than chance."""
_VALUES_PER_FEATURE = 6
"""A model has at most one feature for so many values, unless it is the smallest."""
_MOST_FEATURES = 256
_LEAST_GAIN = 0.02
"""The share of the absolute error that covariates must take away to be used."""
_LEAST_SCORE = 2.2
"""How many standard errors above 0 the gain must lie."""
_LARGER_MUST_GAIN = 0.005
"""A larger model must take away so much more of the error than the next smaller one."""
_MOST = 6.0
"""What a fit misses counts as no more than so many times the mean of all that it misses."""
_ROUNDS = 2
"""So many fits tell outliers by what they miss, each but the first without what is told so far."""
_TINY = 1e-12


class Model(NamedTuple):
    """A ridge regression on the first `size` features."""

    size: int
    penalty: float
    handicap: float
    """What it must gain more than the smallest model."""


def most_features(count: int) -> int:
    """Return the largest number of features to explain `count` values by."""
    return min(count // _VALUES_PER_FEATURE, _MOST_FEATURES)


@dataclass(frozen=True, slots=True)
class RidgeFit:
    """What a regression on f features found in n series."""

    coefficients: Floats
    """Of each feature, (n, f); 0 for those that the model does not have."""
    covariances: Floats
    """The covariance of the errors of the coefficients, (n, f, f)."""
    used: npt.NDArray[np.bool_]
    """Whether the model helps by more than chance, (n,). The others are not fitted."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Targets of n series and what may explain them, neither of which has a mean to remove."""

    features: Floats
    """(n, f, t), each of a mean square of 1; 0 where a value does not count."""
    scales: Floats
    """What the features were divided by, (n, f)."""
    targets: Floats
    """(n, t), 0 where a value does not count."""
    weights: Floats
    """1 for the values that count and 0 for others, (n, t)."""
    overlap: int
    """Targets that lie fewer steps apart may have errors in common."""
    edges: list[int]
    """Where the blocks begin, and the end of the last."""
    squares: Floats
    """The products of features with each other, added up from the first block to each,
    (n, blocks, f, f)."""
    products: Floats
    """The same of features and targets, (n, blocks, f), less what outliers add to them."""
    counts: Floats
    """The number of values that count, added up in the same way, (n, blocks)."""

    @classmethod
    def of(cls, features: Floats, targets: Floats, weights: Floats, overlap: int) -> Regression:
        """Prepare the regression of targets (n, t) on features (n, f, t).

        `weights` (n, t) are 1 for the values that count and 0 for others.
        """
        count = np.maximum(weights.sum(axis=1), 1.0)
        features = features * weights[:, None]
        targets = targets * weights
        scales = np.sqrt((features**2).sum(axis=2) / count[:, None])
        scales = np.where(scales > _TINY, scales, np.inf)
        features /= scales[:, :, None]
        edges = np.linspace(0, targets.shape[1], _BLOCKS + 1).astype(np.int64).tolist()
        squares, products, counts = [], [], []
        for begin, end in pairwise(edges):
            part = np.ascontiguousarray(features[:, :, begin:end])
            squares.append(np.matmul(part, part.transpose(0, 2, 1)))
            products.append(np.matmul(part, targets[:, begin:end, None])[:, :, 0])
            counts.append(weights[:, begin:end].sum(axis=1))
        raw = cls(
            features,
            scales,
            targets,
            weights,
            overlap,
            edges,
            np.cumsum(np.stack(squares, axis=1), axis=1),
            np.cumsum(np.stack(products, axis=1), axis=1),
            np.cumsum(np.stack(counts, axis=1), axis=1),
        )
        return raw._without_outliers()

    def __getitem__(self, rows: Positions) -> Regression:
        """Return the regression of some of the series."""
        return Regression(
            self.features[rows],
            self.scales[rows],
            self.targets[rows],
            self.weights[rows],
            self.overlap,
            self.edges,
            self.squares[rows],
            self.products[rows],
            self.counts[rows],
        )

    def _without_outliers(self) -> Regression:
        """Return the regression on targets without what makes outliers of some of them.

        An outlier is known by what a fit to the same values by all features misses of it, so that
        rare events that a feature explains are none. What goes beyond the limit is left out, which
        makes of a target a pseudo-value: Huber (1981), Robust statistics, section 7.8.
        """
        matrix = self._ridge(Model(self.features.shape[1], _USUAL_PENALTY, 0.0), slice(None))
        ends = np.array(self.edges[1:])[:, None]
        fitted_to = np.arange(self.targets.shape[1]) < ends
        products = self.products
        for _ in range(_ROUNDS):
            fits = np.linalg.solve(matrix, products[..., None])[..., 0]
            missed = (self.targets[:, None] - np.matmul(fits, self.features)) * fitted_to
            limits = _MOST * np.abs(missed).sum(axis=2) / np.maximum(self.counts, 1.0)
            excess = missed - np.clip(missed, -limits[..., None], limits[..., None])
            products = self.products - np.matmul(excess, self.features.transpose(0, 2, 1))
        return replace(self, products=products)

    def usual_gain(self, sizes: tuple[int, ...]) -> Floats:
        """Return what share of the error the best of the models takes away at a usual penalty."""
        models = [model for model in self._models(sizes) if model.penalty == _USUAL_PENALTY]
        errors = [self._test(model)[0].sum(axis=1) for model in models]
        without = np.maximum(self._errors(0.0).sum(axis=1), _TINY)
        return np.asarray(1 - np.min(errors, axis=0) / without)

    def fit(self, sizes: tuple[int, ...]) -> RidgeFit:
        """Choose and fit a model. `sizes` are the numbers of features of those to choose from."""
        models = self._models(sizes)
        tested = [self._test(model) for model in models]
        best, used = self._choose(models, np.array([errors for errors, _ in tested]))
        rows, features = self.scales.shape
        coefficients, covariances = np.zeros((rows, features)), np.zeros((rows, features, features))
        for number in np.unique(best[used]).tolist():
            own = np.flatnonzero(used & (best == number))
            size = models[number].size
            fit, covariance = self[own].solve(models[number], tested[number][1][own])
            coefficients[own, :size] = fit
            covariances[own, :size, :size] = covariance
        return RidgeFit(coefficients, covariances, used)

    def _models(self, sizes: tuple[int, ...]) -> list[Model]:
        most = max(sizes[0], most_features(self.targets.shape[1]))
        return [
            Model(size, penalty, number * _LARGER_MUST_GAIN)
            for number, size in enumerate(sizes)
            if size <= most
            for penalty in _PENALTIES
        ]

    def _test(self, model: Model) -> tuple[Floats, Floats]:
        """Predict each of the later blocks from a fit to all before it.

        Returns the absolute errors in each part, (n, parts), and the share of the predictions that
        agrees with what came, (n,), by which they are shrunk.
        """
        before = slice(_FIRST_TESTED - 1, _BLOCKS - 1)
        matrix = self._ridge(model, before)
        right = self.products[:, before, : model.size]
        fits = np.linalg.solve(matrix, right[..., None])[..., 0]
        predicted = np.concatenate(
            [
                np.matmul(
                    fits[:, block - _FIRST_TESTED, None],
                    self.features[:, : model.size, self.edges[block] : self.edges[block + 1]],
                )[:, 0]
                for block in range(_FIRST_TESTED, _BLOCKS)
            ],
            axis=1,
        )
        actual = self.targets[:, self.edges[_FIRST_TESTED] :]
        agreement = (predicted * actual).sum(axis=1)
        agreement /= np.maximum((predicted**2).sum(axis=1), _TINY)
        agreement = np.clip(agreement, 0.0, 1.0)
        return self._errors(agreement[:, None] * predicted), agreement

    def _errors(self, predicted: Floats | float) -> Floats:
        """Return the absolute errors of what was predicted of the later blocks, by their parts."""
        begin, end = self.edges[_FIRST_TESTED], self.edges[-1]
        parts = np.linspace(0, end - begin, _PARTS * (_BLOCKS - _FIRST_TESTED) + 1)[:-1]
        missed = np.abs(self.targets[:, begin:] - predicted)
        return np.asarray(np.add.reduceat(missed, parts.astype(np.int64), axis=1))

    def _choose(
        self, models: list[Model], errors: Floats
    ) -> tuple[Positions, npt.NDArray[np.bool_]]:
        """Choose a model for each series by the errors (models, n, parts).

        Returns its index, (n,), and whether it is to be used, (n,).
        """
        without = self._errors(0.0)
        gains = 1 - errors.sum(axis=2) / np.maximum(without.sum(axis=1), _TINY)
        handicaps = np.array([model.handicap for model in models])
        best = (gains - handicaps[:, None]).argmax(axis=0)
        rows = np.arange(len(best))
        better = without - errors[best, rows]
        deviation = _deviation_of_mean(better, self._overlapping_parts())
        clear = better.mean(axis=1) > _LEAST_SCORE * np.maximum(deviation, _TINY)
        return best, clear & (gains[best, rows] > _LEAST_GAIN)

    def _overlapping_parts(self) -> int:
        tested = self.edges[-1] - self.edges[_FIRST_TESTED]
        parts = _PARTS * (_BLOCKS - _FIRST_TESTED)
        return min(-(-self.overlap * parts // tested), parts // 4)

    def solve(self, model: Model, agreement: Floats) -> tuple[Floats, Floats]:
        """Return the coefficients (n, size) of features as they were given, and their covariance.

        That is the one of Bayesian linear regression, of which ridge regression is the mean:
        Bishop (2006), Pattern recognition and machine learning, equation 3.51.
        """
        size = model.size
        inverse = np.linalg.inv(self._ridge(model, slice(-1, None))[:, 0])
        fit = np.matmul(inverse, self.products[:, -1, :size, None])[..., 0]
        missed = self.targets - np.matmul(fit[:, None], self.features[:, :size])[:, 0]
        variance = (missed**2).sum(axis=1) / np.maximum(self.counts[:, -1], 1.0)
        scales = self.scales[:, :size]
        covariance = inverse * variance[:, None, None] / scales[:, :, None] / scales[:, None]
        return fit * agreement[:, None] / scales, covariance

    def _ridge(self, model: Model, blocks: slice) -> Floats:
        """Return the matrices of the fits to all up to some blocks, (n, blocks, size, size)."""
        ridge = model.penalty * np.maximum(self.counts[:, blocks], 1.0)
        squares = self.squares[:, blocks, : model.size, : model.size]
        return np.asarray(squares + ridge[..., None, None] * np.eye(model.size))


def _deviation_of_mean(values: Floats, lags: int) -> Floats:
    """Return the standard error of the mean of each row of values (n, t), (n,).

    Values up to `lags` apart may be correlated: Newey and West (1987), equation 5, with the
    correction for few values of Harvey, Leybourne and Newbold (1997), equation 9.
    """
    count = values.shape[1]
    centred = values - values.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1)
    total = variance.copy()
    for lag in range(1, lags + 1):
        products = (centred[:, lag:] * centred[:, :-lag]).sum(axis=1) / count
        total += 2 * (1 - lag / (lags + 1)) * products
    correction = (count - 1 - 2 * lags + lags * (lags + 1) / count) / count
    return np.asarray(np.sqrt(np.maximum(total, variance) / count / correction))
