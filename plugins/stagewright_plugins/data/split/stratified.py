"""Splits that look alike: the same mix of a tag, or of ranges of a quality value, in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from stagewright.contract import SumsTo
from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages import data
from stagewright.stages.data import SplitInputs

if TYPE_CHECKING:
    import pandas as pd

Share = Annotated[float, Field(gt=0, lt=1), SumsTo(1)]


@data.split
def stratified(
    inputs: SplitInputs,
    /,
    *,
    by: Annotated[
        list[str],
        Field(min_length=1, description="tags or quality columns that every split should hold alike"),
    ],
    bins: Annotated[
        int, Field(ge=2, le=100, description="quantile ranges that a column of numbers is cut into")
    ] = 4,
    train: Annotated[Share, Field(description="share of the samples to learn from")] = 0.7,
    validation: Annotated[Share, Field(description="share of the samples to choose models on")] = 0.15,
    test: Annotated[Share, Field(description="share of the samples to judge the chosen model on")] = 0.15,
) -> Sequence[str]:
    """In every stratum, and overall, each split is within about one sample of its share.

    Samples come stratum by stratum in random order, each to the split that lacks most of its share so far,
    so that rounding in many small strata does not add up.

    Raises:
        StagewrightError: `by` names no column, or the shares do not sum to 1.
    """
    import numpy as np

    from ._shares import checked

    shares = np.array(checked(train, validation, test))
    strata = _strata(inputs.rows, by, bins)
    chance = np.random.default_rng([inputs.seed, 3]).random(len(strata))
    order = np.lexsort((chance, strata))
    names = np.empty(len(strata), dtype=object)
    names[order] = _in_turn(len(strata), shares)
    return names.tolist()


def _strata(rows: pd.DataFrame, by: list[str], bins: int) -> Any:
    """A number per row, equal for rows of one stratum."""
    for name in by:
        if name not in rows:
            raise StagewrightError(f"data.split.by: no column {name!r}, {suggestion(name, rows.columns)}")
    cut = {name: _cut(rows[name], bins) for name in by}
    return rows.assign(**cut).groupby(by, sort=True, dropna=False).ngroup().to_numpy()


def _cut(column: pd.Series, bins: int) -> pd.Series:
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column) or column.nunique() <= bins:
        return column
    return pd.qcut(column, bins, labels=False, duplicates="drop")


def _in_turn(total: int, shares: Any) -> list[str]:
    import numpy as np

    from stagewright.stages.data import SPLITS

    have, names = np.zeros(3), []
    for position in range(total):
        chosen = int((shares * (position + 1) - have).argmax())
        have[chosen] += 1
        names.append(SPLITS[chosen])
    return names
