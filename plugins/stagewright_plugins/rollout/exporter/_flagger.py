"""Flagger's objects as plain mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagewright.rollout.policy import Policy
from stagewright.stages.manifests import Exported, ExportInputs

from ._naming import label, metadata, rounded, whole, write

API = "flagger.app/v1beta1"
INTERVAL = 60.0  # seconds, where no pause says one
QUERY = 'max(stagewright_rollout_phase{phase="Degraded"}) or vector(0)'


@dataclass(frozen=True)
class Settings:
    """The exporter's settings, by the names that `flagger` documents."""

    prometheus: str
    deployment: str
    port: int
    namespace: str


def exported(inputs: ExportInputs, settings: Settings) -> Exported:
    """Write the file."""
    policy = Policy.of(inputs.section)
    objects = [_canary(inputs.name, policy, settings)]
    if policy.analysis.guards:
        objects.append(_template(inputs.name, settings))
    return Exported((write(inputs.folder / "canary.yaml", objects),), tuple(_unmapped(policy)))


def _canary(name: str, policy: Policy, settings: Settings) -> dict[str, Any]:
    deployment = settings.deployment or label(name)
    spec = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "service": {"port": settings.port},
        "progressDeadlineSeconds": round(policy.progressDeadlineSeconds),
        "analysis": _analysis(name, policy, settings),
    }
    return {"apiVersion": API, "kind": "Canary", "metadata": metadata(name, settings.namespace), "spec": spec}


def _analysis(name: str, policy: Policy, settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {"interval": _time(_interval(policy)), "threshold": 1}
    weights = _weights(policy)
    if weights:
        found |= {"stepWeights": [whole(weight) for weight in weights]}
    else:
        found |= {"iterations": 1}  # nothing but copies, or all traffic at once
    if mirrored := _mirrored(policy):
        found |= {"mirror": True, "mirrorWeight": whole(mirrored)}
    if policy.affinity.key:
        found["sessionAffinity"] = {"cookieName": f"{label(name)}-arm"}
    if policy.analysis.guards:
        reference = {"name": label(f"{name}-guards")}
        if settings.namespace:
            reference["namespace"] = settings.namespace
        metric = {"name": "guards", "templateRef": reference, "thresholdRange": {"max": 0}}
        found["metrics"] = [metric | {"interval": _time(_interval(policy))}]
    return found


def _template(name: str, settings: Settings) -> dict[str, Any]:
    spec = {"provider": {"type": "prometheus", "address": settings.prometheus}, "query": QUERY}
    about = metadata(f"{name}-guards", settings.namespace)
    return {"apiVersion": API, "kind": "MetricTemplate", "metadata": about, "spec": spec}


def _weights(policy: Policy) -> list[float]:
    """Weights in the order of the steps, as long as they rise; Flagger knows no other order."""
    weights = [step.setWeight for step in policy.plan() if step.setWeight]
    rising = [weight for i, weight in enumerate(weights) if weight > max(weights[:i], default=0)]
    return [] if policy.strategy == "blueGreen" else rising


def _mirrored(policy: Policy) -> float:
    return max((s.setMirrorRoute.percentage for s in policy.plan() if s.setMirrorRoute), default=0)


def _durations(policy: Policy) -> list[float]:
    return [step.pause.duration for step in policy.plan() if step.pause and step.pause.duration]


def _interval(policy: Policy) -> float:
    """The longest pause: no step may be shorter than the recipe says."""
    return max(_durations(policy), default=INTERVAL)


def _time(seconds: float) -> str:
    """Flagger takes whole seconds or minutes."""
    whole_seconds = max(1, round(seconds))
    return f"{whole_seconds // 60}m" if whole_seconds % 60 == 0 else f"{whole_seconds}s"


def _unmapped(policy: Policy) -> Iterator[str]:
    weights = [step.setWeight for step in policy.plan() if step.setWeight]
    yield from rounded(weights, "setWeight")
    if policy.strategy != "blueGreen" and len(_weights(policy)) < len(weights):
        yield "steps: weights that do not rise are left out; Flagger only raises the weight"
    if len(set(_durations(policy))) > 1:
        yield f"pause.duration: Flagger has one interval for all steps, {_time(_interval(policy))} is the longest"
    yield from _about_steps(policy)
    if policy.analysis.guards:
        yield "guards: judged by the gateway, which must see the events of both arms; Flagger follows its phase"
    if policy.analysis.dryRun:
        yield f"dryRun {', '.join(policy.analysis.dryRun)}: known to the gateway alone"
    if policy.affinity.key:
        yield f"affinity.key `{policy.affinity.key}`: Flagger keeps sessions by a cookie of its own"
    if policy.onFailure != "rollback":
        yield f"onFailure `{policy.onFailure}`: Flagger rolls back, once the gateway does"
    if policy.onSuccess == "pause":
        yield "onSuccess `pause`: add a webhook `confirm-promotion`; Flagger promotes by itself"
    yield f"onInconclusive `{policy.onInconclusive}`: Flagger has no third verdict and goes on"
    if not policy.progressDeadlineAbort:
        yield "progressDeadlineAbort false: Flagger rolls back at its deadline"


def _about_steps(policy: Policy) -> Iterator[str]:
    for index, step in enumerate(policy.plan()):
        if step.pause and step.pause.minRequests:
            yield f"steps[{index}].pause.minRequests {step.pause.minRequests}: Flagger waits by time only"
        elif step.pause and step.pause.duration is None:
            yield f"steps[{index}].pause: add a webhook `confirm-traffic-increase`; Flagger does not wait for people"
        if step.analysis:
            yield f"steps[{index}].analysis: Flagger checks at every interval, not at a step"
