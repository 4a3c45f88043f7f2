"""The threshold test's windows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from stagewright.errors import StagewrightError
from stagewright.expression import Expression, ExpressionError, parse
from stagewright.nearest import suggestion
from stagewright.stages.rollout import Outcome

NAMES = ("result", "stable", "n", "stable_n")


class WindowTest:
    """Judges one window after the other; see `threshold`."""

    once: Literal["never"] = "never"

    def __init__(
        self,
        success: str,
        failure: str,
        statistic: str,
        interval: float,
        requests: int | None,
        count: int | None,
        failure_limit: int,
        inconclusive_limit: int,
        minimum: int,
    ) -> None:
        if not success and not failure:
            raise StagewrightError("test `threshold` needs a successCondition or a failureCondition")
        self.success, self.failure = _condition(success), _condition(failure)
        self.statistic, self.interval, self.requests = statistic, interval, requests
        self.count, self.minimum = count, minimum
        self.failure_limit, self.inconclusive_limit = failure_limit, inconclusive_limit
        self.window: tuple[list[float], list[float]] = ([], [])
        self.began: float | None = None
        self.judged: dict[Outcome, int] = {"successful": 0, "failed": 0, "inconclusive": 0}
        self.last: Outcome = "inconclusive"
        self.values: dict[str, float] = {}

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: float | None = None
    ) -> None:
        if self._over():
            return
        if self.began is None:
            self.began = now
        if self.requests is None and now - self.began >= self.interval:
            self._judge(now)  # this observation belongs to the next window
        self.window[canary].append(value)
        if self.requests is not None and sum(map(len, self.window)) >= self.requests:
            self._judge(now)

    def _over(self) -> bool:
        return self.count is not None and sum(self.judged.values()) >= self.count

    def _judge(self, now: float) -> None:
        stable, canary = self.window
        self.window, self.began = ([], []), now
        if len(canary) < self.minimum:
            return
        self.values = {"result": figure(canary, self.statistic), "n": len(canary), "stable_n": len(stable)}
        if stable:
            self.values["stable"] = figure(stable, self.statistic)
        self.last = self._measured()
        self.judged[self.last] += 1

    def _measured(self) -> Outcome:
        try:
            if self.failure and self.failure.evaluate(self.values):
                return "failed"
            if self.success:
                met = bool(self.success.evaluate(self.values))
                return "successful" if met else "inconclusive" if self.failure else "failed"
        except ExpressionError:
            return "inconclusive"  # the stable arm answered nothing in this window
        return "successful"

    def outcome(self) -> Outcome:
        if self.judged["failed"] > self.failure_limit >= 0:
            return "failed"
        if self.count is None:
            return self.last if self.last != "failed" else "inconclusive"  # a failure within the limit
        decided = self._over() and self.judged["inconclusive"] <= self.inconclusive_limit
        return "successful" if decided else "inconclusive"

    def evidence(self) -> Mapping[str, Any]:
        """Windows by verdict, and the figures of the last one."""
        return {**self.judged, "failureLimit": self.failure_limit, **self.values}


def figure(values: Sequence[float], statistic: str) -> float:
    """Mean, sum, min, max, or a percentile by linear interpolation."""
    if statistic == "mean":
        return math.fsum(values) / len(values)
    if statistic in ("sum", "min", "max"):
        return {"sum": math.fsum, "min": min, "max": max}[statistic](values)
    ordered = sorted(values)
    place = int(statistic[1:]) / 100 * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _condition(text: str) -> Expression | None:
    if not text:
        return None
    try:
        expression = parse(text)
    except ExpressionError as error:
        raise StagewrightError(f"test `threshold`: {text!r}: {error}") from error
    for name in sorted(expression.names - set(NAMES)):
        known = suggestion(name, NAMES, "name")
        raise StagewrightError(f"test `threshold`: {text!r} uses {name!r}, {known}")
    if not expression.is_condition:
        raise StagewrightError(f"test `threshold`: {text!r} is a number, compare it with something")
    return expression
