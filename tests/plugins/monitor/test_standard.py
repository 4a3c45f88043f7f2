"""The stage: healthy traffic is quiet; each planted trouble is found, named, told and shown."""

import json
from dataclasses import replace

import pytest

from stagewright import contract
from stagewright.contract import Component
from stagewright.live.alerts import Rule
from stagewright.live.retraining import Retraining
from stagewright.testing import context
from stagewright_plugins.monitor.detector.categorical import categorical
from stagewright_plugins.monitor.detector.numeric import numeric
from stagewright_plugins.monitor.detector.prediction import prediction
from stagewright_plugins.monitor.detector.rules import rules
from stagewright_plugins.monitor.estimator.cbpe import cbpe
from stagewright_plugins.monitor.notify.log import log
from stagewright_plugins.monitor.standard import standard


def component(plugin, **settings):
    mark = getattr(plugin, contract.MARK)
    return Component(mark.contract.name, plugin.__name__, settings, plugin, mark.facts)


DETECTORS = [component(plugin) for plugin in (numeric, categorical, rules, prediction)]
PLAIN = {"window": 400, "detectors": DETECTORS, "estimators": [component(cbpe)], "explainer": None}


def rule(name, expr, **fields):
    return Rule.model_validate({"alert": name, "expr": expr, **fields})


def look(world, **settings):
    health = standard(world.inputs(), **(PLAIN | settings))
    return health, json.loads((health.path / "windows.json").read_text())


def test_healthy_traffic_is_quiet_and_measured(world):
    world.send(2000)
    health, windows = look(world, alerts=[rule("Drift", "drifted > 0"), rule("Slow", "latency_p99 > 50")])
    assert health.alerts == ()
    assert [window["values"]["requests"] for window in windows] == [400] * 5
    assert all(window["values"]["error_rate"] == 0 for window in windows)
    assert all(4 < window["values"]["latency_p50"] < 6 for window in windows)
    assert all(window["values"]["reference.accuracy"] == 0.75 for window in windows)
    assert {"Health", "Alerts", "Latency", "Drift of the last window"} <= {
        b.title for b in world.heard.blocks
    }


def test_a_shift_is_drift_from_the_second_window_on(world):
    world.send(800)
    world.send(800, shift=0.5)
    health, windows = look(world, alerts=[rule("Drift", "drifted > 0", labels={"severity": "ticket"})])
    assert [window["values"]["drifted_now"] > 0 for window in windows] == [False, False, True, True]
    assert [window["values"]["drifted"] > 0 for window in windows] == [False, False, False, True]
    assert windows[-1]["values"]["drift.amount"] > 5
    assert windows[0]["values"]["drift.country"] < 1.5
    assert health.alerts == ("Drift",)
    assert "amount has drifted" in {block.title for block in world.heard.blocks}


def test_a_new_kind_is_found_by_name(world):
    world.send(400)
    world.send(400, countries=("NL", "DE", "XX"))
    _, windows = look(world, consecutive=1)
    new = [item for item in windows[-1]["findings"] if item["detector"] == "new_kinds"]
    assert [(item["column"], item["drifted"]) for item in new] == [("country", True)]
    strange = [one for one in windows[-1]["anomalies"] if "country XX was never seen" in one["reasons"]]
    assert strange


def test_the_estimate_follows_covariate_shift_and_is_blind_to_concept_drift(world):
    world.send(2000)
    world.send(400, shift=2.0, labels=False)  # easy requests: accuracy rises, no label says so
    world.send(400, wrong=0.5)
    _, windows = look(world)
    first, easy, wrong = windows[1], windows[5], windows[6]
    assert first["values"]["estimated.accuracy"] == pytest.approx(first["values"]["accuracy"], abs=0.06)
    assert "accuracy" not in easy["values"]
    assert easy["values"]["estimated.accuracy"] > first["values"]["estimated.accuracy"] + 0.08
    assert wrong["values"]["accuracy"] < wrong["values"]["estimated.accuracy.low"]
    assert all(e["coverage"] is None or e["coverage"] > 0.5 for e in windows[5]["estimates"])


def test_alerts_fire_after_their_time_and_ask_for_retraining(world):
    world.send(800)
    world.send(1200, wrong=0.6)
    alerts = [rule("Drop", "accuracy < reference.accuracy - 0.1", **{"for": 2}, labels={"severity": "page"},
                   annotations={"summary": "accuracy is {accuracy}"})]  # fmt: skip
    health, _ = look(world, alerts=alerts, notify=[component(log)], retrain=Retraining(alerts=("Drop",)))
    changes = json.loads((health.path / "alerts.json").read_text())
    assert [change["now"] for change in changes] == ["pending", "firing"]
    assert health.alerts == ("Drop",)
    assert health.retrain == "alert Drop"
    (notice,) = [json.loads(line) for line in (health.path / "notices.jsonl").read_text().splitlines()]
    assert notice["severity"] == "page"
    assert notice["text"].startswith("Drop: accuracy is 0.")
    assert {"alert", "retrain"} <= {event["event"] for event in world.heard.events}


def test_errors_and_latency_are_counted(world):
    world.send(300)
    world.send(100, status=500)
    world.send(400, ms=80.0)
    _, windows = look(world)
    assert windows[0]["values"]["errors"] == 100
    assert windows[0]["values"]["error_rate"] == pytest.approx(0.25)
    assert windows[1]["values"]["latency_p95"] > 60


def test_another_versions_requests_and_shadows_are_not_ours(world):
    world.send(400)
    requests = [event for event in world.events if event["kind"] == "request"]
    for event in requests[::4]:
        event["version"] = "other"
    for event in requests[2::4]:
        event["arm"] = "shadow"
    kept = sum(e["kind"] == "request" and e["version"] == "v1" and e["arm"] != "shadow" for e in world.events)
    assert kept == 200
    _, windows = look(world)
    assert sum(window["values"]["requests"] for window in windows) == kept


def test_feedback_is_joined(world):
    world.send(400)
    world.events += [
        {
            "t": world.events[-1]["t"],
            "kind": "feedback",
            "id": f"r{2 * i}",
            "value": -1 if i < 3 else 1,
            "text": "",
        }
        for i in range(10)
    ]
    _, windows = look(world)
    assert windows[0]["values"]["feedback"] == 10
    assert windows[0]["values"]["feedback_negative"] == pytest.approx(0.3)


def test_no_request_is_said(world):
    health, windows = look(world)
    assert windows == []
    assert health.alerts == ()
    assert world.heard.blocks[0].title == "Live traffic"


def test_an_alert_on_a_value_that_no_window_has_is_named(world):
    world.send(400)
    look(world, alerts=[rule("Typo", "latency_p9 > 5")])
    table = next(block for block in world.heard.blocks if block.title == "Alerts")
    assert table.rows[0][2] == "no window has latency_p9"


def test_the_same_traffic_gives_the_same_windows(world):
    world.send(800, shift=0.2)
    inputs = world.inputs()
    again = replace(inputs, context=context(inputs.context.workdir.with_name("again"), seed=3))
    first, second = (standard(given, **PLAIN).path / "windows.json" for given in (inputs, again))
    assert first.read_text() == second.read_text()
