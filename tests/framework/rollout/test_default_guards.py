"""Guards of a recipe that names none."""

from types import SimpleNamespace

import pytest

from stagewright.cli.serve import policy_of
from stagewright.errors import StagewrightError
from stagewright.rollout.default_guards import with_guards
from stagewright.rollout.policy import Policy
from stagewright.stages.metrics import MetricSet, MetricSpec

METRICS = MetricSet((MetricSpec("dice", {"type": "dice"}, ("dice_mean",), "maximize"),))
PICTURES, ROWS = SimpleNamespace(type="segmentation"), SimpleNamespace(type="classification")


@pytest.mark.parametrize(
    ("policy", "task", "metrics"),
    [
        (Policy(), PICTURES, ["request.error", "request", "label.dice_mean"]),
        (Policy(), ROWS, ["request.error", "request", "label.correct < 1"]),
        (Policy(strategy="shadow"), PICTURES, ["request.error", "request"]),
        (Policy(strategy="blueGreen"), ROWS, ["request.error", "request"]),
        (
            Policy.of({"steps": [{"setMirrorRoute": {}}, {"analysis": {}}]}),
            ROWS,
            ["request.error", "request"],
        ),
    ],
)
def test_a_policy_without_guards_gets_those_that_its_events_can_feed(policy, task, metrics):
    guards = with_guards(policy, METRICS, task).analysis.guards
    assert [guard.metric for guard in guards] == metrics
    assert guards[-1].direction == ("higher" if metrics[-1] == "label.dice_mean" else "lower")


def test_an_analysis_that_names_no_usual_guard_is_refused():
    policy = Policy.of({"steps": [{"setWeight": 50}, {"analysis": {"guards": ["dice"]}}]})
    with pytest.raises(StagewrightError, match=r"no guard 'dice', did you mean 'dice_mean'"):
        with_guards(policy, METRICS, PICTURES)


def test_guards_that_are_named_stay_alone():
    policy = Policy.of({"analysis": {"guards": [{"name": "slow", "metric": "latency_ms > 20"}]}})
    assert with_guards(policy, METRICS, PICTURES) is policy


def test_a_gateway_guards_a_canary_as_the_replay_does():
    spec = {"type": "standard", "strategy": "canary", "replay": {"requests": 9}}
    rollout = SimpleNamespace(spec=lambda: spec)
    checked = SimpleNamespace(
        components={"rollout": rollout}, metrics=METRICS, framing=SimpleNamespace(task=PICTURES)
    )
    policy = Policy.of(policy_of(checked))
    assert [guard.name for guard in policy.analysis.guards] == ["errors", "srm", "dice_mean"]
    assert policy.deciding() == ["errors", "dice_mean"]
    assert policy_of(SimpleNamespace(components={})) is None
