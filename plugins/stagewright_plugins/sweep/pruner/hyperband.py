"""Gives many trials few epochs and few trials many, in several brackets."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def hyperband(
    search: Search,
    /,
    *,
    min_epochs: Annotated[int, Field(ge=1, description="epochs that every trial gets")] = 1,
    max_epochs: Annotated[
        int | None,
        Field(ge=2, description="epochs of a whole trial; as the first whole trial has if not said"),
    ] = None,
    reduction_factor: Annotated[int, Field(ge=2, description="one of so many goes on at each rung")] = 3,
) -> Any:
    """Hyperband (Li et al., 2018, jmlr.org/papers/v18/16-558.html)."""
    from optuna.pruners import HyperbandPruner

    return HyperbandPruner(min_epochs, max_epochs or "auto", reduction_factor)
