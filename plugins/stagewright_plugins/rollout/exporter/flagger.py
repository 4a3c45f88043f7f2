"""Flagger: weights and interval; the guards as one metric of our gateway."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.manifests import Exported, ExportInputs


@rollout.exporter
def flagger(
    inputs: ExportInputs,
    /,
    *,
    prometheus: Annotated[
        str, Field(min_length=1, description="address of the Prometheus that scrapes the gateway")
    ] = "http://prometheus:9090",
    deployment: Annotated[
        str, Field(description="Deployment that is rolled out; the model's name if not said")
    ] = "",
    port: Annotated[int, Field(ge=1, le=65535, description="port of its service")] = 8080,
    namespace: Annotated[str, Field(description="namespace; the one at hand if not said")] = "",
) -> Exported:
    """`canary.yaml`: a Canary (flagger.app/v1beta1), and a MetricTemplate that follows the gateway's rollout phase.

    Flagger rolls back when the gateway has: when `stagewright_rollout_phase` says `Degraded`.
    """
    from ._flagger import Settings, exported

    return exported(inputs, Settings(prometheus, deployment, port, namespace))
