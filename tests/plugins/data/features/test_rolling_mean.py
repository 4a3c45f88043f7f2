"""Rolling means against a count by hand: only outcomes that were known count."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import pandas as pd
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.data import Card, Column, Table
from stagewright_plugins.data.features.last_known import last_known
from stagewright_plugins.data.features.rolling_mean import rolling_mean
from stagewright_plugins.features.store import FeatureStore

START = pd.Timestamp("2013-03-10 04:00")


def a_table(rows: list[tuple[str, int, int | None, float | None]]) -> Table:
    """Rows of (entity, minute, minute known, outcome)."""
    frame = pd.DataFrame(rows, columns=["who", "minute", "known", "late"])
    times = {
        name: START + pd.to_timedelta(frame[name].astype(float), unit="min") for name in ("minute", "known")
    }
    frame = frame.assign(**times, id=[f"r{i}" for i in range(len(frame))], target="x")
    columns = {"who": Column("category")}
    card = Card("made", "CC0-1.0", "here")
    return Table(frame, columns, card, "id", "minute", "known", "target", outcomes=("late",))


@pytest.mark.parametrize("seed", range(6))
def test_the_mean_is_over_outcomes_known_at_that_time(tmp_path: Path, seed: int):
    draw = random.Random(seed)
    rows = []
    for _ in range(150):
        begin = draw.randrange(0, 600)
        known = draw.random() < 0.9
        took = draw.randrange(10, 300)
        rows.append(
            (
                draw.choice("ab"),
                begin,
                begin + took if known else None,
                float(draw.random() < 0.3) if known else None,
            )
        )
    table = a_table(rows)
    store = FeatureStore(tmp_path)
    store.apply(rolling_mean(table, name="share", entities=["who"], of="late", hours=2, minimum=2))
    asked = table.rows.rename(columns={"minute": "event_timestamp"})
    found = store.get_historical_features(asked)["share"]
    for (who, begin, *_), value in zip(rows, found, strict=True):
        known = sorted(
            (at, late) for entity, _, at, late in rows if entity == who and at is not None and at <= begin
        )
        inside = [late for at, late in known if at > known[-1][0] - 120] if known else []
        alive = known and begin - known[-1][0] <= 120
        if alive and len(inside) >= 2:
            assert value == pytest.approx(sum(inside) / len(inside))
        else:
            assert pd.isna(value)


def test_the_newest_outcome_is_the_one_known_last_not_the_one_that_began_last(tmp_path: Path):
    table = a_table([("a", 0, 500, 7.0), ("a", 100, 200, 3.0), ("a", 600, 700, 1.0)])
    store = FeatureStore(tmp_path)
    view = last_known(table, name="leg", entities=["who"], of=["late"], hours=24)
    assert view.ttl == datetime.timedelta(hours=24)
    store.apply(view)
    asked = table.rows.rename(columns={"minute": "event_timestamp"})
    assert store.get_historical_features(asked)["leg_late"].fillna(-1).tolist() == [-1, -1, 7]


def test_a_column_that_is_no_outcome_is_refused():
    with pytest.raises(StagewrightError, match="'lat', did you mean 'late'"):
        rolling_mean(a_table([("a", 0, 1, 1.0)]), name="share", entities=["who"], of="lat", hours=2)
