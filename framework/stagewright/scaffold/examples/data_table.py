"""A table that is made up: parcels, and whether they came late."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import Card, Column, SourceInputs, Table


@data.table
def parcels(
    inputs: SourceInputs, /, *, count: Annotated[int, Field(ge=10, description="rows")] = 2000
) -> Table:
    """Heavy parcels are late more often; it is known a day later."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(inputs.context.seed)
    at, weight = pd.date_range("2024-01-01", periods=count, freq="1h"), random.gamma(2, 3, count)
    late = random.random(count) < weight / (weight + 8)  # yours: where the rows come from
    rows = pd.DataFrame({"id": range(count), "at": at, "known": at + pd.Timedelta("1D"), "weight": weight})
    rows["outcome"] = np.where(late, *reversed(inputs.task.classes[:2]))
    card = Card("parcels", "CC0-1.0", "made up by this plugin", "none")
    return Table(rows, {"weight": Column("number", unit="kg", low=0)}, card, "id", "at", "known", "outcome")
