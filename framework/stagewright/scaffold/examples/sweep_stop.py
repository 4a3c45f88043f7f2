"""A stopping rule: good enough is good enough."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Progress


@sweep.stop
def good_enough(
    progress: Progress, /, *, target: Annotated[float, Field(description="of the first objective")] = 0.9
) -> str:
    """Ends the sweep with the first trial that reaches `target`."""
    sign = 1 if progress.directions[0] == "maximize" else -1
    found = [values[0] for values in progress.values if values]
    reached = any(sign * value >= sign * target for value in found)  # yours: when to end
    return f"a trial reached {target:g}" if reached else ""
