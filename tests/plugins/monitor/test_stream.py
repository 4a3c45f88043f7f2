"""Three months lived through: the second turns the meaning of a column around."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from small_streams import Stream
from stagewright.errors import RecipeError, StagewrightError
from stagewright.live.event_log import read_file, seconds
from stagewright.plugin.registry import Registry
from stagewright.stages.monitor import Retrained


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    return Stream(tmp_path)


def told(health: Any) -> list[dict[str, Any]]:
    return json.loads((health.path / "periods.json").read_text())


def test_retraining_pays_where_the_world_turned_around(stream: Stream) -> None:
    rules = [
        {"alert": "Drift", "expr": "drifted_now > 0"},
        {"alert": "Worse", "expr": "auroc < reference.auroc - 0.2"},
    ]
    health = stream.lived(alerts=rules)
    february, march, april = told(health)

    assert [one["requests"] for one in (february, march, april)] == [200, 200, 200]
    assert [one["data.until"] for one in stream.asked] == ["2024-03-01", "2024-04-01"]
    assert february["scores"]["live champion"]["auroc"]["value"] > 0.85
    assert march["scores"]["live champion"]["auroc"]["value"] < 0.2, "trained before the world turned around"
    assert march["attempt"]["outcome"] == "a package that is rolled out next"
    assert april["canary"]["verdict"] == "promoted", april["canary"]
    assert april["scores"]["live champion"]["auroc"]["value"] > 0.6
    assert april["scores"]["never retrained"]["auroc"]["value"] < 0.2
    assert april["scores"]["no-ML baseline"]["auroc"]["value"] == pytest.approx(0.5)
    paid = next(block for block in stream.heard.blocks if block.title == "Did retraining pay?")
    assert paid.text.startswith("Retraining paid: over 2 periods the live champion's auroc was on average")

    gained = next(block for block in stream.heard.blocks if block.title == "What retraining gained")
    assert {row.name for row in gained.rows} == {"auroc", "brier"}
    assert all(row.low > 0 for row in gained.rows), "a smaller Brier score is a gain, too"

    windows = json.loads((health.path / "windows.json").read_text())
    drifted = [{item["column"] for item in one["findings"] if item["drifted"]} for one in windows]
    assert "wind" not in drifted[0]
    assert "wind" in drifted[1]
    changes = json.loads((health.path / "alerts.json").read_text())
    assert {(one["window"], one["alert"]) for one in changes if one["now"] == "firing"} >= {
        ("2024-03", "Drift"),
        ("2024-03", "Worse"),
    }
    estimated = windows[1]["values"]
    assert estimated["estimated.auroc"] > 0.8 > estimated["auroc"], "estimates are blind to a turned meaning"


def test_labels_are_not_used_before_their_time(stream: Stream) -> None:
    health = stream.lived(retrain=None)
    late = stream.live[stream.live["label_time"] >= "2024-03-01"]
    late = late[late["time"] < "2024-03-01"]
    assert len(late) >= 2
    february = list(read_file(health.path / "periods" / "2024-02" / "events.jsonl"))
    march = list(read_file(health.path / "periods" / "2024-03" / "events.jsonl"))
    asked = {one["id"]: seconds(one["t"]) for one in [*february, *march] if one["kind"] == "request"}
    known = {one["id"]: seconds(one["t"]) for one in [*february, *march] if one["kind"] == "label"}
    assert all(moment >= asked[name] + 3 * 3600 - 1e-3 for name, moment in known.items())
    end = pd.Timestamp("2024-03-01", tz="UTC").timestamp()
    carried = [one for one in march if one["kind"] == "label" and one["id"].startswith("2024-02.")]
    assert carried
    assert all(seconds(one["t"]) >= end for one in carried)
    window = json.loads((health.path / "windows.json").read_text())[0]
    assert window["values"]["labelled"] == 200 - len(carried)


def test_a_worse_package_is_rolled_back(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "spoiled", lambda learned: learned.assign(target=1 - learned["target"]))
    february, march, april = told(stream.lived(end="2024-05-01"))
    # In March the spoiled package of February is right by accident: the world turned around as well.
    assert march["canary"]["verdict"] == "promoted"
    assert april["canary"]["verdict"] == "rolled_back"
    assert april["champion"]["version"] == march["champion"]["version"]
    assert february["canary"] is None


def test_a_retraining_that_misses_its_gates_leaves_the_champion(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Retrained("run-x", "auroc >= 0.7: misses by 0.1", {"auroc": 0.6}, None)
    monkeypatch.setattr(stream, "retrain", lambda changes, why: failed)
    periods = told(stream.lived())
    assert len({one["champion"]["version"] for one in periods}) == 1
    assert [one["attempt"] and one["attempt"]["outcome"] for one in periods] == [
        "no package: auroc >= 0.7: misses by 0.1",
        "no package: auroc >= 0.7: misses by 0.1",
        None,
    ]
    paid = next(block for block in stream.heard.blocks if block.title == "Did retraining pay?")
    assert paid.text.startswith("No retrained package was promoted")


def test_it_repeats_under_its_seed(stream: Stream) -> None:
    first, second = (told(stream.lived(work, retrain=None, end="2024-03-01")) for work in ("one", "two"))
    assert first == second


def test_it_lives_through_recorded_rows_only(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    data = stream.dataset
    monkeypatch.setattr(stream, "dataset", lambda: data(live=False))
    with pytest.raises(StagewrightError, match=r"no rows in `live`: set `data\.until`"):
        stream.lived()
    monkeypatch.setattr(stream, "retrain", None)
    with pytest.raises(StagewrightError, match="for live traffic use `type: standard`"):
        stream.lived()


def test_weeks_begin_on_monday(stream: Stream) -> None:
    health = stream.lived(every="week", retrain=None, end="2024-02-14")
    assert [one["period"] for one in told(health)] == ["2024-02-01", "2024-02-05", "2024-02-12"]


def test_a_preset_policy_is_checked() -> None:
    with pytest.raises(Exception, match="setWeight"):
        Registry().component("monitor", {"type": "stream", "canary": {"steps": [{"setWeight": 500}]}})


def test_the_weights_of_a_canary_ascend() -> None:
    steps = [{"setWeight": 50}, {"setWeight": 10}]
    with pytest.raises(RecipeError) as error:
        Registry().component("monitor", {"type": "stream", "canary": {"steps": steps}})
    (wrong,) = error.value.problems
    assert wrong.path == ("canary", "steps", 1, "setWeight")
    assert "weights ascend: 10 comes after 50" in wrong.message
