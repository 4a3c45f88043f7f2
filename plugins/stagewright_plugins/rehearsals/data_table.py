"""data.table: rows with an id, two times or none, an outcome, and every column that is named."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.data import SourceInputs, Table
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import GOAL, TASKS


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Ids differ, an outcome is not known before its row, targets are classes of the task."""
    import pandas as pd

    task = bench.registry.component("framing.task", bench.task or TASKS["table"])(GOAL)
    table = plugin(SourceInputs(task, bench.context()))
    assert isinstance(table, Table), f"gives {type(table).__name__}, not Table"
    rows = table.rows
    named = [table.id, table.time, table.known, table.target, *table.columns, *table.outcomes]
    missing = [name for name in named if name and name not in rows.columns]
    assert not missing, f"the rows have no column {', '.join(missing)}"
    assert len(rows), "it has no rows"
    assert rows[table.id].is_unique, "two rows share an id"
    assert not set(table.columns) & {table.target, *table.outcomes}, (
        "a column of the outcome cannot be a feature"
    )
    assert bool(table.time) == bool(table.known), "`time` and `known` go together: both, or neither"
    if table.time:
        known = rows.dropna(subset=[table.known])
        assert (known[table.known] >= known[table.time]).all(), "an outcome is known before its row"
    return len(rows), list(rows.columns), int(pd.util.hash_pandas_object(rows).sum())
