import pytest

from stagewright.errors import StagewrightError
from stagewright.rollout.policy import Guard, Policy

GUARDS = {"guards": [{"name": "errors", "metric": "request.error"}]}


def kinds(policy):
    return [step.kind for step in policy.plan()]


def test_argos_words():
    policy = Policy.of(
        {
            "type": "standard",
            "strategy": "canary",
            "steps": [
                {"setMirrorRoute": {"percentage": 100}},
                {"setWeight": 5},
                {"pause": {"duration": "5m", "minRequests": 100}},
                {"analysis": {"guards": ["errors"], "requests": 500}},
                {"pause": {}},
            ],
            "analysis": GUARDS,
            "replay": {"requests": 10},
        }
    )
    assert kinds(policy) == ["setMirrorRoute", "setWeight", "pause", "analysis", "pause"]
    assert policy.plan()[2].pause.duration == 300
    for unset in (True, False):
        assert Policy.of(policy.model_dump(mode="json", exclude_unset=unset)) == policy


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"steps": [{"setWeight": 5, "pause": {}}]}, "exactly one of"),
        ({"steps": [{}]}, "exactly one of"),
        ({"steps": [{"setWeight": None}]}, "exactly one of"),
        ({"steps": [{"setWeight": 101}]}, "less than or equal to 100"),
        ({"steps": [{"pause": {"duration": "5 minutes"}}]}, "a duration is"),
        ({"steps": [{"analysis": {"guards": ["eror"]}}], "analysis": GUARDS}, "did you mean 'errors'"),
        ({"strategy": "shadow", "steps": [{"setWeight": 5}]}, "never gives the canary"),
        ({"strategy": "blueGreen", "steps": [{"setWeight": 5}]}, "steps of its own"),
        ({"steps": [{"setWeight": 5}], "analysis": {"startingStep": 1, **GUARDS}}, "counted from 0"),
        ({"analysis": {**GUARDS, "dryRun": ["x"]}}, "dryRun names no guard"),
        ({"analysis": {"guards": GUARDS["guards"] * 2}}, "two guards are named errors"),
        ({"analysis": {"guards": [{"name": "a", "metric": "latency >"}]}}, "ends too early"),
        ({"analysis": {"guards": [{"name": "a", "metric": "speed"}]}}, "no event carries"),
    ],
)
def test_what_is_refused(section, said):
    with pytest.raises(StagewrightError, match="rollout") as error:
        Policy.of(section)
    assert said in str(error.value)


def test_an_analysis_may_wait_for_guards_that_come_by_themselves():
    assert Policy.of({"steps": [{"setWeight": 5}, {"analysis": {"guards": ["errors"]}}]}).plan()


def test_strategies_have_steps():
    assert kinds(Policy()) == ["setWeight", "pause"] * 3
    assert kinds(Policy(strategy="shadow")) == ["setMirrorRoute", "analysis", "setMirrorRoute"]
    assert kinds(Policy.of({"strategy": "abTest", "analysis": GUARDS, "abTest": {"requests": 900}})) == [
        "setWeight",
        "pause",
        "analysis",
    ]
    green = {
        "prePromotionAnalysis": {},
        "autoPromotionSeconds": "1m",
        "postPromotionAnalysis": {"requests": 9},
    }
    policy = Policy.of({"strategy": "blueGreen", "analysis": GUARDS, "blueGreen": green})
    assert kinds(policy) == ["setMirrorRoute", "analysis", "pause", "setMirrorRoute", "setWeight", "analysis"]
    by_hand = Policy.of({"strategy": "blueGreen", "blueGreen": {"autoPromotionEnabled": False}})
    assert by_hand.plan()[0].pause.duration is None


def test_alpha_is_shared_over_the_guards_that_can_stop():
    names = [{"name": name, "metric": "request.error"} for name in "abc"]
    own = {"name": "srm", "test": "srm", "alpha": 0.001}
    policy = Policy.of({"analysis": {"guards": [*names, own], "dryRun": ["c"]}})
    assert [policy.share_of_alpha(guard) for guard in policy.analysis.guards] == [0.025, 0.025, 0.025, 0.001]


def test_a_sample_ratio_mismatch_freezes():
    policy = Policy()
    assert policy.on_failure(Guard(name="srm", test="srm")) == "freeze"
    assert policy.on_failure(Guard(name="srm", test={"type": "srm"}, onFailure="pause")) == "pause"
    assert policy.on_failure(Guard(name="errors")) == "rollback"


def test_a_canary_is_decided_by_all_guards_and_other_strategies_by_those_they_name():
    srm = {"name": "srm", "test": "srm", "onFailure": "rollback"}
    told = {"name": "told", "metric": "request.error", "onFailure": "notify"}
    dry = {"name": "dry", "metric": "request.error"}
    quality = {"name": "quality", "metric": "label.iou", "test": "msprt"}
    analysis = {"guards": [*GUARDS["guards"], srm, told, dry, quality], "dryRun": ["dry"]}
    assert Policy.of({"analysis": analysis}).deciding() == ["errors", "quality"]
    ab = {"strategy": "abTest", "abTest": {"guards": ["quality"]}, "analysis": analysis}
    assert Policy.of(ab).deciding() == ["quality"]
    assert Policy.of({"strategy": "blueGreen", "analysis": analysis}).deciding() == []
