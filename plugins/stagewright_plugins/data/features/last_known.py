"""The newest outcome of an entity: by how much an aircraft's previous flight was late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import FeatureView, Table


def _columns(settings: Mapping[str, Any]) -> list[str]:
    return [f"{settings['name']}_{item}" for item in settings["of"]]


@data.features(gives=_columns)
def last_known(
    table: Table,
    /,
    *,
    name: Annotated[str, Field(pattern=r"^[a-z]\w*$", description="of the view; its features start with it")],
    entities: Annotated[list[str], Field(min_length=1, description="columns that say whose outcome it is")],
    of: Annotated[list[str], Field(min_length=1, description="outcomes to take over, numbers")],
    hours: Annotated[float, Field(gt=0, description="after which an outcome is no longer used (ttl)")] = 24,
) -> FeatureView:
    """The outcomes of the row whose outcome became known last, as `<name>_<outcome>`.

    Raises:
        StagewrightError: the table has no such entity or outcome.
    """
    from ._views import newest

    return newest(table, name, entities, of, hours)
