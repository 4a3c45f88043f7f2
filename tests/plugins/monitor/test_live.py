"""Live traffic: a look is written back, the next look adds only what is new, nobody hears twice."""

import json
import math
from dataclasses import replace

import pytest

from stagewright.live.alerts import Rule
from stagewright.live.event_log import EventLog, folder, read, segments
from stagewright.live.retraining import Retraining
from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Estimate, EstimatorInputs, Finding
from stagewright.testing import context
from stagewright_plugins.monitor.standard import standard
from stagewright_plugins.monitoring.rolling import every
from stagewright_plugins.monitoring.windows import cut

LOOKS: list[int] = []


@monitor.detector
def counting(inputs: DetectorInputs, /) -> list[Finding]:
    """Counts how often it is asked."""
    LOOKS.append(len(inputs.window))
    return [Finding("counting", "amount", 0.0, None, 0.0, 1.0, False)]


@monitor.estimator
def undefined(inputs: EstimatorInputs, /) -> list[Estimate]:
    """An estimate where nothing can be estimated."""
    return [Estimate("acc", math.nan, math.nan, math.nan)]


@monitor.detector
def lost(inputs: DetectorInputs, /) -> list[Finding]:
    """A test that cannot be computed."""
    return [Finding("lost", "amount", math.inf, math.nan, math.nan, 1.0, False)]


def look(world, number, component, **settings):
    inputs = world.inputs(live=True)
    work = context(world.folder / f"look{number}", seed=3, heard=world.heard, name="toy")
    plain = {"window": 200, "detectors": [component(counting)], "estimators": [], "hardware": False}
    return standard(replace(inputs, context=work), **(plain | settings))


def live_folder(world):
    return folder(world.folder / ".stagewright", "toy")


def written(world):
    with EventLog(live_folder(world)) as log:
        for event in world.events:
            log.write(event)
    world.events = []


def test_windows_are_judged_once_and_alerts_told_once(world, component):
    LOOKS.clear()
    told = world.folder / "told.jsonl"
    rules = [Rule.model_validate({"alert": "Slow", "expr": "latency_p95 > 50"})]
    notify = [component(to_file(told), name="to_file")]
    world.send(450, ms=80.0)
    written(world)
    settings = {"alerts": rules, "notify": notify, "retrain": Retraining(alerts=("Slow",))}
    first = look(world, 1, component, **settings)
    assert first.alerts == ("Slow",)
    assert first.retrain == "alert Slow"
    assert LOOKS == [200, 200]  # the third window is not over
    second = look(world, 2, component, **settings)
    assert second.alerts == ("Slow",)
    assert second.retrain == ""  # asked for already
    assert LOOKS == [200, 200]
    kinds = [event["kind"] for event in every(live_folder(world))]
    assert (kinds.count("window"), kinds.count("alert"), kinds.count("retrain")) == (2, 1, 1)
    assert len(told.read_text().splitlines()) == 1


def test_what_a_look_leaves_is_json_that_every_tool_reads(world, component):
    def refused(word):
        raise AssertionError(f"{word} is no JSON")

    world.send(200)
    written(world)
    health = look(world, 1, component, detectors=[component(lost)])
    (window,) = json.loads((health.path / "windows.json").read_text(), parse_constant=refused)
    assert (window["findings"][0]["statistic"], window["findings"][0]["effect"]) == (None, None)


def to_file(path):
    from stagewright.context import Context
    from stagewright.stages.monitor import Deliver

    @monitor.notify(reaches_people=True)
    def deliver_to_file(_context: Context, /) -> Deliver:
        def deliver(notice):
            with path.open("a") as file:
                file.write(notice.title + "\n")

        return deliver

    return deliver_to_file


def test_labels_that_come_later_are_taken_up(world, component):
    world.send(400)
    labels = [event for event in world.events if event["kind"] == "label"]
    world.events = [event for event in world.events if event["kind"] != "label"]
    written(world)
    before = look(world, 1, component)
    world.events = labels
    written(world)
    after = look(world, 2, component)
    values = [
        json.loads((health.path / "windows.json").read_text())[0]["values"] for health in (before, after)
    ]
    assert "accuracy" not in values[0]
    assert 0.6 < values[1]["accuracy"] < 0.9
    newest = [event for event in every(live_folder(world)) if event["kind"] == "window"][-2:]
    assert all(event["values"]["labelled"] == 200 for event in newest)


def test_a_look_rolls_the_log_up_and_loses_nothing(world, component):
    world.send(300)
    written(world)
    before = cut(read(live_folder(world)), 200, 60)
    look(world, 1, component)
    assert segments(live_folder(world)) == []
    after = cut(every(live_folder(world)), 200, 60)
    assert [window.requests for window in before] == [window.requests for window in after]


def test_hardware_is_measured_into_the_log(world, component):
    world.send(250)
    written(world)
    health = look(world, 1, component, hardware=True)
    last = json.loads((health.path / "windows.json").read_text())[-1]
    assert 0 <= last["values"]["system.memory.utilization"] <= 1
    assert last["values"]["process.memory.usage"] > 1e6


