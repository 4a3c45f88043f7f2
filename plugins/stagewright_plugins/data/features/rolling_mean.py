"""A mean over what lately became known of an entity: the late share of a carrier's flights in the last hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import FeatureView, Table


def _columns(settings: Mapping[str, Any]) -> list[str]:
    return [settings["name"]]


@data.features(gives=_columns)
def rolling_mean(
    table: Table,
    /,
    *,
    name: Annotated[str, Field(pattern=r"^[a-z]\w*$", description="of the view and of its feature")],
    entities: Annotated[list[str], Field(min_length=1, description="columns that say whose mean it is")],
    of: Annotated[str, Field(description="outcome to average, a number; of a class, its share")],
    hours: Annotated[float, Field(gt=0, description="how far back outcomes are counted; also the ttl")],
    minimum: Annotated[int, Field(ge=1, description="outcomes below which there is no value")] = 3,
) -> FeatureView:
    """Mean of an outcome over the `hours` before an outcome became known.

    A new value is known with each outcome and stands until the next one, at most `hours`. An outcome counts from
    the moment it was known (an arrival), never from the moment it belongs to (the departure).

    Raises:
        StagewrightError: the table has no such entity or outcome.
    """
    from ._views import rolling

    return rolling(table, name, entities, of, hours, minimum)
