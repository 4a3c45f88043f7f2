"""Columns of another table as they were last observed: the weather at the airport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import FeatureView, Table


def _columns(settings: Mapping[str, Any]) -> list[str]:
    return [f"{settings['name']}_{item}" for item in settings["columns"]]


@data.features(gives=_columns)
def observed(
    table: Table,
    /,
    *,
    name: Annotated[str, Field(pattern=r"^[a-z]\w*$", description="table of the source, and of the view")],
    entities: Annotated[list[str], Field(min_length=1, description="columns that both tables have")],
    columns: Annotated[list[str], Field(min_length=1, description="numbers to take over")],
    time: Annotated[str, Field(description="column of that table with the moment of the observation, UTC")],
    known_after_minutes: Annotated[
        float, Field(ge=0, description="how long after its moment an observation is known")
    ] = 60,
    hours: Annotated[float, Field(gt=0, description="after which it is no longer used (ttl)")] = 6,
) -> FeatureView:
    """The newest observation that was known at the time of a row, as `<name>_<column>`.

    Raises:
        StagewrightError: the source has no such table, or it lacks a column.
    """
    from ._views import observations

    return observations(table, name, entities, columns, time, known_after_minutes, hours)
