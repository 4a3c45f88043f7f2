"""Your own table: CSV, Parquet or JSON lines, or a query over them, read by DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stagewright.contract import InputPath
from stagewright.errors import StagewrightError
from stagewright.stages import data
from stagewright.stages.data import SourceInputs, Table
from stagewright.stages.known import Declared

from ._contradictions import contradictions


class ColumnSetting(BaseModel):
    """What a column holds, and which of its values can be right."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    kind: Literal["number", "category"]
    doc: str = ""
    unit: str = ""
    low: float | None = Field(default=None, description="smallest value that can be right")
    high: float | None = Field(default=None, description="largest value that can be right")
    required: bool = Field(default=False, description="a row without a value is unusable")


def _declared(settings: Mapping[str, Any]) -> Declared:
    return Declared(
        settings["licence"],
        settings["personal_data"],
        tuple(settings["columns"]),
        settings["group"],
        timed=settings["time"] is not None,
    )


@data.table(declares=_declared, contradictions=contradictions)
def table_file(
    inputs: SourceInputs,
    /,
    *,
    path: Annotated[Path, InputPath(), Field(description="a file, or a folder of files of one kind")],
    columns: Annotated[
        dict[str, ColumnSetting],
        Field(
            min_length=1,
            description="what is known of a row at its time, by name; all else is not learned from",
        ),
    ],
    id: Annotated[str, Field(description="column that names a row")],
    target: Annotated[str, Field(description="column with the class, by name or by index")],
    time: Annotated[
        str | None,
        Field(
            description="column with the moment of the prediction, UTC where it names no zone; rows have no time "
            "if not said"
        ),
    ] = None,
    known: Annotated[
        str | None, Field(description="column with the moment the outcome was known; `time` if not said")
    ] = None,
    time_format: Annotated[
        str | None,
        Field(description="how times are written, as strptime has it (`%d.%m.%Y`); ISO 8601 needs none"),
    ] = None,
    group: Annotated[
        str,
        Field(
            description="column of what is resampled as a whole, such as a day or a patient; where rows are not cut "
            "by time it stays in one split"
        ),
    ] = "",
    outcomes: Annotated[
        list[str], Field(description="columns known only with the outcome, for feature views over the past")
    ] = [],  # noqa: B006  # read only
    query: Annotated[
        str | None,
        Field(description="SQL (DuckDB) over the table `source` that gives the rows; all of it if not said"),
    ] = None,
    zone: Annotated[str, Field(description="time zone in which days begin")] = "UTC",
    title: Annotated[str, Field(description="for the card")] = "",
    licence: Annotated[str, Field(description="of the data")] = "",
    personal_data: Annotated[
        Literal["none", "pseudonymised", "personal", "unknown"], Field(description="what the data holds")
    ] = "unknown",
    description: Annotated[str, Field(description="for the card")] = "",
) -> Table:
    """Rows of a file or of a query over it. The query sees nothing but `source`: neither files nor the network.

    Raises:
        StagewrightError: nothing can be read there, the query fails, or a column is missing or is no time.
    """
    from stagewright.stages.data import Card, Column

    from ._table_file import rows

    if known and not time:  # said by `check` to who comes from a recipe
        raise StagewrightError(f"data.source.known: {known!r} needs `time`, the moment of the prediction")
    named = {"id": id, "time": time or "", "known": known or time or "", "target": target}
    others = [*columns, *outcomes, *([group] if group else [])]
    words = [id, group, *(name for name, column in columns.items() if column.kind == "category")]
    found = rows(path, query, inputs.task.classes, named, others, words, time_format)
    card = Card(title or path.name, licence, f"file {path.name}", personal_data, description)
    return Table(
        rows=found,
        columns={name: Column(**column.model_dump()) for name, column in columns.items()},
        card=card,
        **named,
        group=group,
        outcomes=tuple(outcomes),
        zone=zone,
    )
