"""The guards of a recipe that names none, and those that could never see a value."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright.errors import StagewrightError
from stagewright.expression import parse
from stagewright.nearest import suggestion
from stagewright.rollout.policy import Analysis, Guard, Policy
from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet

MARGIN = 0.05  # tolerated worsening


def with_guards(policy: Policy, metrics: MetricSet, task: Task) -> Policy:
    """The policy, with guards on errors, the sample ratio and the answers where it has none."""
    if policy.analysis.guards:
        return policy
    guards = (
        Guard(name="errors", metric="request.error", test="event"),
        Guard(name="srm", metric="request", test="srm", alpha=0.001),
        _wrong() if task.type == "classification" else _leading(metrics),
    )
    analysis = Analysis(**(policy.analysis.model_dump() | {"guards": guards}))
    return policy.model_copy(update={"analysis": analysis})


def _wrong() -> Guard:
    """Ranking metrics have no value for one row; a wrong class has."""
    return Guard(name="wrong", metric="label.correct < 1", test="event", margin=MARGIN)


def _leading(metrics: MetricSet) -> Guard:
    leading = metrics.metrics[0]
    key = leading.keys[0]
    better = "higher" if leading.direction == "maximize" else "lower"
    name = key.replace(".", "_")
    return Guard(name=name, metric=f"label.{key}", test="msprt", direction=better, margin=MARGIN)


def refuse_unknown_labels(policy: Policy, keys: Sequence[str]) -> None:
    """Raise StagewrightError for a guard on a label's value that no label carries: it would never speak."""
    for guard in policy.analysis.guards:
        for name in sorted(parse(guard.metric).names):
            head, _, key = name.partition(".")
            if head == "label" and key not in keys:
                known = suggestion(key, keys, "value")
                raise StagewrightError(
                    f"rollout: guard {guard.name!r} reads {name!r}, which no label carries, {known}"
                )
