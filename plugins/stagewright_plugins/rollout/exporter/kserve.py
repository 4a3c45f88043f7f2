"""KServe: one InferenceService per weight; KServe itself judges nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.manifests import Exported, ExportInputs


@rollout.exporter
def kserve(
    inputs: ExportInputs,
    /,
    *,
    stable_uri: Annotated[
        str, Field(min_length=1, description="where the package in service lies, e.g. s3://models/fraud/12ab")
    ],
    canary_uri: Annotated[str, Field(min_length=1, description="where the new package lies")],
    namespace: Annotated[str, Field(description="namespace; the one at hand if not said")] = "",
    runtime: Annotated[str, Field(description="ServingRuntime; chosen by the format if not said")] = "",
) -> Exported:
    """`inference-service-<n>-<weight>.yaml` per weight, to be applied one after the other; the last one promotes.

    Needs KServe 0.20, whose `spec.canary` works without Knative too. Runtime and format are those of
    `deploy: {targets: [kserve]}`.
    """
    from ._kserve import Settings, exported

    return exported(inputs, Settings(stable_uri, canary_uri, namespace, runtime))
