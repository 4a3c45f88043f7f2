"""The event test's two e-processes: one for each side of the margin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from stagewright.errors import StagewrightError
from stagewright.stages.rollout import Outcome, TestInputs

from ._mixture import Mixture, geometric


class EventTest:
    """Counts events by arm; see `event`."""

    once: Literal["event"] = "event"

    def __init__(self, given: TestInputs, top: float, grid: int, accept_after: int | None) -> None:
        null, ratios = _null(given), geometric(1.1, top, grid)
        above, below = [null * ratio for ratio in ratios], [null / ratio for ratio in ratios]
        harm, safe = (above, below) if given.direction == "lower" else (below, above)
        self.harm, self.safe = Mixture(null, harm), Mixture(null, safe)
        self.enough = math.log(1 / given.alpha)
        self.accept_after = accept_after
        self.events, self.n = [0, 0], 0

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: float | None = None
    ) -> None:
        self.n += canary and 0 < weight < 1  # where only one arm answers there is nothing to be worse than
        if value:
            self.events[canary] += 1
            self.harm.add(canary, weight)
            self.safe.add(canary, weight)

    def outcome(self) -> Outcome:
        if self.harm.highest >= self.enough:
            return "failed"
        if self.safe.highest >= self.enough:
            return "successful"
        accepted = self.accept_after is not None and self.n >= self.accept_after
        return "successful" if accepted else "inconclusive"

    def evidence(self) -> Mapping[str, Any]:
        """`log_e` is compared with `needed`; `p` is valid at any time."""
        return {
            "log_e": self.harm.log(),
            "log_e_highest": self.harm.highest,
            "log_e_safe": self.safe.highest,
            "needed": self.enough,
            "p": math.exp(-self.harm.highest),
            "events_stable": self.events[0],
            "events_canary": self.events[1],
        }


def _null(given: TestInputs) -> float:
    """The rate ratio at the edge of what is tolerated."""
    if given.direction == "lower":
        return 1 + given.margin
    if given.margin >= 1:
        raise StagewrightError(
            f"a margin of {given.margin:g} where higher is better tolerates everything; use < 1"
        )
    return 1 - given.margin
