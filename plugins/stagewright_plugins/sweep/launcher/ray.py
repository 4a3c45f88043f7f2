"""Workers as Ray tasks, on this machine or on a cluster."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Launch


@sweep.launcher
def ray(
    launch: Launch,
    /,
    *,
    address: Annotated[
        str,
        Field(description="local, auto (the cluster this machine belongs to), or host:port of a head node"),
    ] = "local",
    cpus: Annotated[float, Field(gt=0, description="CPU cores of a trial; sizes its thread pools too")] = 1.0,
    gpus: Annotated[float, Field(ge=0, description="GPUs of a trial; a half lets two share one")] = 0.0,
    resources: Annotated[
        dict[str, float], Field(description="further resources of a trial, as the nodes declare them")
    ] = {},  # noqa: B006 - never changed
    runtime_env: Annotated[
        dict[str, Any], Field(description="what the nodes lack, in Ray's words: env_vars, pip, py_modules")
    ] = {},  # noqa: B006
) -> None:
    """Run `workers` long tasks, each one worker; Ray finds them a place, and one that is lost is started anew.

    Nodes need this project at the same path (a shared file system), for the store of artifacts, and Stagewright
    installed; several of them need a storage that they all reach.

    Raises:
        StagewrightError: Ray is not installed, nothing answers at the address, or no node has the resources.
    """
    from ._ray import Place, run

    run(launch, Place(address, cpus, gpus, resources, runtime_env))
