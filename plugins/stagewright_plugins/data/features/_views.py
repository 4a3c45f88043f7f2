"""Feature values over time, each with the moment from which on it was known."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.data import Column, FeatureView, Table
from stagewright_plugins.features.offline import TIME


def rolling(
    table: Table, name: str, entities: Sequence[str], of: str, hours: float, minimum: int
) -> FeatureView:
    """One value per outcome that became known: the mean over `(known - hours, known]`, (entity, moment)."""
    rows = _outcomes(table, name, entities, [of])
    window = rows.groupby(list(entities), sort=False, observed=True).rolling(
        pd.Timedelta(hours=hours), on=TIME, min_periods=minimum
    )
    # With rows of one moment, the last one's window holds them all: it is the one that `offline.write` keeps.
    means = window[of].mean().rename(name).reset_index()
    doc = f"mean of {of} over the {hours:g} h before, of outcomes known by then"
    return FeatureView(
        name, tuple(entities), means, {name: Column("number", doc)}, datetime.timedelta(hours=hours), doc
    )


def newest(table: Table, name: str, entities: Sequence[str], of: Sequence[str], hours: float) -> FeatureView:
    """The outcomes themselves, from the moment they became known."""
    rows = _outcomes(table, name, entities, of).rename(columns={item: f"{name}_{item}" for item in of})
    columns = {f"{name}_{item}": Column("number", f"{item} of the newest outcome") for item in of}
    doc = f"{', '.join(of)} of the newest outcome known"
    return FeatureView(name, tuple(entities), rows, columns, datetime.timedelta(hours=hours), doc)


def observations(
    table: Table,
    name: str,
    entities: Sequence[str],
    columns: Sequence[str],
    time: str,
    known_after_minutes: float,
    hours: float,
) -> FeatureView:
    """Another table's numbers, from `known_after_minutes` after their moment."""
    if name not in table.others:
        known = suggestion(name, table.others, "table")
        raise StagewrightError(f"data.features: the source has no table {name!r}, {known}")
    other = table.others[name]
    for wanted in (*entities, *columns, time):
        if wanted not in other:
            said = suggestion(wanted, list(other), "column")
            raise StagewrightError(f"data.features: the table {name!r} has no column {wanted!r}, {said}")
    moments = other[time] + pd.Timedelta(minutes=known_after_minutes)
    rows = other[[*entities, *columns]].rename(columns={item: f"{name}_{item}" for item in columns})
    rows = rows.assign(**{TIME: moments}).sort_values(TIME, kind="stable")
    about = {f"{name}_{item}": Column("number", f"{item} of the newest observation") for item in columns}
    doc = f"{name} as observed {known_after_minutes:g} minutes before or earlier"
    return FeatureView(name, tuple(entities), rows, about, datetime.timedelta(hours=hours), doc)


def _outcomes(table: Table, name: str, entities: Sequence[str], of: Sequence[str]) -> pd.DataFrame:
    """Rows that came to an outcome, in the order in which outcomes became known."""
    for wanted, among, what in (
        *((item, list(table.rows), "column") for item in entities),
        *((item, table.outcomes, "outcome") for item in of),
    ):
        if wanted not in among:
            said = suggestion(wanted, among, what)
            raise StagewrightError(f"data.features: {name!r} uses {wanted!r}, {said}")
    rows = table.rows[[*entities, *of, table.known]].rename(columns={table.known: TIME})
    rows = rows.dropna(subset=[*entities, *of, TIME])
    return rows.sort_values(TIME, kind="stable").reset_index(drop=True)
