"""What is wrong with a `rollout` section is said by `check`, before anything is trained."""

from types import SimpleNamespace

import pytest

from stagewright.errors import RecipeError
from stagewright.plugin.registry import Registry
from stagewright.stages.known import Known

GUARD = {"name": "errors", "metric": "request.error"}


@pytest.mark.parametrize(
    ("section", "key", "said"),
    [
        ({"steps": [{"setWieght": 5}]}, "steps[0].setWieght", "did you mean 'setWeight'"),
        (
            {"steps": [{"analysis": {"guards": ["eror"]}}]},
            "steps[0].analysis.guards",
            "did you mean 'errors'",
        ),
        ({"strategy": "shadow", "steps": [{"setWeight": 5}]}, "steps[0]", "never gives the canary"),
        (
            {"analysis": {"guards": [GUARD | {"test": "evnet"}]}},
            "analysis.guards[0].test.type",
            "did you mean 'event'",
        ),
        (
            {"analysis": {"guards": [GUARD | {"test": {"type": "msprt", "minimun": 3}}]}},
            "analysis.guards[0].test.minimun",
            "did you mean 'minimum'",
        ),
        (
            {"analysis": {"guards": [GUARD | {"test": {"type": "event", "top": "8"}}]}},
            "analysis.guards[0].test.top",
            "valid number",
        ),
        (
            {"analysis": {"guards": [GUARD | {"metric": "latancy_ms > 3"}]}},
            "analysis.guards[0].metric",
            "latency_ms",
        ),
        ({"steps": [{"pause": {"duration": "5 minutes"}}]}, "steps[0].pause.duration", "a duration is"),
    ],
)
def test_check_names_key_and_mistake(section, key, said):
    analysis = {"guards": [GUARD]}
    with pytest.raises(RecipeError) as error:
        Registry().component("rollout", {"type": "standard", "analysis": analysis, **section})
    problem = error.value.problems[0]
    assert problem.key == key
    assert said in problem.message


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        ([{"setWeight": 50}, {"analysis": {"guards": ["errors"]}}], []),
        (
            [{"setMirrorRoute": {}}, {"analysis": {}}, {"setWeight": 50}],
            [("rollout", "steps", 1, "analysis")],
        ),
        (
            [{"setWeight": 50}, {"analysis": {"guards": ["x"]}}],
            [("rollout", "steps", 1, "analysis", "guards")],
        ),
    ],
)
def test_an_analysis_without_guards_is_held_against_the_usual_ones(steps, where):
    component = Registry().component("rollout", {"type": "standard", "steps": steps})
    found = component.facts.misfits(
        component.settings, Known(SimpleNamespace(type="segmentation"), ("iou_mean",))
    )
    assert [misfit.path for misfit in found] == where


WINDOWS = {"type": "threshold", "successCondition": "n > 1", "requests": 900, "count": 3}
PLANNED = {"type": "ab_test", "baseline": 0.1, "effect": 0.02}


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"replay": {"requests": 1000}}, ""),
        ({"replay": {"requests": 999}}, "its pauses take 1000; say 1000 or more"),
        (
            {"steps": [{"setWeight": 50}], "replay": {"requests": 150}},
            "guard 'iou_mean' needs observations: 100",
        ),
        ({"strategy": "abTest", "abTest": {"requests": 7700}}, "2000 requests are too few"),
        ({"analysis": {"guards": [GUARD]}, "steps": [{"setWeight": 50}], "replay": {"requests": 2}}, ""),
        (
            {"analysis": {"guards": [GUARD | {"test": PLANNED, "direction": "higher"}]}},
            "3839 of the canary and 3839 of the champion",
        ),
        ({"analysis": {"guards": [GUARD | {"test": WINDOWS}]}}, "guard 'errors' needs 2700 observations"),
    ],
)
def test_a_replay_too_short_for_any_promotion_is_a_warning(section, said):
    registry = Registry()
    component = registry.component("rollout", {"type": "standard", **section})
    known = Known(SimpleNamespace(type="segmentation"), ("iou_mean",), resolve=registry.component)
    found = list(component.facts.misfits(component.settings, known))
    assert [(misfit.path, misfit.severity) for misfit in found] == (
        [(("rollout", "replay", "requests"), "warning")] if said else []
    )
    assert said in "".join(misfit.message for misfit in found)


def test_a_rate_that_is_none_is_told_by_check():
    guard = GUARD | {"test": PLANNED | {"baseline": 3}}
    with pytest.raises(RecipeError, match=r"guards\[0\]\.test\.baseline: a rate lies in 0 to 1, got 3"):
        Registry().component("rollout", {"type": "standard", "analysis": {"guards": [guard]}})


def test_tests_with_settings_are_taken():
    guard = GUARD | {"test": {"type": "event", "top": 4, "acceptAfter": None}}
    assert Registry().component("rollout", {"type": "standard", "analysis": {"guards": [guard]}})


@pytest.mark.parametrize(
    ("task", "metric", "wrong"),
    [
        ("classification", "label.correct < 1", ""),
        ("classification", "label.brier", ""),
        ("classification", "label.auroc", "no label brings 'auroc', known: brier, correct"),
        ("segmentation", "label.auroc", ""),
        ("segmentation", "label.correct", "no label brings 'correct'"),
    ],
)
def test_a_guard_reads_what_labels_of_the_task_bring(task, metric, wrong):
    """A row has no AUROC of its own, and needs no metric to be right or wrong."""
    component = Registry().component(
        "rollout", {"type": "standard", "analysis": {"guards": [GUARD | {"metric": metric}]}}
    )
    found = list(component.facts.misfits(component.settings, Known(SimpleNamespace(type=task), ("auroc",))))
    assert [misfit.path for misfit in found] == (
        [("rollout", "analysis", "guards", 0, "metric")] if wrong else []
    )
    assert wrong in "".join(misfit.message for misfit in found)
