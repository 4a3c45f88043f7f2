"""Ends a sweep after some epochs of training, over all trials."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Progress


@sweep.stop
def epochs(
    progress: Progress,
    /,
    *,
    total: Annotated[int, Field(ge=1, description="epochs of all trials together, pruned ones included")],
) -> str:
    """No trial starts once trials were trained for so many; the same on every machine, where `budget` is not.

    A pruner then gives more trials, not less training: say more `trials` than can be whole.
    """
    return f"the budget of {total} epochs is used up" if progress.epochs >= total else ""
