"""Workers as processes of this machine; one that dies is replaced, and its trial put back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Launch


@sweep.launcher
def processes(
    launch: Launch,
    /,
    *,
    threads: Annotated[
        int | None,
        Field(ge=1, description="CPU threads of each worker; the machine's share of one if not said"),
    ] = None,
) -> None:
    """Start `workers` processes that import once and run trials until the study has enough."""
    from ._processes import run

    run(launch, threads)
