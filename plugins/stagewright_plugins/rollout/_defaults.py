"""The guards of a recipe that names none."""

from __future__ import annotations

from stagewright.rollout.policy import Analysis, Guard, Policy
from stagewright.stages.metrics import MetricSet

MARGIN = 0.05  # tolerated worsening of the leading metric


def with_guards(policy: Policy, metrics: MetricSet) -> Policy:
    """The policy, with guards on errors, the sample ratio and the leading metric where it has none."""
    if policy.analysis.guards:
        return policy
    leading = metrics.metrics[0]
    key = leading.keys[0]
    better = "higher" if leading.direction == "maximize" else "lower"
    guards = (
        Guard(name="errors", metric="request.error", test="event"),
        Guard(name="srm", metric="request", test="srm", alpha=0.001),
        Guard(
            name=key.replace(".", "_"), metric=f"label.{key}", test="msprt", direction=better, margin=MARGIN
        ),
    )
    analysis = Analysis(**(policy.analysis.model_dump() | {"guards": guards}))
    return policy.model_copy(update={"analysis": analysis})
