"""Argo Rollouts' objects as plain mappings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stagewright.rollout.durations import text
from stagewright.rollout.policy import AnalysisStep, Guard, Policy, Step
from stagewright.stages.manifests import Exported, ExportInputs

from ._naming import label, metadata, rounded, whole, write

API = "argoproj.io/v1alpha1"
MIRROR = "stagewright-mirror"
FOREVER = 1_000_000  # inconclusive looks that do not end a background analysis


@dataclass(frozen=True)
class Settings:
    """The exporter's settings, by the names that `argo` documents."""

    gateway: str
    deployment: str
    virtual_service: str
    namespace: str
    interval: float


def exported(inputs: ExportInputs, settings: Settings) -> Exported:
    """Write both files."""
    policy = Policy.of(inputs.section)
    objects = _Objects(inputs.name, policy, settings)
    files = [write(inputs.folder / "rollout.yaml", [objects.rollout()])]
    if policy.analysis.guards:
        files.append(write(inputs.folder / "analysis.yaml", objects.templates()))
    return Exported(tuple(files), tuple(_unmapped(policy, settings)))


@dataclass(frozen=True)
class _Objects:
    name: str
    policy: Policy
    settings: Settings

    def rollout(self) -> dict[str, Any]:
        policy, name = self.policy, label(self.name)
        deployment = self.settings.deployment or name
        spec = {
            "replicas": 1,
            "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
            "progressDeadlineSeconds": round(policy.progressDeadlineSeconds),
            "progressDeadlineAbort": policy.progressDeadlineAbort,
            "strategy": {"blueGreen": self._blue_green()}
            if policy.strategy == "blueGreen"
            else {"canary": self._canary()},
        }
        return {"apiVersion": API, "kind": "Rollout", "metadata": self._metadata(name), "spec": spec}

    def templates(self) -> list[dict[str, Any]]:
        """Per guard one that watches in the background, and one per analysis step that waits for success."""
        guards = {guard.name: guard for guard in self.policy.analysis.guards}
        found = [self._template(self._background(guard), guard, {}) for guard in guards.values()]
        for index, step in self._analyses():
            for name in self.policy.waited_for(step):
                found.append(
                    self._template(self._in_step(name, index), guards[name], self._limits(step, guards[name]))
                )
        return found

    def _canary(self) -> dict[str, Any]:
        name = label(self.name)
        spec: dict[str, Any] = {"stableService": f"{name}-stable", "canaryService": f"{name}-canary"}
        spec["steps"] = [self._step(index, step) for index, step in enumerate(_plan(self.policy))]
        if self.policy.onSuccess == "pause":
            spec["steps"].append({"pause": {}})
        if self.settings.virtual_service:
            spec["trafficRouting"] = {"istio": {"virtualService": {"name": self.settings.virtual_service}}}
            if any(step.setMirrorRoute for step in self.policy.plan()):
                spec["trafficRouting"]["managedRoutes"] = [{"name": MIRROR}]
        if self.policy.analysis.guards:
            spec["analysis"] = self._watching() | {"startingStep": self.policy.analysis.startingStep}
        return spec

    def _watching(self) -> dict[str, Any]:
        """The background analysis: every guard, and those that only report as Argo's dry runs."""
        guards = self.policy.analysis.guards
        dry = [guard.name for guard in guards if guard.name in self.policy.analysis.dryRun]
        dry += [g.name for g in guards if g.name not in dry and self.policy.on_failure(g) == "notify"]
        templates = [{"templateName": self._background(guard)} for guard in guards]
        return {"templates": templates} | ({"dryRun": [{"metricName": name} for name in dry]} if dry else {})

    def _blue_green(self) -> dict[str, Any]:
        plan, name = self.policy.blueGreen, label(self.name)
        spec: dict[str, Any] = {
            "activeService": f"{name}-stable",
            "previewService": f"{name}-canary",
            "autoPromotionEnabled": plan.autoPromotionEnabled,
        }
        if plan.autoPromotionSeconds:
            spec["autoPromotionSeconds"] = round(plan.autoPromotionSeconds)
        for key, step in (
            ("prePromotionAnalysis", plan.prePromotionAnalysis),
            ("postPromotionAnalysis", plan.postPromotionAnalysis),
        ):
            if step is not None:
                index = next(i for i, other in self._analyses() if other == step)
                spec[key] = {"templates": self._references(step, index)}
        return spec

    def _step(self, index: int, step: Step) -> dict[str, Any]:
        if step.setWeight is not None:
            return {"setWeight": whole(step.setWeight)}
        if step.setMirrorRoute is not None:
            share = whole(step.setMirrorRoute.percentage)
            match = [{"path": {"prefix": "/"}}]  # a route without a match is taken away
            return {
                "setMirrorRoute": {"name": MIRROR} | ({"match": match, "percentage": share} if share else {})
            }
        if step.analysis is not None:
            return {"analysis": {"templates": self._references(step.analysis, index)}}
        duration = step.pause.duration if step.pause else None
        return {"pause": {} if duration is None else {"duration": text(duration)}}

    def _analyses(self) -> Iterator[tuple[int, AnalysisStep]]:
        for index, step in enumerate(_plan(self.policy)):
            if step.analysis is not None:
                yield index, step.analysis

    def _references(self, step: AnalysisStep, index: int) -> list[dict[str, str]]:
        return [{"templateName": self._in_step(name, index)} for name in self.policy.waited_for(step)]

    def _limits(self, step: AnalysisStep, guard: Guard) -> dict[str, Any]:
        """Success ends it; so does the step's time, as inconclusive."""
        seconds = self.policy.progressDeadlineSeconds if step.duration is None else step.duration
        looks = max(1, round(seconds / self.settings.interval)) * (1 + guard.inconclusiveLimit)
        return {"consecutiveSuccessLimit": 1, "count": looks, "inconclusiveLimit": looks - 1}

    def _template(self, name: str, guard: Guard, limits: dict[str, Any]) -> dict[str, Any]:
        where = self.settings.gateway or f"http://{label(self.name)}-gateway"
        provider = {
            "url": f"{where}/v1/rollout",
            "jsonPath": f'{{$.guards[?(@.guard == "{guard.name}")].outcome}}',
        }
        metric = {
            "name": guard.name,
            "interval": text(self.settings.interval),
            **self._conditions(guard, bool(limits)),
            "failureLimit": 0,
            **(limits or {"inconclusiveLimit": FOREVER}),
            "provider": {"web": provider},
        }
        return {
            "apiVersion": API,
            "kind": "AnalysisTemplate",
            "metadata": self._metadata(name),
            "spec": {"metrics": [metric]},
        }

    def _conditions(self, guard: Guard, waits: bool) -> dict[str, Any]:
        """Argo's three values. A guard that must only pause fails as inconclusive, which pauses at once."""
        if self.policy.on_failure(guard) in ("freeze", "pause"):
            return {"successCondition": 'result != "failed"', "failureCondition": "false"}
        return {"successCondition": 'result == "successful"', "failureCondition": 'result == "failed"'}

    def _background(self, guard: Guard) -> str:
        return label(f"{self.name}-{guard.name}")

    def _in_step(self, name: str, index: int) -> str:
        return label(f"{self.name}-{name}-step-{index}")

    def _metadata(self, name: str) -> dict[str, Any]:
        return metadata(name, self.settings.namespace)


