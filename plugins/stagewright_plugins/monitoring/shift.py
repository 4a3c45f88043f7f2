"""How far two samples of one column lie apart, and how surprising that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import betabinom, chi2_contingency, fisher_exact, kstwo, norm

from .columns import Floats

LEAST_EXPECTED = 5.0  # below that chi-square is not to be trusted: rare kinds are taken together
MISSING = "(missing)"
PLACES = 100_000  # at which quantile functions of large samples are compared


@dataclass(frozen=True)
class Shift:
    """Statistic and p-value of a test, and the size of the shift in a unit that does not grow with the rows."""

    statistic: float
    p_value: float | None
    effect: float


def numeric_shift(reference: Floats, window: Floats) -> Shift:
    """Two sorted samples: two rank tests, Wasserstein's distance in reference deviations.

    Kolmogorov and Smirnov's test finds any change of shape; Wilcoxon's rank sum finds a change of level that is
    half as large. The p-value is twice the smaller of the two (Bonferroni); the statistic is the former's. A
    constant reference has no deviation: the effect then is the share of other values.
    """
    ranks = _Ranks.of(reference, window)
    p = min(1.0, 2 * min(ranks.kolmogorov_smirnov(), ranks.wilcoxon()))
    spread = float(reference.std())
    if spread <= 1e-12 * max(1.0, abs(float(reference[0]))):
        return Shift(ranks.distance, p, float((window != reference[0]).mean()))
    return Shift(ranks.distance, p, _wasserstein(reference, window) / spread)


def kind_shift(reference: pd.Series, window: pd.Series) -> Shift:
    """Counts per kind: chi-square, Jensen-Shannon distance (base 2: 0 the same, 1 nothing in common)."""
    counts = np.array(aligned(reference, window)[1], dtype=np.float64)
    shares = counts / counts.sum(axis=1, keepdims=True)
    effect = float(jensenshannon(shares[0], shares[1], base=2))
    pooled = _pooled(counts)
    if pooled.shape[1] < 2:
        return Shift(0.0, 1.0, effect)
    if pooled.shape[1] == 2 and pooled.min() < LEAST_EXPECTED and pooled.sum() < 10_000:
        return Shift(0.0, float(fisher_exact(pooled.astype(np.int64)).pvalue), effect)
    found = chi2_contingency(pooled, correction=False)
    return Shift(float(found.statistic), float(found.pvalue), effect)


def new_kinds(reference: pd.Series, window: pd.Series) -> tuple[list[str], float]:
    """Kinds that the reference does not have, and their share of the window."""
    names, (before, now) = aligned(reference, window)
    new = [i for i, name in enumerate(names) if not before[i] and name != MISSING]
    return [names[i] for i in new], float(now[new].sum() / max(1, now.sum()))


def gaps_shift(reference: pd.Series, window: pd.Series) -> Shift:
    """Share of missing values: Fisher's or chi-square test, the difference of the shares as effect."""
    missing = np.array([reference.isna().sum(), window.isna().sum()], dtype=np.float64)
    sizes = np.array([len(reference), len(window)], dtype=np.float64)
    effect = float(abs(missing[1] / sizes[1] - missing[0] / sizes[0]))
    if not missing.sum() or missing.sum() == sizes.sum():
        return Shift(effect, 1.0, effect)
    table = np.stack([missing, sizes - missing])
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    test = fisher_exact if expected.min() < LEAST_EXPECTED else chi2_contingency
    return Shift(effect, float(test(table.astype(np.int64)).pvalue), effect)


def range_shift(reference: Floats, window: Floats) -> Shift:
    """Share of values outside the reference's range, and how surprising so many are.

    However a continuous column is distributed, of m new values the number outside the range of n seen ones is
    beta-binomial (m, 2, n - 1) as long as nothing changed, so the test is exact.
    """
    outside = int(np.searchsorted(window, reference[0], "left"))
    outside += len(window) - int(np.searchsorted(window, reference[-1], "right"))
    share = outside / len(window)
    if len(reference) < 2:
        return Shift(share, 1.0, share)
    return Shift(share, float(betabinom.sf(outside - 1, len(window), 2, len(reference) - 1)), share)


