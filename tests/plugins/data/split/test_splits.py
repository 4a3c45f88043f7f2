"""Splitters: shares, groups, strata and time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.data import SplitInputs
from stagewright_plugins.data.split.by_hash import by_hash
from stagewright_plugins.data.split.by_time import by_time
from stagewright_plugins.data.split.grouped import grouped
from stagewright_plugins.data.split.random import random
from stagewright_plugins.data.split.stratified import stratified

Splitter = Callable[..., Sequence[str]]


def rows(count: int, groups: int = 12) -> pd.DataFrame:
    """Times ten days apart in an order of their own, groups of uneven size, a rare site, a number."""
    random = np.random.default_rng(5)
    times = pd.date_range("2025-01-01", periods=count, freq="10D").strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "id": [f"s{i}" for i in range(count)],
            "group": [f"g{int(i)}" for i in np.sort(random.integers(0, groups, count))],
            "time": random.permutation(times.to_numpy()),
            "site": np.where(np.arange(count) % 10 == 0, "rare", "common"),
            "brightness": random.normal(100, 20, count),
        }
    )


def split(plugin: Splitter, table: pd.DataFrame, seed: int = 0, **settings: Any) -> pd.Series:
    return pd.Series(list(plugin(SplitInputs(table, seed), **settings)), index=table.index)


CASES = [(random, {}), (grouped, {}), (stratified, {"by": ["site"]}), (by_time, {}), (by_hash, {})]

SLACK = {grouped: 20, by_hash: 30}  # whole groups; a quarter of each share, and whole groups


@pytest.mark.parametrize(("plugin", "settings"), CASES)
def test_shares_are_met(plugin: Splitter, settings: dict[str, Any]) -> None:
    counts = Counter(split(plugin, rows(200), train=0.5, validation=0.3, test=0.2, **settings))
    for name, share in (("train", 100), ("validation", 60), ("test", 40)):
        assert abs(counts[name] - share) <= SLACK.get(plugin, 1), counts


@pytest.mark.parametrize(("plugin", "settings"), CASES)
def test_shares_that_do_not_sum_to_one_are_an_error(plugin: Splitter, settings: dict[str, Any]) -> None:
    with pytest.raises(StagewrightError, match=r"train 0.7 \+ validation 0.15 \+ test 0.3 is 1.15"):
        split(plugin, rows(30), test=0.3, **settings)


@pytest.mark.parametrize(("plugin", "settings"), [*CASES[:3], (by_hash, {})])
def test_the_seed_decides(plugin: Splitter, settings: dict[str, Any]) -> None:
    first, again, other = (split(plugin, rows(100), seed, **settings) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_random_leaves_no_split_empty() -> None:
    assert Counter(split(random, rows(3))) == {"train": 1, "validation": 1, "test": 1}


def test_grouped_keeps_groups_whole() -> None:
    table = rows(200)
    assert (split(grouped, table).groupby(table["group"]).nunique() == 1).all()


@pytest.mark.parametrize("seed", range(20))
def test_grouped_leaves_no_split_empty(seed: int) -> None:
    assert set(split(grouped, rows(60, groups=3), seed)) == {"train", "validation", "test"}


def test_grouped_needs_groups() -> None:
    with pytest.raises(StagewrightError, match="1 of 30 have none"):
        split(grouped, rows(30).assign(group=lambda table: table["group"].mask(table["id"] == "s3", "")))
    with pytest.raises(StagewrightError, match="at least 3 groups, there are 2"):
        split(grouped, rows(30, groups=2))


def test_stratified_holds_a_rare_tag_alike() -> None:
    table = rows(200)
    rare = Counter(split(stratified, table, by=["site"])[table["site"] == "rare"])
    assert [rare[name] for name in ("train", "validation", "test")] == [14, 3, 3]


def test_stratified_cuts_numbers_into_quantiles() -> None:
    table = rows(400)
    names = split(stratified, table, by=["brightness"], bins=8)
    deciles = pd.qcut(table["brightness"], 8, labels=False)
    shares = pd.crosstab(deciles, names, normalize="index")
    assert (shares["test"] - 0.15).abs().max() < 0.03
    chance = pd.crosstab(deciles, split(random, table), normalize="index")
    assert (chance["test"] - 0.15).abs().max() > 0.03


def test_stratified_names_the_column_meant() -> None:
    with pytest.raises(StagewrightError, match="no column 'sight', did you mean 'site'"):
        split(stratified, rows(30), by=["sight"])


def test_by_time_goes_from_old_to_new() -> None:
    table = rows(100)
    ranges = table["time"].groupby(split(by_time, table)).agg(["min", "max"])
    assert ranges.loc["train", "max"] < ranges.loc["validation", "min"]
    assert ranges.loc["validation", "max"] < ranges.loc["test", "min"]


def test_by_time_keeps_one_moment_together() -> None:
    table = rows(100).assign(time=lambda t: t["time"].str[:7] + "-01")  # three or four samples a month
    assert (split(by_time, table).groupby(table["time"]).nunique() == 1).all()


def test_by_time_reads_zones() -> None:
    times = ["2025-01-01T23:00:00-05:00", "2025-01-02T01:00:00+00:00", "2025-01-02T03:00:00"]
    table = rows(3).assign(time=times)
    assert list(split(by_time, table)) == ["test", "train", "validation"]


def test_by_time_names_a_sample_without_time() -> None:
    with pytest.raises(StagewrightError, match="1 of 30 have none, such as 's4'"):
        split(by_time, rows(30).assign(time=lambda t: t["time"].mask(t["id"] == "s4", "spring")))


def test_by_hash_meets_the_shares_as_well_as_chance_does() -> None:
    counts = Counter(split(by_hash, rows(4000).assign(group=""), 3, within=None))
    assert abs(counts["train"] - 2800) < 100
    assert abs(counts["test"] - 600) < 80


def test_by_hash_moves_no_sample_when_others_come_or_go() -> None:
    table = rows(3000).assign(group="")
    some = table.sample(frac=0.4, random_state=1)
    assert split(by_hash, some).equals(split(by_hash, table)[some.index])
    assert split(by_hash, table).equals(split(by_hash, table, within=None))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("count", [3, 7, 20, 60])
def test_by_hash_of_few_samples_leaves_no_split_empty_nor_far_from_its_share(count: int, seed: int) -> None:
    counts = Counter(split(by_hash, rows(count).assign(group=""), seed))
    assert set(counts) == {"train", "validation", "test"}
    for name, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
        assert abs(counts[name] - share * count) <= max(0.25 * share * count, 1.2), (
            counts
        )  # of 3, train has 1


@pytest.mark.parametrize("count", [30, 200])
def test_by_hash_meets_shares_exactly_where_it_is_asked_to(count: int) -> None:
    counts = Counter(split(by_hash, rows(count).assign(group=""), 2, within=0))
    assert abs(counts["train"] - 0.7 * count) <= 1
    assert abs(counts["test"] - 0.15 * count) <= 1


def test_by_hash_of_few_samples_moves_few_of_them_as_the_data_grows() -> None:
    table, stayed = rows(200).assign(group=""), []
    for seed in range(20):
        stayed.append((split(by_hash, table[:100], seed) == split(by_hash, table, seed)[:100]).mean())
    assert np.mean(stayed) > 0.95  # by chance alone 0.54 would


def test_by_hash_says_where_it_moved_a_cut() -> None:
    said: list[str] = []
    by_hash(SplitInputs(rows(4000).assign(group=""), 3, said.append))
    assert not said
    by_hash(SplitInputs(rows(20).assign(group=""), 3, said.append))
    assert re.fullmatch(r"cuts moved past \d samples, which may move again as the data grows", *said)


def test_by_hash_of_groups_too_large_for_the_shares_comes_as_close_as_they_allow() -> None:
    table = pd.DataFrame({"id": [f"s{i}" for i in range(100)], "group": ["a"] * 50 + ["b"] * 40 + ["c"] * 10})
    assert sorted(Counter(split(by_hash, table)).values()) == [10, 40, 50]


def test_by_hash_of_fewer_samples_than_splits_says_so() -> None:
    with pytest.raises(StagewrightError, match="at least 3 samples or groups, there are 2; bring more data"):
        split(by_hash, rows(60, groups=2))
    assert (
        len(split(by_hash, rows(60, groups=2), within=None)) == 60
    )  # as the message says, where others fill the splits


def test_by_hash_keeps_groups_whole() -> None:
    table = rows(200)
    assert (split(by_hash, table).groupby(table["group"]).nunique() == 1).all()