def _plan(policy: Policy) -> tuple[Step, ...]:
    """The steps, and the wait for undecided guards after the last, which Argo does not know, as an analysis."""
    steps, names = policy.plan(), policy.deciding()
    waits = steps[-1].analysis is not None and not steps[-1].analysis.guards
    if policy.strategy != "canary" or not names or waits or policy.onInconclusive == "notify":
        return steps
    return (*steps, Step(analysis=AnalysisStep(guards=tuple(names))))


def _unmapped(policy: Policy, settings: Settings) -> Iterator[str]:
    steps = policy.plan()
    yield from _about_steps(steps, settings)
    if policy.analysis.guards:
        yield "guards: judged by the gateway, which must see the events of both arms; Argo only asks for the verdict"
    if policy.affinity.key:
        yield f"affinity.key `{policy.affinity.key}`: Argo splits requests, not users; let the mesh keep sessions"
    if policy.onInconclusive != "pause":
        yield f"onInconclusive `{policy.onInconclusive}`: Argo pauses"
    elif policy.deciding():
        yield "evidence that comes after an inconclusive analysis: Argo stays paused until somebody promotes"
    if policy.strategy == "blueGreen" and policy.onSuccess == "pause":
        yield "onSuccess `pause`: Argo ends a blueGreen rollout by itself after its analysis"
    if policy.strategy == "blueGreen" and policy.analysis.guards:
        yield "analysis.startingStep, dryRun: Argo's blueGreen has no background analysis"
    if policy.strategy == "blueGreen" and policy.blueGreen.prePromotionAnalysis:
        yield "prePromotionAnalysis: Argo sends a preview no copies of requests; the gateway must mirror them"


def _about_steps(steps: Sequence[Step], settings: Settings) -> Iterator[str]:
    yield from rounded((step.setWeight for step in steps if step.setWeight), "setWeight")
    yield from rounded((s.setMirrorRoute.percentage for s in steps if s.setMirrorRoute), "setMirrorRoute")
    for index, step in enumerate(steps):
        if step.pause and step.pause.minRequests:
            yield f"steps[{index}].pause.minRequests {step.pause.minRequests}: Argo pauses by time only"
        if step.analysis and step.analysis.requests:
            yield f"steps[{index}].analysis.requests {step.analysis.requests}: Argo measures by time only"
    if not settings.virtual_service:
        yield "setWeight: without `virtual_service` Argo splits by number of pods, so a weight needs that many replicas"
        if any(step.setMirrorRoute for step in steps):
            yield "setMirrorRoute: Argo mirrors through Istio only; name a `virtual_service`"
