"""The guards of a recipe that names none: in a replay and behind `stagewright serve` alike."""

from __future__ import annotations

from typing import Literal

from stagewright.rollout.policy import Analysis, Guard, Policy
from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet

MARGIN = 0.05  # tolerated worsening


def with_guards(policy: Policy, metrics: MetricSet, task: Task) -> Policy:
    """The policy, with guards on errors, the sample ratio and the answers where it has none.

    Copies of requests have no label, so where the arms never answer users side by side there is none on the answers.
    """
    if policy.analysis.guards:
        return policy
    guards = [
        Guard(name="errors", metric="request.error", test="event"),
        Guard(name="srm", metric="request", test="srm", alpha=0.001),
    ]
    if policy.strategy not in ("shadow", "blueGreen"):
        guards.append(_wrong() if task.type == "classification" else _leading(metrics))
    analysis = Analysis(**(policy.analysis.model_dump() | {"guards": tuple(guards)}))
    return policy.model_copy(update={"analysis": analysis})


def _wrong() -> Guard:
    """Ranking metrics have no value for one row; a wrong class has."""
    return Guard(name="wrong", metric="label.correct < 1", test="event", margin=MARGIN)


def _leading(metrics: MetricSet) -> Guard:
    leading = metrics.metrics[0]
    key = leading.keys[0]
    better: Literal["higher", "lower"] = "higher" if leading.direction == "maximize" else "lower"
    name = key.replace(".", "_")
    return Guard(name=name, metric=f"label.{key}", test="msprt", direction=better, margin=MARGIN)