def aligned(reference: pd.Series, window: pd.Series) -> tuple[list[str], list[np.ndarray]]:
    """Kinds by name, and how often each is in the reference and in the window; gaps are a kind."""
    counted = [_counts(item) for item in (reference, window)]
    names = list(dict.fromkeys([*counted[0].index, *counted[1].index]))
    return names, [item.reindex(names, fill_value=0).to_numpy() for item in counted]


def _counts(series: pd.Series) -> pd.Series:
    counted = series.value_counts(dropna=False, sort=False)
    names = [MISSING if pd.isna(name) else _kind(name) for name in counted.index]
    return pd.Series(counted.to_numpy(), index=names).groupby(level=0, sort=False).sum()


def _kind(value: object) -> str:
    """1 and 1.0 are one kind: a gap elsewhere in the column makes integers floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass(frozen=True)
class _Ranks:
    """Where the values of a sorted reference stand among those of a sorted window.

    Attributes:
        n, m: sizes of reference and window.
        distance: of the two empirical distributions, at most.
        u: Mann and Whitney's count of pairs in which the window's value is the smaller one, ties half.
        ties: sum of t^3 - t over groups of t equal values that the reference has a part in.
    """

    n: int
    m: int
    distance: float
    u: float
    ties: float

    @classmethod
    def of(cls, reference: Floats, window: Floats) -> _Ranks:
        """Between two reference values the reference's distribution is flat and the window's only grows.

        So the largest distance is reached at, or just below, a reference value.
        """
        n, m = len(reference), len(window)
        left = np.searchsorted(window, reference, "left")
        right, tied = left.copy(), window[np.minimum(left, m - 1)] == reference
        right[tied] = np.searchsorted(window, reference[tied], "right")
        starts = np.flatnonzero(np.concatenate([[True], reference[1:] != reference[:-1]]))
        counts = np.diff(starts, append=n)  # of equal reference values
        below, upto = starts / n, (starts + counts) / n
        first, last = left[starts], right[starts]
        distance = max(float((upto - last / m).max()), float((first / m - below).max()), 0.0)
        equal = (counts + last - first).astype(np.float64)
        return cls(
            n, m, distance, float((left + right).sum(dtype=np.float64) / 2), float((equal**3 - equal).sum())
        )

    def kolmogorov_smirnov(self) -> float:
        """Two-sided p-value at the effective size (Hodges, 1958), as SciPy's asymptotic mode."""
        return float(kstwo.sf(self.distance, max(1, round(self.n * self.m / (self.n + self.m)))))

    def wilcoxon(self) -> float:
        """Two-sided p-value of the rank sum, normal approximation with ties, as SciPy's `mannwhitneyu`."""
        total, pairs = self.n + self.m, float(self.n) * self.m
        variance = pairs / 12 * (total + 1 - self.ties / (total * (total - 1.0)))
        if variance <= 0:
            return 1.0
        return float(min(1.0, 2 * norm.sf((abs(self.u - pairs / 2) - 0.5) / math.sqrt(variance))))


def _wasserstein(reference: Floats, window: Floats) -> float:
    """Area between the two quantile functions of sorted samples.

    Exact for samples of one size and for small ones; of large ones the functions are read at 100,000 places.
    """
    n, m = len(reference), len(window)
    if n == m:
        return float(np.abs(reference - window).mean())
    if n + m > 2 * PLACES:
        middles = (np.arange(PLACES) + 0.5) / PLACES
        return float(np.abs(_at(reference, middles) - _at(window, middles)).mean())
    # Both are steps; on the union of their steps' ends each is constant.
    ends = np.concatenate([np.arange(1, n + 1) / n, np.arange(1, m + 1) / m])
    ends.sort(kind="stable")
    widths = np.diff(ends, prepend=0.0)
    middles = ends - widths / 2
    return float((np.abs(_at(reference, middles) - _at(window, middles)) * widths).sum())


def _at(values: Floats, levels: Floats) -> Floats:
    """Quantiles of a sorted sample, as steps."""
    return values[np.minimum((levels * len(values)).astype(np.int64), len(values) - 1)]


def _pooled(counts: np.ndarray) -> np.ndarray:
    """Kinds that are expected fewer than five times in either row, taken together."""
    expected = counts.sum(axis=0) * (counts.sum(axis=1).min() / counts.sum())
    rare = expected < LEAST_EXPECTED
    if not rare.any():
        return counts
    together = counts[:, rare].sum(axis=1, keepdims=True)
    return np.concatenate([counts[:, ~rare], together], axis=1)
