"""Argo Rollouts: the steps as they are, the guards as questions to our gateway."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.rollout.durations import Duration
from stagewright.stages import rollout
from stagewright.stages.manifests import Exported, ExportInputs


@rollout.exporter
def argo(
    inputs: ExportInputs,
    /,
    *,
    gateway: Annotated[
        str,
        Field(description="address of the gateway that judges the guards; http://<name>-gateway if not said"),
    ] = "",
    deployment: Annotated[
        str, Field(description="Deployment whose pods are rolled out; the model's name if not said")
    ] = "",
    virtual_service: Annotated[
        str,
        Field(description="Istio VirtualService that splits and mirrors requests; none: by number of pods"),
    ] = "",
    namespace: Annotated[str, Field(description="namespace; the one at hand if not said")] = "",
    interval: Annotated[Duration, Field(gt=0, description="time between two looks at a guard")] = 30.0,
) -> Exported:
    """`rollout.yaml` (Rollout, argoproj.io/v1alpha1) and `analysis.yaml` (an AnalysisTemplate per guard).

    The tests themselves stay with the gateway, which has to see the events of both arms; Argo asks it for each
    guard's verdict (`GET /v1/rollout`).
    """
    from ._argo import Settings, exported

    return exported(inputs, Settings(gateway, deployment, virtual_service, namespace, interval))