def test_what_was_asked_for_is_where_retrain_due_looks(world, component):
    world.send(450, ms=80.0)
    written(world)
    settings = {
        "alerts": [Rule.model_validate({"alert": "Slow", "expr": "latency_p95 > 50"})],
        "retrain": Retraining(alerts=("Slow",)),
    }
    for number in (1, 2):  # the second look finds nothing new, and rolls up what the first one wrote
        look(world, number, component, **settings)
        asked = list(read(live_folder(world), kinds=("retrain",)))
        assert [event["reason"] for event in asked] == ["alert Slow"]


def test_numbers_that_cannot_be_averaged_spoil_no_later_look(world, component):
    """Two clients' feedback of 1.7e308, and an estimate that is no number, are no values: not Infinity, not null."""
    world.send(200)
    for event in list(world.events)[:2]:
        world.events.append({"kind": "feedback", "t": event["t"], "id": event["id"], "value": 1.7e308})
    world.send(200)
    written(world)
    for number in (1, 2):
        look(world, number, component, estimators=[component(undefined)])
        told = json.loads(
            (world.folder / f"look{number}" / "windows.json").read_text(), parse_constant=_refused
        )
        assert [item["values"]["feedback"] for item in told] == [0.0, 0.0]
        assert "feedback_mean" not in told[0]["values"]
        assert "estimated.acc" not in told[1]["values"]


def _refused(word):
    raise AssertionError(f"{word} is not JSON")


def hours(world, count, ms=5.0):
    """One window of requests, with ids of their own."""
    world.send(200 * count, ms=ms)
    for event in world.events:
        event["id"] = f"{event['id']}@{world.now}"
    written(world)


def test_what_lasts_longer_than_the_horizon_is_told_once(world, component):
    """An alert that fires since a window that is forgotten, and a drift that lasts since then, begin no second time."""
    told = world.folder / "told.jsonl"
    rules = [
        Rule.model_validate({"alert": "Slow", "expr": "latency_p95 > 50", "for": 3}),
        Rule.model_validate({"alert": "Drift", "expr": "drifted > 0"}),
    ]
    settings = {"alerts": rules, "notify": [component(to_file(told), name="to_file")], "horizon": 3}
    settings["detectors"] = [component(drifting)]
    for number in range(8):
        hours(world, 1, ms=80.0)
        health = look(world, number, component, **settings)
    assert health.alerts == ("Slow", "Drift")
    assert sorted(told.read_text().splitlines()) == ["toy: Drift fires", "toy: Slow fires"]
    changes = [event for event in every(live_folder(world)) if event["kind"] == "alert"]
    assert [(event["alert"], event["now"]) for event in changes if event["now"] == "firing"] == [
        ("Drift", "firing"),
        ("Slow", "firing"),
    ]


@monitor.detector
def drifting(inputs: DetectorInputs, /) -> list[Finding]:
    """Says that a column has drifted."""
    return [Finding("drifting", "amount", 1.0, None, 1.0, 0.1, drifted=True)]


def test_a_truth_may_be_a_class_by_its_name(world, component):
    """As for the guards of a rollout; else every answer of the model would be wrong."""
    world.send(400)
    names = ("late", "on_time")
    for event in world.events:
        if event["kind"] == "label" and world.random.random() < 0.5:
            event["target"] = names[event["target"]]
    written(world)
    health = look(world, 1, component)
    told = json.loads((health.path / "windows.json").read_text())
    assert all(0.6 < item["values"]["accuracy"] < 0.9 for item in told)


def test_a_corrected_label_is_taken_up(world, component):
    """Somebody says that a truth was another: as many requests have a label as before."""
    world.send(200)
    first = next(event for event in world.events if event["kind"] == "label")
    written(world)
    before = look(world, 1, component)
    world.events = [first | {"target": 1 - first["target"]}]
    written(world)
    after = look(world, 2, component)
    values = [
        json.loads((health.path / "windows.json").read_text())[0]["values"] for health in (before, after)
    ]
    assert values[0]["labelled"] == values[1]["labelled"]
    assert abs(values[0]["accuracy"] - values[1]["accuracy"]) == pytest.approx(1 / 200)


def test_a_request_to_retrain_and_its_answer_are_one_retraining(world, component):
    """Of three a week, the third is asked for after two were done."""
    policy = Retraining(alerts=("Slow",), cooldown=0, max_per_week=3)
    settings = {
        "alerts": [Rule.model_validate({"alert": "Slow", "expr": "latency_p95 > 50"})],
        "retrain": policy,
    }
    asked = []
    for number in range(4):
        hours(world, 1, ms=80.0)
        asked.append(look(world, number, component, **settings).retrain)
        with EventLog(live_folder(world)) as log:
            log.write({"kind": "retrain", "run": f"stopped{number}", "reason": "", "status": "interrupted"})
            log.write({"kind": "retrain", "run": f"r{number}", "reason": "", "status": "succeeded"})
    assert asked == ["alert Slow"] * 3 + [""]


def test_an_alert_that_is_new_is_told_though_it_would_have_fired_beyond_the_horizon(world, component):
    """A rule is added to a recipe while what it speaks of has lasted for long."""
    told = world.folder / "told.jsonl"
    slow = Rule.model_validate({"alert": "Slow", "expr": "latency_p95 > 50"})
    settings = {"notify": [component(to_file(told), name="to_file")], "horizon": 2}
    for number in range(6):
        hours(world, 1, ms=80.0)
        health = look(world, number, component, alerts=[slow] if number > 3 else [], **settings)
    assert health.alerts == ("Slow",)
    assert told.read_text().splitlines() == ["toy: Slow fires"]
