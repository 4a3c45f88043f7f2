"""KServe's objects as plain mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagewright.rollout.policy import Policy
from stagewright.stages.manifests import Exported, ExportInputs

from ._naming import label, metadata, rounded, whole, write

API = "serving.kserve.io/v1beta1"
FORMAT = "stagewright"  # what the deploy target's ServingRuntime supports


@dataclass(frozen=True)
class Settings:
    """The exporter's settings, by the names that `kserve` documents."""

    stable_uri: str
    canary_uri: str
    namespace: str
    runtime: str


def exported(inputs: ExportInputs, settings: Settings) -> Exported:
    """Write one file per weight."""
    policy = Policy.of(inputs.section)
    files = []
    for number, weight in enumerate([*_weights(policy), None], 1):
        said = "promoted" if weight is None else f"{weight:02d}"
        path = inputs.folder / f"inference-service-{number}-{said}.yaml"
        files.append(write(path, [_service(inputs, settings, weight)]))
    return Exported(tuple(files), tuple(_unmapped(policy)))


def _service(inputs: ExportInputs, settings: Settings, weight: int | None) -> dict[str, Any]:
    """At a weight; None is after the promotion."""
    stable = _predictor(_named(inputs.stable, "stable"), settings.stable_uri, settings)
    canary = _predictor(_named(inputs.version, "canary"), settings.canary_uri, settings)
    spec: dict[str, Any] = {"predictor": canary}
    if weight is not None:
        spec = {"predictor": stable, "canary": [{"trafficPercent": weight, "predictor": canary}]}
    about = metadata(inputs.name, settings.namespace)
    return {"apiVersion": API, "kind": "InferenceService", "metadata": about, "spec": spec}


def _predictor(name: str, uri: str, settings: Settings) -> dict[str, Any]:
    model = {"name": name, "modelFormat": {"name": FORMAT, "version": "1"}, "protocolVersion": "v2"}
    model |= {"storageUri": uri} | ({"runtime": settings.runtime} if settings.runtime else {})
    return {"name": name, "minReplicas": 1, "model": model}


def _named(version: str, otherwise: str) -> str:
    return label(f"v-{version[:12]}") if version else otherwise


def _weights(policy: Policy) -> list[int]:
    """0 is a dark launch: the canary runs, and nobody asks it yet."""
    weights = [whole(step.setWeight) for step in policy.plan() if step.setWeight is not None]
    return [0, *(weight for i, weight in enumerate(weights) if weight != ([0, *weights])[i])]


def _unmapped(policy: Policy) -> Iterator[str]:
    yield from rounded((step.setWeight for step in policy.plan() if step.setWeight), "setWeight")
    if any(step.pause for step in policy.plan()):
        yield "pause: apply the next file when it is time; KServe has no steps"
    if any(step.setMirrorRoute and step.setMirrorRoute.percentage for step in policy.plan()):
        yield "setMirrorRoute: KServe mirrors nothing; the dark launch of the first file gets no requests"
    if policy.analysis.guards or any(step.analysis for step in policy.plan()):
        yield "analysis: KServe judges nothing and rolls nothing back; apply the first file anew to roll back"
    if policy.affinity.key:
        yield f"affinity.key `{policy.affinity.key}`: KServe splits requests, not users"
    yield "onFailure, onInconclusive, onSuccess, progressDeadlineSeconds: for whoever applies the files"
