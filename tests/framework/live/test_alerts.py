"""Alerts: pending, firing, resolved, as Prometheus would, over windows."""

import pytest
from pydantic import ValidationError

from stagewright.live.alerts import Alerts, Rule, grouped, said


def rule(**fields):
    return Rule.model_validate({"alert": "Slow", "expr": "latency > 10", **fields})


def states(rules, series, step=60.0):
    alerts = Alerts(rules)
    seen = []
    for index, value in enumerate(series):
        values = {} if value is None else {"latency": value}
        alerts.observe(str(index), step * index, values)
        seen.append(alerts.standing["Slow"].state[0])
    return "".join(seen)


@pytest.mark.parametrize(
    ("fields", "series", "expected"),
    [
        ({}, [1, 11, 11, 1, 1], "iffii"),
        ({"for": 2}, [11, 1, 11, 11, 1], "pipfi"),
        ({"for": "2m"}, [11, 11, 11, 1], "ppfi"),
        ({"keep_firing_for": 2}, [11, 1, 1, 1, 1], "fffii"),
        ({"keep_firing_for": "2m"}, [11, 1, 1, 1], "ffii"),
        ({"keep_firing_for": 2}, [11, 1, 11, 1, 1, 1], "fffffi"),
        ({"for": 2}, [11, None, 11, None, 1], "ppffi"),  # no value: as it was
    ],
)
def test_states(fields, series, expected):
    assert states([rule(**fields)], series) == expected


def test_changes_say_what_was_read():
    alerts = Alerts([rule()])
    (change,) = alerts.observe("w1", 5.0, {"latency": 12.0, "other": 1.0})
    assert (change.fired, change.values, change.window, change.at) == (True, {"latency": 12.0}, "w1", 5.0)
    (change,) = alerts.observe("w2", 6.0, {"latency": 2.0})
    assert change.resolved
    assert alerts.firing == ()


def test_replaying_the_windows_gives_the_same_states():
    series = [(str(i), 60.0 * i, {"latency": 15.0 * ((i // 3) % 2)}) for i in range(30)]
    first, second = (Alerts([rule(**{"for": 2, "keep_firing_for": 1})]) for _ in range(2))
    assert [first.observe(*item) for item in series] == [second.observe(*item) for item in series]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"expr": "latency + 1"}, "is a number"),
        ({"expr": "latency >"}, "ends too early"),
        ({"for": "soon"}, "a duration is"),
        ({"alert": "two words"}, "pattern"),
        ({"fro": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_rule_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        rule(**fields)


def test_annotations_take_values():
    words = said(rule(annotations={"summary": "p99 is {latency} ms"}), {"latency": 12.3456})
    assert words == "p99 is 12.35 ms"


def test_changes_are_grouped_by_labels():
    rules = [
        Rule.model_validate({"alert": name, "expr": "x > 0", "labels": {"severity": severity}})
        for name, severity in (("A", "page"), ("B", "log"), ("C", "page"))
    ]
    changes = Alerts(rules).observe("w", 0.0, {"x": 1.0})
    names = [[change.alert for change in group] for group in grouped(changes, rules, ["severity"])]
    assert names == [["A", "C"], ["B"]]
