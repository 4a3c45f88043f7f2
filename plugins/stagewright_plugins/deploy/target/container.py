"""A container image that serves the package: everything an engine needs to build it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import TargetInputs


@deploy.target(local=True, cost=1.0, latency_ms=0.5, memory_mb=30)
def container(
    inputs: TargetInputs,
    /,
    *,
    base: Annotated[str, Field(min_length=1, description="image to build on; must have Python")] = (
        "python:3.11-slim"
    ),
    port: Annotated[int, Field(ge=1024, le=65535, description="port that the gateway listens on")] = 8080,
    install: Annotated[
        str,
        Field(min_length=1, description="what pip installs stagewright itself from; {version} is filled in"),
    ] = "stagewright=={version}",
) -> Sequence[str]:
    """`Dockerfile` and `requirements.txt`; the build context is the package's own folder.

    Only what serving imports is installed, in the versions at hand: no training library. The image runs as a user
    without rights, and refuses to start on a package whose files are not as they were.
    """
    from ._container import written

    return written(inputs, base, port, install)
