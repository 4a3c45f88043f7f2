"""The store against a brute-force reading of what was known when."""

from __future__ import annotations

import datetime
import math
import random
from pathlib import Path

import pandas as pd
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.data import Column, FeatureView
from stagewright_plugins.features.feast import write_repository
from stagewright_plugins.features.store import FeatureStore

START = datetime.datetime(2024, 2, 29, 23)
NUMBER = Column("number")


def moment(minutes: float) -> datetime.datetime:
    return START + datetime.timedelta(minutes=minutes)


def a_view(rows: list[tuple], ttl: float | None = None, name: str = "rate") -> FeatureView:
    """Rows of (entity, minute known, value)."""
    frame = pd.DataFrame(rows, columns=["who", "minute", "value"])
    frame["event_timestamp"] = [pd.Timestamp(moment(m)) for m in frame.pop("minute")]
    wait = datetime.timedelta(minutes=ttl) if ttl is not None else None
    return FeatureView(name, ("who",), frame.astype({"value": float}), {"value": NUMBER}, wait)


def asked(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(
        {"who": [who for who, _ in rows], "event_timestamp": [pd.Timestamp(moment(m)) for _, m in rows]}
    )


def oracle(known: list[tuple], who: str | None, minute: float, ttl: float | None) -> float:
    """The last given of the newest values known by then, unless it has expired."""
    best, at = math.nan, None
    for entity, when, value in known:
        if entity == who and when <= minute and (at is None or when >= at):
            best, at = value, when
    return math.nan if at is None or (ttl is not None and minute - at > ttl) else best


@pytest.mark.parametrize("seed", range(12))
def test_the_join_equals_a_search_through_all_values(tmp_path: Path, seed: int):
    draw = random.Random(seed)
    ttl = draw.choice([None, 0, 7, 40])
    # Few minutes and entities, so that ties, repeats and values that come after the question are common; the
    # values do not come in the order in which they were known, and some have no entity.
    known = [(draw.choice("abc"), draw.randrange(120), draw.random()) for _ in range(draw.randrange(1, 150))]
    known += [(None, draw.randrange(120), draw.random()) for _ in range(5)]
    questions = [(draw.choice(["a", "b", "c", "d", None]), draw.randrange(-10, 150)) for _ in range(200)]
    store = FeatureStore(tmp_path)
    store.apply(a_view(known, ttl))
    rows = asked(questions).set_index(pd.Index(draw.sample(range(1000), 200)))
    found = store.get_historical_features(rows)
    assert list(found.index) == list(rows.index)
    wanted = [oracle(known, who, minute, ttl) if who else math.nan for who, minute in questions]
    pd.testing.assert_series_equal(
        found["value"].reset_index(drop=True), pd.Series(wanted, name="value"), check_exact=True
    )


def test_what_comes_after_the_question_is_never_seen(tmp_path: Path):
    store = FeatureStore(tmp_path)
    store.apply(a_view([("a", 10, 1.0), ("a", 20, 2.0)]))
    found = store.get_historical_features(asked([("a", 9), ("a", 10), ("a", 19.999), ("a", 20)]))
    assert found["value"].fillna(-1).tolist() == [-1, 1, 1, 2]


def test_online_answers_as_the_join_does_for_the_moment_of_materializing(tmp_path: Path):
    draw = random.Random(3)
    known = [(draw.choice("abc"), draw.randrange(100), draw.random()) for _ in range(80)]
    store = FeatureStore(tmp_path)
    store.apply(a_view(known, ttl=15))
    store.materialize(moment(60))
    for minute in (60, 70, 90):
        answers = store.get_online_features([{"who": who} for who in "abcd"], moment(minute))
        for who, answer in zip("abcd", answers, strict=True):
            wanted = oracle([item for item in known if item[1] <= 60], who, minute, 15)
            assert answer["value"] == (None if math.isnan(wanted) else wanted)


def test_loading_again_or_an_older_part_changes_nothing(tmp_path: Path):
    store = FeatureStore(tmp_path)
    store.apply(a_view([("a", 10, 1.0), ("a", 50, 5.0)]))
    assert store.materialize(moment(60)) == {"rate": 1}
    store.materialize(moment(20))
    assert store.get_online_features([{"who": "a"}], moment(60)) == [{"value": 5.0}]


def test_a_store_is_found_again_in_its_folder(tmp_path: Path):
    FeatureStore(tmp_path).apply(a_view([("a", 1, 1.0)], ttl=30))
    again = FeatureStore(tmp_path)
    assert again.views["rate"].ttl == datetime.timedelta(minutes=30)
    assert again.get_historical_features(asked([("a", 5)]))["value"].tolist() == [1.0]


def test_an_unknown_view_and_a_missing_entity_are_said(tmp_path: Path):
    store = FeatureStore(tmp_path)
    store.apply(a_view([("a", 1, 1.0)]))
    with pytest.raises(StagewrightError, match="did you mean 'rate'"):
        store.get_historical_features(asked([("a", 5)]), ["rats"])
    with pytest.raises(StagewrightError, match="entity column 'who'"):
        store.get_historical_features(asked([("a", 5)]).drop(columns="who"))


def test_the_feast_repository_is_python_that_names_every_feature(tmp_path: Path):
    store = FeatureStore(tmp_path)
    store.apply(a_view([("a", 1, 1.0)], ttl=30))
    folder = write_repository(store, "flight-delay")
    source = (folder / "definitions.py").read_text()
    compile(source, "definitions.py", "exec")
    assert "Field(name='value', dtype=Float32" in source
    assert "timedelta(seconds=1800)" in source
    assert (folder / "../offline/rate.parquet").is_file()
    assert "project: flight_delay" in (folder / "feature_store.yaml").read_text()
