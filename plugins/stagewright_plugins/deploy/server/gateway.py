"""The bundled server: Open Inference Protocol V2 and MLflow's scoring protocol, in one process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import deploy
from stagewright.stages.deploy import ServerInputs

TOKEN = "STAGEWRIGHT_TOKEN"


@deploy.server
def gateway(
    inputs: ServerInputs,
    /,
    *,
    host: Annotated[
        str, Field(min_length=1, description="address to listen on; 0.0.0.0 is every one")
    ] = "127.0.0.1",
    port: Annotated[int, Field(ge=0, le=65535, description="port; 0 takes a free one")] = 8080,
    token_file: Annotated[
        Path | None,
        Field(
            description="file with the bearer token that requests must carry; else $STAGEWRIGHT_TOKEN, else none"
        ),
    ] = None,
    threads: Annotated[int, Field(ge=1, description="threads of one prediction")] = 1,
    workers: Annotated[
        int | None, Field(ge=1, description="predictions at the same time; if not said, cores / threads")
    ] = None,
    max_batch: Annotated[int, Field(ge=1, description="rows predicted together; 1 joins no requests")] = 1,
    max_wait_ms: Annotated[
        float, Field(ge=0, le=10_000, description="how long a request may wait for others to fill its batch")
    ] = 0.0,
    queue: Annotated[int, Field(ge=1, description="requests that may wait; one more is told 429")] = 128,
    inline_ms: Annotated[
        float,
        Field(
            ge=0, le=100, description="predictions shorter than this take no thread while nobody else waits"
        ),
    ] = 2.0,
    max_body_mb: Annotated[float, Field(gt=0, description="size of a request's body, in megabytes")] = 64.0,
    unit_header: Annotated[
        str,
        Field(min_length=1, description="request header that names the unit whose requests stay on one arm"),
    ] = "X-Unit-Id",
    shadow_queue: Annotated[
        int, Field(ge=1, description="copies of requests that may wait for the canary; more are dropped")
    ] = 64,
    drain_seconds: Annotated[
        float, Field(ge=0, description="after SIGTERM, how long to answer as not ready before listening ends")
    ] = 1.0,
    drop: Annotated[list[str], Field(description="fields that the event log leaves out")] = [],  # noqa: B006
    hash: Annotated[list[str], Field(description="fields that the event log keeps as a keyed hash")] = [],  # noqa: B006
    payload_rate: Annotated[
        float, Field(ge=0, le=1, description="share of requests whose large inputs the event log keeps")
    ] = 0.1,
) -> int:
    """Serve one model, stable and canary, until told to stop.

    Raises:
        StagewrightError: a package is refused, or the address cannot be listened on.
    """
    from stagewright_plugins.serving.assembly import Settings
    from stagewright_plugins.serving.batching import Limits
    from stagewright_plugins.serving.server import serve

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = Limits(
        workers=workers or max(1, cores // threads),
        max_batch=max_batch,
        max_wait=max_wait_ms / 1000,
        queue=queue,
        inline=inline_ms / 1000,
    )
    settings = Settings(
        host, port, _token(token_file), threads, limits, int(max_body_mb * 1_000_000), unit_header, shadow_queue,
        drain_seconds, tuple(drop), tuple(hash), payload_rate,
    )  # fmt: skip
    return serve(inputs, settings)


def _token(file: Path | None) -> str:
    if file is None:
        return os.environ.get(TOKEN, "")
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StagewrightError(f"the token file {file} cannot be read: {error.strerror}") from error
    if not token:
        raise StagewrightError(f"the token file {file} is empty")
    return token
