"""What `check` knows of a policy that requests are replayed to; light, because `check` asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from stagewright.rollout.default_guards import usual
from stagewright.rollout.measured import unknown_labels
from stagewright.rollout.mistakes import mistakes
from stagewright.rollout.policy import Policy
from stagewright.stages.known import KeyPath, Known

from .labels import brought


def wrong_policy(policy: Policy, known: Known) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with it for this task and these metrics, by place below it.

    Values that no label brings; steps that wait in vain for the guards of a policy that names none.
    """
    for path, said in unknown_labels(policy.analysis.guards, brought(known)):
        yield ("analysis", "guards", *path), said
    if not policy.analysis.guards and known.metrics:
        guarded = usual(
            policy, known.task, known.metrics[0], "maximize"
        )  # which way is better matters to no step
        names = ", ".join(guard.name for guard in guarded.analysis.guards)
        for path, said in mistakes(guarded):
            yield path, f"{said} (`analysis` lists no guards, so the usual ones watch: {names})"
