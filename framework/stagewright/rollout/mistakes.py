"""Everything wrong between the parts of a policy in a recipe; a controller that is handed steps is less strict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stagewright.rollout.measured import kind_of
from stagewright.rollout.policy import AnalysisStep, Contradiction, Guard, Policy, problems
from stagewright.rollout.shares import Shares, shares

COMPARING = ("event", "msprt", "ab_test")  # tests that hear nothing where only one arm answers
OF_USERS = ("label", "feedback")  # kinds of events that belong to what users saw


def contradictions(settings: Mapping[str, Any]) -> list[Contradiction]:
    """For a stage's settings, each right for itself."""
    return mistakes(policy_in(settings))


def policy_in(settings: Mapping[str, Any]) -> Policy:
    """The policy in a stage's settings; those that belong to the stage are left to it."""
    return Policy(**{name: settings[name] for name in Policy.model_fields if name in settings})


def mistakes(policy: Policy) -> list[Contradiction]:
    """By place below `rollout`. A policy without guards is held against the usual ones later, see `default_guards`."""
    never = list(_never_heard(policy))
    told = () if never else _not_heard_by_then(policy)
    return [*problems(policy), *_descending(policy), *never, *told, *_after_the_switch(policy)]


def _after_the_switch(policy: Policy) -> Iterator[Contradiction]:
    """Once the canary has all requests there is no other arm to compare it with."""
    after, guards = policy.blueGreen.postPromotionAnalysis, {g.name: g for g in policy.analysis.guards}
    if policy.strategy != "blueGreen" or after is None:
        return
    if not guards:  # the usual ones compare two arms
        said = "waits for guards, and there are none: name one with the test `threshold` in `analysis`"
        yield ("blueGreen", "postPromotionAnalysis"), said
    for name in _known(policy, after):
        if (test := guards[name].spec.get("type")) in COMPARING:
            said = f"guard {name!r} compares two arms (test `{test}`), but after the switch only the canary answers"
            yield ("blueGreen", "postPromotionAnalysis"), f"{said}: name guards with the test `threshold`"


def _never_heard(policy: Policy) -> Iterator[Contradiction]:
    """Guards that promotion waits for and that no event of these steps can tell anything."""
    if _unknown(policy):
        return
    copied = any(step.setMirrorRoute and step.setMirrorRoute.percentage for step in policy.plan())
    shown = any(step.setWeight for step in policy.plan())
    for index, guard in enumerate(policy.analysis.guards):
        kind, where = kind_of(guard.metric), ("analysis", "guards", index, "metric")
        if guard.name not in policy.deciding():
            continue
        if kind == "shadow" and not copied:
            yield where, f"{guard.metric!r} reads copies, and no step copies requests (`setMirrorRoute`)"
        if kind in OF_USERS and not shown:
            said = "belongs to what users saw, and no step shows them an answer of the canary"
            yield where, f"{guard.metric!r} {said}: name the guard in `analysis.dryRun`, or leave it out"
        if kind in OF_USERS and guard.name in _before_the_switch(policy):
            said = "belongs to what users saw, and before the switch they see no answer of the canary"
            name = ("blueGreen", "prePromotionAnalysis")
            yield name, f"guard {guard.name!r}: {guard.metric!r} {said}: name other guards in `guards`"


def _before_the_switch(policy: Policy) -> Sequence[str]:
    before = policy.blueGreen.prePromotionAnalysis
    return policy.waited_for(before) if policy.strategy == "blueGreen" and before else ()


def _not_heard_by_then(policy: Policy) -> Iterator[Contradiction]:
    """Guards that a step, or after the last one promotion, waits for, and that were told nothing until then."""
    if _unknown(policy) or not policy.steps:
        return
    guards = {guard.name: guard for guard in policy.analysis.guards}
    seen: list[Shares] = []
    told: set[str] = set()
    for index, (step, now) in enumerate(zip(policy.steps, shares(policy.steps), strict=True)):
        seen.append(now)
        for name in policy.waited_for(step.analysis) if step.analysis else ():
            passes = step.analysis and step.analysis.limited and policy.onInconclusive == "notify"
            if not passes and (deaf := _deaf(guards[name], seen)):
                said = f"waits for guard {name!r}, which was told nothing until then: {deaf}"
                told.add(name)
                yield ("steps", index, "analysis"), f"{said}; put it later, or name other guards in `guards`"
    if policy.strategy == "canary" and policy.onInconclusive != "notify":
        for name in policy.deciding():
            if name not in told and (deaf := _deaf(guards[name], seen)):
                yield ("steps",), f"promotion waits for guard {name!r}, which no step tells anything: {deaf}"


def _deaf(guard: Guard, seen: Sequence[Shares]) -> str:
    """Why a guard was told nothing at these shares; empty where it may have been, or where its test is not known."""
    kind, test = kind_of(guard.metric), str(guard.spec.get("type"))
    compares = test in COMPARING
    if not compares and test != "threshold":
        return ""
    if any(now.chance(guard) and (now.weight < 1 or not compares) for now in seen):
        return ""
    beside = " beside the stable arm's" if compares else ""
    if kind in OF_USERS:
        return f"{guard.metric!r} belongs to what users saw, and they saw no answer of the canary{beside}"
    if kind == "shadow":
        return f"{guard.metric!r} reads copies, and no request was copied"
    return f"its test `{test}` needs answers of the canary{beside}"


def _unknown(policy: Policy) -> bool:
    """Whether steps name guards that are not there: said elsewhere, and nothing can be said beyond."""
    names = {guard.name for guard in policy.analysis.guards}
    return any(step.analysis and not names.issuperset(step.analysis.guards) for step in policy.plan())


def _known(policy: Policy, step: AnalysisStep) -> Sequence[str]:
    return () if _unknown(policy) else policy.waited_for(step)


def _descending(policy: Policy) -> Iterator[Contradiction]:
    """A canary that shrinks is a mistake in a recipe, though the controller would follow it."""
    weight = 0.0
    for index, step in enumerate(policy.steps):
        if step.setWeight is not None and step.setWeight < weight:
            said = f"weights ascend: {step.setWeight:g} comes after {weight:g}; a rollback needs no step"
            yield ("steps", index, "setWeight"), said
        weight = weight if step.setWeight is None else step.setWeight
