"""Kubernetes through KServe: a runtime that serves packages, and the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import TargetInputs


@deploy.target(local=False, cost=4.0, latency_ms=5.0, memory_mb=30)
def kserve(
    inputs: TargetInputs,
    /,
    *,
    image: Annotated[
        str,
        Field(
            min_length=1, description="image that runs `stagewright serve`, as the container target builds it"
        ),
    ] = "stagewright-serve:latest",
    storage_uri: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9]+://",
            description="where the package is kept; {name} and {version} are filled in",
        ),
    ] = "pvc://models/{name}/{version}",
    namespace: Annotated[str, Field(description="namespace; the one at hand if not said")] = "",
    replicas: Annotated[int, Field(ge=1, le=1000, description="pods of the service at least")] = 1,
    cpu: Annotated[str, Field(pattern=r"^\d+(\.\d+)?m?$", description="CPUs of a pod")] = "1",
    memory: Annotated[str, Field(pattern=r"^\d+[KMG]i$", description="memory of a pod")] = "512Mi",
    stable: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{12,64}$", description="version in service, where this one starts as canary"
        ),
    ] = None,
    canary_percent: Annotated[
        int, Field(ge=0, le=100, description="traffic for this version beside `stable`; 0 gives it none")
    ] = 5,
    on_premises: Annotated[
        bool, Field(description="whether the cluster is the user's own, so that data stays")
    ] = False,
) -> Sequence[str]:
    """`serving-runtime.yaml` and `inference-service.yaml` (KServe 0.20: `spec.canary`; protocol V2; mode Standard).

    To promote, set `spec.predictor` to the canary's and drop the entry: as the predictor keeps its name, KServe
    restarts nothing.
    """
    from ._kserve import Service, written

    return written(
        inputs, Service(image, storage_uri, namespace, replicas, cpu, memory, stable, canary_percent)
    )
