"""One worker, in this process."""

from __future__ import annotations

from uuid import uuid4

from stagewright.errors import StagewrightError
from stagewright.stages import sweep
from stagewright.stages.sweep import Launch


@sweep.launcher
def inline(launch: Launch, /) -> None:
    """Run one trial after another here; raises StagewrightError for more than one worker."""
    if launch.workers > 1:
        raise StagewrightError(
            f"sweep.launcher: inline runs one worker, {launch.workers} are said; take processes or ray"
        )
    launch.work(f"inline-{uuid4().hex[:12]}", launch.tick)
