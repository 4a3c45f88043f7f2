"""When a step of a rollout is over, and which guards it listens to."""

from __future__ import annotations

from collections.abc import Mapping

from stagewright.rollout.policy import AnalysisStep, Pause, Policy, Step
from stagewright.rollout.watch import Watch


def pause_is_over(pause: Pause, seconds: float, requests: int) -> bool:
    """Whether a pause has lasted, by `seconds` and `requests` since it began; one without an end never has."""
    if pause.duration is None and not pause.minRequests:
        return False
    return seconds >= (pause.duration or 0) and requests >= pause.minRequests


def at_limit(step: AnalysisStep, seconds: float, requests: int) -> bool:
    """Whether one measurement of an analysis step has seen enough."""
    enough = step.requests is not None and requests >= step.requests
    return enough or (step.duration is not None and seconds >= step.duration)


def judging(policy: Policy, step: AnalysisStep, watches: Mapping[str, Watch]) -> list[Watch]:
    """The guards an analysis step waits for."""
    return [watches[name] for name in policy.waited_for(step)]


def listens(policy: Policy, plan: tuple[Step, ...], step: int, watch: Watch) -> bool:
    """Whether a guard that failed may act in a step."""
    if watch.dry:
        return False
    analysis = plan[step].analysis if step < len(plan) else None
    named = analysis is not None and (not analysis.guards or watch.guard.name in analysis.guards)
    return named or step >= policy.analysis.startingStep
