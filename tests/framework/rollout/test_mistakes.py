"""What is wrong between the parts of a policy in a recipe."""

from types import SimpleNamespace

import pytest

from stagewright.rollout.default_guards import usual
from stagewright.rollout.mistakes import contradictions, mistakes
from stagewright.rollout.policy import Policy


@pytest.mark.parametrize(
    ("test", "wrong"), [("event", True), ("msprt", True), ("threshold", False), ("own", False)]
)
def test_after_the_switch_no_test_compares_arms(test, wrong):
    guards = [{"name": "errors", "metric": "request.error", "test": {"type": test}}]
    section = {
        "strategy": "blueGreen",
        "blueGreen": {"postPromotionAnalysis": {}},
        "analysis": {"guards": guards},
    }
    found = mistakes(Policy.of(section))
    assert [where for where, _ in found] == ([("blueGreen", "postPromotionAnalysis")] if wrong else [])
    before = {"prePromotionAnalysis": {}}
    assert mistakes(Policy.of(section | {"blueGreen": before})) == []


AGREEMENT = {"name": "same", "metric": "shadow.agreement"}
QUALITY = {"name": "quality", "metric": "label.iou"}


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"analysis": {"guards": [AGREEMENT]}}, "no step copies requests"),
        ({"strategy": "shadow", "analysis": {"guards": [QUALITY]}}, "belongs to what users saw"),
        ({"analysis": {"guards": [AGREEMENT], "dryRun": ["same"]}}, ""),
        ({"strategy": "shadow", "analysis": {"guards": [AGREEMENT]}}, ""),
        ({"analysis": {"guards": [QUALITY]}}, ""),
        ({"analysis": {"guards": [QUALITY]}, "steps": [{"setMirrorRoute": {}}]}, "no step shows them"),
    ],
)
def test_a_guard_that_promotion_waits_for_in_vain_is_a_mistake(policy, said):
    found = mistakes(Policy.of(policy))
    assert [where for where, _ in found] == ([("analysis", "guards", 0, "metric")] if said else [])
    assert said in "".join(text for _, text in found)


def test_before_the_switch_no_label_speaks_of_the_canary():
    section = {"strategy": "blueGreen", "analysis": {"guards": [QUALITY]}}
    found = mistakes(Policy.of(section | {"blueGreen": {"prePromotionAnalysis": {}}}))
    assert [where for where, _ in found] == [("blueGreen", "prePromotionAnalysis")]
    assert "they see no answer of the canary" in found[0][1]
    assert mistakes(Policy.of(section)) == []  # nothing waits for it


AB = {"name": "ab", "metric": "request.error", "test": {"type": "event"}}
HOLD = {"name": "hold", "metric": "latency_ms", "test": {"type": "threshold"}}
ASK, COPY, HALF, ALL = ({"analysis": {}}, {"setMirrorRoute": {}}, {"setWeight": 50}, {"setWeight": 100})


@pytest.mark.parametrize(
    ("guard", "steps", "step"),
    [
        (AB, [ASK, HALF], 0),
        (AB, [COPY, ASK, HALF], None),
        (AB, [ALL, ASK], 1),
        (AB, [HALF, ALL, ASK], None),  # what it heard at half of the requests stands
        (HOLD, [ALL, ASK], None),
        (HOLD, [ASK, HALF], 0),
        (QUALITY, [COPY, ASK, HALF], 1),
        (QUALITY, [HALF, ASK], None),
        (AGREEMENT, [HALF, ASK, COPY, ASK], 1),
        ({"name": "hot", "metric": "hw.gpu.temperature"}, [ASK, HALF], None),
        ({"name": "own", "metric": "request.error", "test": {"type": "own"}}, [ASK, HALF], None),
        ({"name": "count", "metric": "request", "test": {"type": "threshold"}}, [COPY, ASK, HALF], 1),
    ],
)
def test_an_analysis_waits_in_vain_for_a_guard_that_cannot_have_heard_anything(guard, steps, step):
    found = mistakes(Policy.of({"analysis": {"guards": [guard]}, "steps": steps}))
    assert [where for where, _ in found] == ([] if step is None else [("steps", step, "analysis")])
    assert all(f"waits for guard {guard['name']!r}" in said for _, said in found)
    limited = [{"analysis": {"requests": 9}} if step is ASK else step for step in steps]
    goes_on = {"analysis": {"guards": [guard]}, "steps": limited, "onInconclusive": "notify"}
    assert mistakes(Policy.of(goes_on)) == []


def test_promotion_waits_in_vain_for_two_arms_that_never_answer_side_by_side():
    found = mistakes(Policy.of({"analysis": {"guards": [AB]}, "steps": [ALL]}))
    assert found[0][0] == ("steps",)
    assert "promotion waits for guard 'ab'" in found[0][1]


PICTURES, ROWS = SimpleNamespace(type="segmentation"), SimpleNamespace(type="classification")


@pytest.mark.parametrize(
    ("section", "where", "said"),
    [
        ({"steps": [HALF, ASK]}, None, ""),
        ({"steps": [HALF, {"analysis": {"guards": ["errors", "iou_mean"]}}]}, None, ""),
        ({"steps": [COPY, ASK]}, None, ""),  # copies have no label, and no guard asks for one
        ({"steps": [COPY, {"analysis": {"guards": ["errors"]}}, HALF]}, None, ""),
        (
            {"steps": [COPY, ASK, HALF]},
            ("steps", 1, "analysis"),
            "'label.iou_mean' belongs to what users saw",
        ),
        ({"steps": [ASK, HALF]}, ("steps", 0, "analysis"), "waits for guard 'errors'"),
        (
            {"steps": [HALF, {"analysis": {"guards": ["quality"]}}]},
            ("steps", 1, "analysis", "guards"),
            "no guard 'quality', known: errors, iou_mean, srm",
        ),
        ({"strategy": "blueGreen", "blueGreen": {"prePromotionAnalysis": {}}}, None, ""),
        ({"strategy": "shadow"}, None, ""),
        ({"strategy": "abTest"}, None, ""),
    ],
)
def test_the_usual_guards_are_held_against_the_steps(section, where, said):
    policy = Policy.of(section)
    assert contradictions(section) == []
    found = mistakes(usual(policy, PICTURES, "iou_mean", "maximize"))
    assert (found[0][0] if found else None) == where
    assert said in "".join(text for _, text in found)


def test_after_the_switch_the_usual_guards_hear_nothing():
    found = contradictions({"strategy": "blueGreen", "blueGreen": {"postPromotionAnalysis": {"requests": 9}}})
    assert [where for where, _ in found] == [("blueGreen", "postPromotionAnalysis")]


def test_of_rows_the_usual_guard_is_on_the_class():
    policy = Policy.of({"steps": [HALF, {"analysis": {"guards": ["wrong"]}}]})
    assert mistakes(usual(policy, ROWS, "auroc", "maximize")) == []
