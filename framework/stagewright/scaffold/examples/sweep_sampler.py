"""A sampler that tries what somebody wrote down first, then draws."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler
def middle_first(
    search: Search, /, *, draws: Annotated[int, Field(ge=1, description="of which the last one is taken")] = 1
) -> Any:
    """The middle of every number, then random draws; built anew for each trial, told by its number."""
    from optuna.samplers import PartialFixedSampler, RandomSampler

    random = RandomSampler(seed=search.seed * 1000 + search.number + draws)
    if search.number:
        return random  # yours: any optuna.samplers.BaseSampler
    domains = {one.key: one.domain for one in search.space if hasattr(one.domain, "low")}
    return PartialFixedSampler({key: (at.low + at.high) / 2 for key, at in domains.items()}, random)
