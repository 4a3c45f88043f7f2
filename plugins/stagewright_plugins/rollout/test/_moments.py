"""Sums that give mean, variance and covariance of one arm, with the variance a covariate explains taken out.

CUPED (Deng, Xu, Kohavi & Walker, 2013, doi 10.1145/2433396.2433413): `y - theta (x - mean x)` has the mean
of `y` and, for `theta = cov(x, y) / var(x)`, a variance smaller by the squared correlation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Moments:
    """Running means and centred sums (Welford, 1962) of a value `y` and its covariate `x`."""

    n: int = 0
    mean: float = 0.0
    mean_x: float = 0.0
    yy: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    events: int = 0  # values other than 0

    def add(self, y: float, x: float) -> None:
        """One observation; `x` is 0 where there is no covariate."""
        self.n += 1
        self.events += bool(y)
        before, before_x = y - self.mean, x - self.mean_x
        self.mean += before / self.n
        self.mean_x += before_x / self.n
        self.yy += before * (y - self.mean)
        self.xx += before_x * (x - self.mean_x)
        self.xy += before_x * (y - self.mean)


@dataclass(frozen=True)
class Adjusted:
    """One arm's mean and the variance of that mean."""

    mean: float
    variance: float
    n: int


def adjusted(stable: Moments, canary: Moments) -> tuple[Adjusted, Adjusted]:
    """Both arms with the covariate's part taken out by one pooled `theta`; each needs two observations."""
    xx, xy = stable.xx + canary.xx, stable.xy + canary.xy
    theta = xy / xx if xx > 0 else 0.0
    n = stable.n + canary.n
    middle = (stable.n * stable.mean_x + canary.n * canary.mean_x) / n
    return _adjusted(stable, theta, middle), _adjusted(canary, theta, middle)


def _adjusted(arm: Moments, theta: float, middle: float) -> Adjusted:
    left = max(0.0, arm.yy - 2 * theta * arm.xy + theta * theta * arm.xx)
    return Adjusted(arm.mean - theta * (arm.mean_x - middle), left / (arm.n - 1) / arm.n, arm.n)


@dataclass(frozen=True)
class Worse:
    """By how much the canary is worse than tolerated: above 0 is beyond the margin."""

    value: float
    variance: float


def worse(stable: Adjusted, canary: Adjusted, direction: str, margin: float, absolute: float | None) -> Worse:
    """The distance to the margin as one linear contrast, so that a relative margin needs no plugged-in mean.

    Lower is better: `canary - (1 + margin) stable`; higher: `(1 - margin) stable - canary`; of a negative mean, such
    as a log latency, a part of its size is tolerated as well. An `absolute` margin, in the metric's unit, takes
    the place of the relative one.
    """
    sign = 1 if direction == "lower" else -1
    part = margin if stable.mean >= 0 else -margin
    scale = 1 + sign * part if absolute is None else 1.0
    value = sign * (canary.mean - scale * stable.mean) - (absolute or 0.0)
    return Worse(value, canary.variance + scale**2 * stable.variance)
