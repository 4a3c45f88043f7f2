"""How many observations a comparison of two arms needs, before it starts: two-sided z-test of two means.

    n_canary = (z(1 - alpha/2) + z(power))² · (var_stable · w / (1 - w) + var_canary) / effect²

with `w` the canary's share (Lachin, 1981, doi 10.1016/0197-2456(81)90001-5, for unequal arms). A covariate
known before the answer that correlates by rho leaves 1 - rho² of the variance (CUPED: Deng et al., 2013,
doi 10.1145/2433396.2433413).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from stagewright.frozen import frozen


@frozen
class Size:
    """Observations per arm."""

    stable: int
    canary: int

    @property
    def total(self) -> int:
        """Of both arms."""
        return self.stable + self.canary


def for_means(
    deviation: float,
    effect: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    share: float = 0.5,
    correlation: float = 0.0,
) -> Size:
    """Observations to find a difference of `effect` between two means of equal standard deviation.

    `deviation` and `effect` are in the metric's own unit and above 0, `share` is the canary's share of
    observations, `correlation` that between metric and covariate.
    """
    variance = deviation**2 * (1 - correlation**2)
    return _size(variance, variance, effect, alpha, power, share)


def for_rates(
    base: float,
    effect: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    share: float = 0.5,
    correlation: float = 0.0,
) -> Size:
    """Observations to find a rate of `base + effect` in the canary against `base` in the stable arm."""
    other = min(max(base + effect, 0.0), 1.0)
    left = 1 - correlation**2
    return _size(left * base * (1 - base), left * other * (1 - other), effect, alpha, power, share)


def _size(stable: float, canary: float, effect: float, alpha: float, power: float, share: float) -> Size:
    normal = NormalDist()
    z = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    needed = z**2 * (stable * share / (1 - share) + canary) / effect**2
    return Size(math.ceil(needed * (1 - share) / share), math.ceil(needed))
