"""Lets one of so many trials go on at each rung of epochs, and between rungs every trial."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def successive_halving(
    search: Search,
    /,
    *,
    min_epochs: Annotated[
        int, Field(ge=1, description="epochs of the first rung, which every trial gets")
    ] = 1,
    reduction_factor: Annotated[
        int, Field(ge=2, description="one of so many goes on at a rung, to one of so many times its epochs")
    ] = 3,
) -> Any:
    """Asynchronous successive halving, ASHA (Li et al., 2020, arXiv:1810.05934).

    A trial is held against those that came to the same rung before it, so none waits and none has to run to its end
    first. Looking at few epochs, it leaves more time to a trial that learns late than `percentile` does.
    """
    from optuna.pruners import SuccessiveHalvingPruner

    return SuccessiveHalvingPruner(min_epochs, reduction_factor)
