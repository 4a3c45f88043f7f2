"""A launcher: workers as threads, for trials that wait for another machine."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Launch


@sweep.launcher
def threads(
    launch: Launch, /, *, pause: Annotated[float, Field(gt=0, description="seconds between looks")] = 0.2
) -> None:
    """Returns once every worker has; each start has a name of its own."""
    from concurrent.futures import ThreadPoolExecutor, wait
    from uuid import uuid4

    with ThreadPoolExecutor(launch.workers) as pool:
        running = {pool.submit(launch.work, f"thread-{uuid4().hex}", None) for _ in range(launch.workers)}
        while running:
            done, running = wait(running, pause)  # yours: where workers live
            launch.tick()
            for one in done:
                one.result()
