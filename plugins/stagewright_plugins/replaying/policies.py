"""What `check` knows of a policy that requests are replayed to; light, because `check` asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagewright.rollout.default_guards import usual
from stagewright.rollout.measured import unknown_labels
from stagewright.rollout.mistakes import mistakes
from stagewright.rollout.policy import Policy
from stagewright.stages.known import KeyPath, Known
from stagewright.stages.rollout import TestInputs

from .enough import too_few
from .guards import only_reporting
from .labels import brought


def wrong_policy(policy: Policy, known: Known) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with it for this task and these metrics, by place below it.

    Values that no label brings; steps that wait in vain for the guards of a policy that names none.
    """
    for path, said in unknown_labels(policy.analysis.guards, brought(known)):
        yield ("analysis", "guards", *path), said
    if not policy.analysis.guards and known.metrics:
        guarded = _guarded(policy, known)
        names = ", ".join(guard.name for guard in guarded.analysis.guards)
        for path, said in mistakes(guarded):
            yield path, f"{said} (`analysis` lists no guards, so the usual ones watch: {names})"


def too_short(policy: Policy, replay: Any, known: Known) -> Iterator[tuple[KeyPath, str]]:
    """Where a recipe's `replay` is too short for its policy, which is right, to promote anything."""
    if known.resolve is None or not known.metrics:
        return
    policy = only_reporting(_guarded(policy, known))
    needs = {}
    for guard in policy.analysis.guards:
        test = known.resolve("rollout.test", guard.spec)
        if test.facts.least:
            given = TestInputs(policy.share_of_alpha(guard), guard.direction, guard.margin)
            needs[guard.name] = test.facts.least(test.settings, given)
    for key, said in too_few(policy, replay, needs):
        yield ("replay", key), said


def _guarded(policy: Policy, known: Known) -> Policy:
    """With the usual guards where it has none; which way is better matters to nothing that is asked here."""
    return usual(policy, known.task, known.metrics[0], "maximize")
