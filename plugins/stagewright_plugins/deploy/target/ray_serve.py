"""Ray Serve: a configuration file and the module that it imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import TargetInputs


@deploy.target(local=False, cost=2.0, latency_ms=3.0, memory_mb=350)
def ray_serve(
    inputs: TargetInputs,
    /,
    *,
    package: Annotated[
        str,
        Field(
            min_length=1, description="where replicas find the package; {name} and {version} are filled in"
        ),
    ] = "/models/{name}/{version}",
    replicas: Annotated[int, Field(ge=1, le=1000, description="replicas at least")] = 1,
    most_replicas: Annotated[int, Field(ge=1, le=1000, description="replicas at most")] = 2,
    ongoing: Annotated[
        int, Field(ge=1, le=1000, description="requests that a replica works on before there is another")
    ] = 8,
    cpus: Annotated[float, Field(gt=0, le=256, description="CPUs of a replica")] = 1.0,
    on_premises: Annotated[
        bool, Field(description="whether the cluster is the user's own, so that data stays")
    ] = False,
) -> Sequence[str]:
    """`serve.yaml` and `app.py`: protocol V2 with binary tensors; `serve deploy serve.yaml` beside `app.py`.

    The package is named in `user_config`: to change the version, change that line alone and deploy again, and Ray
    swaps it in the running replicas.

    Raises:
        StagewrightError: `most_replicas` is below `replicas`.
    """
    from ._ray_serve import written

    return written(inputs, package, (replicas, most_replicas), ongoing, cpus)
