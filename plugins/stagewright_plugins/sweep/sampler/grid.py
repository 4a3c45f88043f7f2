"""Every combination once."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler(fixed=True)
def grid(
    search: Search,
    /,
    *,
    points: Annotated[
        int | None,
        Field(ge=2, description="values of a number that has more of them, or no step; its ends included"),
    ] = None,
    shuffle: Annotated[bool, Field(description="in an order drawn by the seed, else as listed")] = True,
) -> Any:
    """All combinations of all values; keys whose condition does not hold multiply nothing.

    The sweep ends with the last combination, even if more trials are wanted. A combination that failed is tried again
    only by a command that follows one which was killed, or failed.

    Raises:
        StagewrightError: a number without a step while `points` is not said, or too many combinations.
    """
    from . import _listed

    return _listed.Listed(_listed.grid(search.space, points), search.seed if shuffle else None)
