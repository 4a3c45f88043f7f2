"""Ends a sweep after some minutes of work."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Progress


@sweep.stop
def budget(
    progress: Progress,
    /,
    *,
    minutes: Annotated[float, Field(gt=0, description="in which trials were running")],
) -> str:
    """No trial starts once trials have been running for so long; breaks between two commands do not count."""
    return f"the budget of {minutes:g} minutes is used up" if progress.seconds >= 60 * minutes else ""
