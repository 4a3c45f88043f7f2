"""A test that fails when the canary has had too many bad answers."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.rollout import Outcome, Test, TestInputs


class Count:
    """Bad answers of the canary so far."""

    once = "never"

    def __init__(self, most: int) -> None:
        self.most, self.bad = most, 0

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: Any = None
    ) -> None:
        self.bad += canary and value > 0  # yours: what an observation changes

    def outcome(self) -> Outcome:
        return "failed" if self.bad > self.most else "inconclusive"

    def evidence(self) -> Mapping[str, Any]:
        return {"bad": self.bad, "most": self.most}


@rollout.test
def bad_count(
    _inputs: TestInputs,
    /,
    *,
    most: Annotated[int, Field(ge=0, description="bad answers that are tolerated")] = 10,
) -> Test:
    """Counts, and compares nothing: it cannot be fooled by looking often."""
    return Count(most)
