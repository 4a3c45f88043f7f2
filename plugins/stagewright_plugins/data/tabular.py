"""A table becomes one versioned dataset: cut by time, with features as they were known then, or split at random."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import Dataset, FeaturesChoice, Inputs, SourceInputs, SplitChoice, TableChoice

from ._known import table_columns, table_declared, table_misfits


@data.stage(columns=table_columns, declared=table_declared, fits=("classification",), misfits=table_misfits)
def tabular(
    inputs: Inputs,
    /,
    *,
    source: TableChoice,
    features: Annotated[
        list[FeaturesChoice], Field(description="views over the past, joined as known at each row's time")
    ] = [],  # noqa: B006  # read only
    leave_out: Annotated[
        list[str], Field(description="columns of the source that the model is not shown")
    ] = [],  # noqa: B006  # read only
    split: Annotated[
        SplitChoice | None,
        Field(
            description="how rows are dealt without looking at time; if not said, rows with a time are cut by it, "
            "others are dealt by_hash"
        ),
    ] = None,
    until: Annotated[
        datetime.date | None,
        Field(
            description="the day that counts as today: earlier rows are learned from; after the last if not said"
        ),
    ] = None,
    train_days: Annotated[
        int | None, Field(ge=1, description="days to learn from before validation; all there are if not said")
    ] = None,
    validation_days: Annotated[int, Field(ge=1, description="days before the test to choose models on")] = 14,
    test_days: Annotated[int, Field(ge=1, description="last days before `until`, to judge on")] = 14,
    outlier_ranges: Annotated[
        float,
        Field(gt=0, description="interquartile ranges beyond the quartiles from which a value is an outlier"),
    ] = 3.0,
    max_quarantined: Annotated[
        float, Field(ge=0, le=1, description="share of rows that may be unusable before the run stops")
    ] = 0.01,
) -> Dataset:
    """Rows as `datasets` Arrow: `id`, `time` if they have one, `group`, one column per feature, `target` (class index).

    Without `split`, rows that have a time are cut by it. A row's features are what was known at its `time`; its
    target may be learned from once it was known. So rows whose outcome was not yet known when their split ends are
    left out (purged), and what comes at or after `until` is not looked at but kept in `live/`, in the order of time,
    with `label_time`.

    Rows without a time, or with `split`, are dealt to the splits, whole groups to one; there are no features over the
    past then.

    Raises:
        StagewrightError: too many unusable rows, a split without rows, a column that does not exist, or features
            over the past of rows that are not cut by time.
    """
    from ._tabular import Choices, prepare

    table = source(SourceInputs(inputs.framing.task, inputs.context))
    views = [view(table) for view in features]
    choices = Choices(
        leave_out=leave_out,
        split=split,
        until=until,
        train_days=train_days,
        validation_days=validation_days,
        test_days=test_days,
        outlier_ranges=outlier_ranges,
        max_quarantined=max_quarantined,
    )
    return prepare(table, views, inputs.framing.task, choices, inputs.context)
