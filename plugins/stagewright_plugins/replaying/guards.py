"""The guards of a replay: those that could never see a value are refused, or only report."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright.errors import StagewrightError
from stagewright.expression import parse
from stagewright.nearest import suggestion
from stagewright.rollout.default_guards import with_guards
from stagewright.rollout.measured import kind_of
from stagewright.rollout.policy import Policy
from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet

LIVE_ONLY = ("feedback", "hardware")  # kinds of events that no replay has


def replayable(policy: Policy, metrics: MetricSet, task: Task) -> Policy:
    """The policy with guards of its own or the usual ones; those of live traffic only report here."""
    return only_reporting(with_guards(policy, metrics, task))


def only_reporting(policy: Policy) -> Policy:
    """The same policy, whose guards of live traffic only report."""
    dry = policy.analysis.dryRun
    live = [g.name for g in policy.analysis.guards if kind_of(g.metric) in LIVE_ONLY and g.name not in dry]
    analysis = policy.analysis.model_copy(update={"dryRun": (*dry, *live)})
    return policy.model_copy(update={"analysis": analysis}) if live else policy


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
