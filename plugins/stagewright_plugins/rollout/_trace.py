"""What the report shows of a replay over its requests: the weight, and every guard's evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stagewright.rollout.controller import Controller

POINTS = 150  # of a curve


@dataclass
class Trace:
    """Curves with few points, however long the replay: every second point goes when they become too many.

    Attributes:
        guards: per guard, (request, evidence).
    """

    every: int = 1
    at: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    mirrors: list[float] = field(default_factory=list)
    guards: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    last: int = 0

    def request(self, number: int, controller: Controller) -> None:
        """After a request."""
        self.last = number
        if number % self.every and not controller.finished:
            return
        self.at.append(number)
        self.weights.append(controller.weight)
        self.mirrors.append(controller.mirror)
        self.guards.append({name: dict(watch.test.evidence()) for name, watch in controller.watches.items()})
        if len(self.at) > 2 * POINTS:
            self._thin()

    def decision(self, decision: dict[str, Any]) -> None:
        """A decision, with the number of the request that it followed."""
        self.decisions.append({**decision, "request": self.last + 1 if decision["now"] else 0})

    def _thin(self) -> None:
        self.every *= 2
        for values in (self.at, self.weights, self.mirrors, self.guards):
            del values[::2]
