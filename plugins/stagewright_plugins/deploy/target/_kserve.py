"""KServe's objects as plain mappings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from stagewright.stages.deploy import TargetInputs

from ._naming import label

RUNTIME, SERVICE = "serving-runtime.yaml", "inference-service.yaml"
FORMAT = "stagewright"  # the model format that the runtime declares and the service asks for
CONTAINER = "kserve-container"
PORT = 8080


@dataclass(frozen=True)
class Service:
    """The target's settings, by the names that `kserve` documents."""

    image: str
    storage_uri: str
    namespace: str
    replicas: int
    cpu: str
    memory: str
    stable: str | None
    canary_percent: int


def written(inputs: TargetInputs, service: Service) -> Sequence[str]:
    """Write both manifests; gives their names."""
    for name, content in ((RUNTIME, runtime(inputs, service)), (SERVICE, inference_service(inputs, service))):
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        (inputs.folder / name).write_text(text, encoding="utf-8")
    return (RUNTIME, SERVICE)


def runtime(inputs: TargetInputs, service: Service) -> dict[str, Any]:
    """A ServingRuntime that serves packages of any model."""
    probe = {"httpGet": {"path": "/v2/health/ready", "port": PORT}, "periodSeconds": 5}
    container = {
        "name": CONTAINER,
        "image": service.image,
        "args": ["/mnt/models", "--host", "0.0.0.0", "--port", str(PORT)],
        "command": ["stagewright", "serve"],
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": probe,
        "livenessProbe": probe | {"httpGet": {"path": "/v2/health/live", "port": PORT}},
        "resources": {
            "requests": {"cpu": service.cpu, "memory": service.memory},
            "limits": {"cpu": service.cpu, "memory": service.memory},
        },
        "securityContext": {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    spec = {
        "supportedModelFormats": [{"name": FORMAT, "version": "1", "autoSelect": True}],
        "protocolVersions": ["v2"],
        "containers": [container],
    }
    return _object("serving.kserve.io/v1alpha1", "ServingRuntime", _named(FORMAT, service), spec)


def inference_service(inputs: TargetInputs, service: Service) -> dict[str, Any]:
    """The InferenceService: one predictor, or the stable one with this version as its canary."""
    ours = _predictor(inputs, service, inputs.version)
    if service.stable is None:
        spec: dict[str, Any] = {"predictor": ours}
    else:
        canary = {"trafficPercent": service.canary_percent, "predictor": ours}
        spec = {"predictor": _predictor(inputs, service, service.stable), "canary": [canary]}
    metadata = _named(label(inputs.name), service)
    # `canary` works in this mode only; in the others KServe refuses it.
    metadata["annotations"] = {"serving.kserve.io/deploymentMode": "Standard"}
    return _object("serving.kserve.io/v1beta1", "InferenceService", metadata, spec)


def _predictor(inputs: TargetInputs, service: Service, version: str) -> dict[str, Any]:
    uri = service.storage_uri.replace("{name}", inputs.name).replace("{version}", version)
    model = {
        "name": CONTAINER,  # KServe fills it in for the predictor, but asks for it in a canary
        "modelFormat": {"name": FORMAT, "version": "1"},
        "runtime": FORMAT,
        "protocolVersion": "v2",
        "storageUri": uri,
    }
    return {"name": f"v{version[:12]}", "minReplicas": service.replicas, "model": model}


def _named(name: str, service: Service) -> dict[str, Any]:
    return {"name": name} | ({"namespace": service.namespace} if service.namespace else {})


def _object(version: str, kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
