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
