"""Ends a trial that is not among the better share of the others at the same epoch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def percentile(
    search: Search,
    /,
    *,
    keep: Annotated[float, Field(gt=0, lt=1, description="share of trials that may go on")] = 0.75,
    startup_trials: Annotated[int, Field(ge=0, description="trials that run to their end first")] = 5,
    warmup_epochs: Annotated[int, Field(ge=0, description="epochs in which no trial is ended")] = 0,
    interval: Annotated[int, Field(ge=1, description="epochs between looks")] = 1,
) -> Any:
    """The rule of `median` (Golovin et al., 2017, doi:10.1145/3097983.3098043) with another share.

    A sampler that learns draws mostly good settings; `median` would end half of those. Keeping more ends the bad ones
    and leaves the good ones to be told apart at their end.
    """
    from optuna.pruners import PercentilePruner

    return PercentilePruner(100 * keep, startup_trials, warmup_epochs, interval)
