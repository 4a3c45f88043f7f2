"""The guards of a recipe that names none: in a replay and behind `stagewright serve` alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from stagewright.errors import StagewrightError
from stagewright.keypath import dotted
from stagewright.rollout.policy import Analysis, Guard, Policy, problems
from stagewright.stages.framing import Task
from stagewright.stages.metrics import Direction, MetricSet

MARGIN = 0.05  # tolerated worsening


def with_guards(policy: Policy, metrics: MetricSet, task: Task) -> Policy:
    """The policy, with guards on errors, the sample ratio and the answers where it has none.

    Raises:
        StagewrightError: a step names a guard that is not among them.
    """
    leading = metrics.metrics[0]
    found = usual(policy, task, leading.keys[0], leading.direction)
    if wrong := problems(found):
        raise StagewrightError("\n".join(f"rollout.{dotted(path)}: {said}" for path, said in wrong))
    return found


def guarded(section: Mapping[str, Any], metrics: MetricSet, task: Task) -> dict[str, Any]:
    """A recipe's section as plain values, with the guards that its canary will have."""
    return with_guards(Policy.of(section), metrics, task).model_dump(mode="json", exclude_unset=True)


def usual(policy: Policy, task: Task, key: str, better: Direction) -> Policy:
    """The same, with `key` as the leading metric's value.

    Copies of requests have no label, so where the arms never answer users side by side there is none on the answers.
    """
    if policy.analysis.guards:
        return policy
    guards = [
        Guard(name="errors", metric="request.error", test="event"),
        Guard(name="srm", metric="request", test="srm", alpha=0.001),
    ]
    if any(step.setWeight and step.setWeight < 100 for step in policy.plan()):
        guards.append(_wrong() if task.type == "classification" else _leading(key, better))
    analysis = Analysis(**(policy.analysis.model_dump() | {"guards": tuple(guards)}))
    return policy.model_copy(update={"analysis": analysis})


def _wrong() -> Guard:
    """Ranking metrics have no value for one row; a wrong class has."""
    return Guard(name="wrong", metric="label.correct < 1", test="event", margin=MARGIN)


def _leading(key: str, better: Direction) -> Guard:
    direction: Literal["higher", "lower"] = "higher" if better == "maximize" else "lower"
    name = key.replace(".", "_")
    return Guard(name=name, metric=f"label.{key}", test="msprt", direction=direction, margin=MARGIN)
