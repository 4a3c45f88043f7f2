"""Ends a trial that is worse than half of the others were at the same epoch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def median(
    search: Search,
    /,
    *,
    startup_trials: Annotated[int, Field(ge=0, description="trials that run to their end first")] = 5,
    warmup_epochs: Annotated[int, Field(ge=0, description="epochs in which no trial is ended")] = 0,
    interval: Annotated[int, Field(ge=1, description="epochs between looks")] = 1,
) -> Any:
    """Median rule (Golovin et al., 2017, doi:10.1145/3097983.3098043)."""
    from optuna.pruners import MedianPruner

    return MedianPruner(startup_trials, warmup_epochs, interval)
