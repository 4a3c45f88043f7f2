"""Which shares of requests the canary answers and is copied, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stagewright.frozen import frozen
from stagewright.rollout import assignment
from stagewright.rollout.measured import kind_of
from stagewright.rollout.policy import Guard, Step


@frozen
class Shares:
    """Both from 0 to 1.

    Attributes:
        weight: of users' requests, those that the canary answers.
        mirror: of the stable arm's, those that are copied to the canary.
    """

    weight: float = 0.0
    mirror: float = 0.0

    def chance(self, guard: Guard) -> float:
        """Probability that a request tells a guard something of the canary; labels and feedback may come late."""
        kind, copied = kind_of(guard.metric) or "request", (1 - self.weight) * self.mirror
        if kind == "shadow":
            return copied
        if kind == "request" and not guard.users_only:
            return self.weight + copied
        return 1.0 if kind == "hardware" else self.weight

    def copies(self, guard: Guard) -> bool:
        """Whether a request may tell a guard something of both arms."""
        of_requests = kind_of(guard.metric) in ("", "request") and not guard.users_only
        return of_requests and self.mirror > 0 and self.weight < 1


def shares(steps: Iterable[Step]) -> Iterator[Shares]:
    """Those in force in each step."""
    now = Shares()
    for step in steps:
        if step.setWeight is not None:
            now = Shares(assignment.share(step.setWeight), now.mirror)
        elif step.setMirrorRoute is not None:
            now = Shares(now.weight, assignment.share(step.setMirrorRoute.percentage))
        yield now
