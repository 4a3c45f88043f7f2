"""How far two samples of one column lie apart, and how surprising that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import betabinom, chi2_contingency, fisher_exact, kstwo

from .columns import Floats

LEAST_EXPECTED = 5.0  # below that chi-square is not to be trusted: rare kinds are taken together
MISSING = "(missing)"


@dataclass(frozen=True)
class Shift:
    """Statistic and p-value of a test, and the size of the shift in a unit that does not grow with the rows."""

    statistic: float
    p_value: float | None
    effect: float


def numeric_shift(reference: Floats, window: Floats) -> Shift:
    """Two sorted samples: Kolmogorov and Smirnov's test, Wasserstein's distance in reference deviations.

    The p-value is that of the two-sided one-sample statistic at the effective size (Hodges, 1958), as SciPy's
    asymptotic mode. A constant reference has no deviation: the effect then is the share of other values.
    """
    n, m = len(reference), len(window)
    distance = _ks(reference, window)
    p = float(kstwo.sf(distance, max(1, round(n * m / (n + m)))))
    spread = float(reference.std())
    if spread <= 1e-12 * max(1.0, abs(float(reference[0]))):
        return Shift(distance, p, float((window != reference[0]).mean()))
    return Shift(distance, p, _wasserstein(reference, window) / spread)


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


def _ks(reference: Floats, window: Floats) -> float:
    """Largest distance of the two empirical distributions: reached at, or just below, a reference value.

    Between two reference values the reference's distribution is flat and the window's only grows.
    """
    n, m = len(reference), len(window)
    upto = np.searchsorted(reference, reference, "right") / n
    below = np.searchsorted(reference, reference, "left") / n
    here = np.searchsorted(window, reference, "right") / m
    before = np.searchsorted(window, reference, "left") / m
    return float(max((upto - here).max(), (before - below).max(), 0.0))


def _wasserstein(reference: Floats, window: Floats) -> float:
    """Area between the two quantile functions (both samples sorted), exact.

    Both are steps; on the union of their steps' ends each is constant.
    """
    n, m = len(reference), len(window)
    ends = np.concatenate([np.arange(1, n + 1) / n, np.arange(1, m + 1) / m])
    ends.sort(kind="stable")
    widths = np.diff(ends, prepend=0.0)
    middles = ends - widths / 2
    one = reference[np.minimum((middles * n).astype(np.int64), n - 1)]
    other = window[np.minimum((middles * m).astype(np.int64), m - 1)]
    return float((np.abs(one - other) * widths).sum())


def _pooled(counts: np.ndarray) -> np.ndarray:
    """Kinds that are expected fewer than five times in either row, taken together."""
    expected = counts.sum(axis=0) * (counts.sum(axis=1).min() / counts.sum())
    rare = expected < LEAST_EXPECTED
    if not rare.any():
        return counts
    together = counts[:, rare].sum(axis=1, keepdims=True)
    return np.concatenate([counts[:, ~rare], together], axis=1)
