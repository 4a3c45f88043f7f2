"""A feature view: what the time of day says, without looking at any outcome."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import Column, FeatureView, Table


@data.features
def hour_of_day(
    table: Table,
    /,
    *,
    entity: Annotated[str, Field(description="column whose values the rows are joined by")] = "place",
) -> FeatureView:
    """The hour of a row's time, known from that time on."""
    rows = table.rows[[entity, table.time]].rename(columns={table.time: "event_timestamp"})
    rows = rows.assign(hour=rows["event_timestamp"].dt.hour.astype(float))  # yours: the feature
    return FeatureView(
        "hour_of_day", (entity,), rows, {"hour": Column("number", "hour of the day", low=0, high=23)}
    )
