import numpy as np
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.rollout import TestInputs
from stagewright_plugins.rollout.test._threshold import figure
from stagewright_plugins.rollout.test.threshold import threshold

GIVEN = TestInputs(0.05, "lower", 0.0)


def fed(test, values, pace=1.0):
    """Pairs of (stable, canary) values, one a second."""
    for i, (stable, canary) in enumerate(values):
        test.observe(False, 0.5, stable, i * pace)
        test.observe(True, 0.5, canary, i * pace)
    return test.outcome()


def test_a_window_that_meets_the_failure_condition():
    test = threshold(GIVEN, failureCondition="result > 1.5 * stable", statistic="p99", interval=10)
    assert fed(test, [(1.0, 1.2)] * 10) == "inconclusive"  # the window is not over
    assert fed(test, [(1.0, 2.0)] * 1) == "inconclusive"
    assert (
        fed(threshold(GIVEN, failureCondition="result > 1.5 * stable", interval=10), [(1, 2)] * 11)
        == "failed"
    )


def test_failure_limit_and_count():
    bad, good = [(1.0, 2.0)] * 5, [(1.0, 1.0)] * 5
    for limit, end in ((0, "failed"), (1, "failed"), (2, "successful"), (-1, "successful")):
        test = threshold(GIVEN, failureCondition="result > 1.5", requests=10, count=4, failureLimit=limit)
        assert fed(test, bad + good + bad + good) == end


BOTH = {"successCondition": "result < 1.2", "failureCondition": "result > 1.5", "requests": 2}


@pytest.mark.parametrize(
    ("limit", "end"),
    [
        ({}, "inconclusive"),
        ({"inconclusiveLimit": 1}, "inconclusive"),
        ({"inconclusiveLimit": 2}, "successful"),
    ],
)
def test_of_counted_windows_a_few_may_be_inconclusive(limit, end):
    """Argo's `inconclusiveLimit`: beyond it the count never makes a success, and a person decides."""
    test = threshold(GIVEN, **BOTH, count=4, **limit)
    assert fed(test, [(1, 1.0), (1, 1.3), (1, 1.3)]) == "inconclusive"  # the count is not reached
    assert fed(test, [(1, 1.0)] * 9) == end


def test_an_inconclusive_window_hides_no_failed_one():
    test = threshold(GIVEN, **BOTH, count=3, inconclusiveLimit=3)
    assert fed(test, [(1, 1.3), (1, 1.6)]) == "failed"


def test_three_valued():
    both = {"successCondition": "result < 1.2", "failureCondition": "result > 1.5", "requests": 2}
    assert fed(threshold(GIVEN, **both), [(1, 1.0)]) == "successful"
    assert fed(threshold(GIVEN, **both), [(1, 1.3)]) == "inconclusive"
    assert fed(threshold(GIVEN, **both), [(1, 1.6)]) == "failed"
    assert fed(threshold(GIVEN, successCondition="result < 1.2", requests=2), [(1, 1.3)]) == "failed"


def test_after_the_count_nothing_changes():
    test = threshold(GIVEN, successCondition="result < 1.2", requests=2, count=1)
    assert fed(test, [(1, 1.0)]) == "successful"
    assert fed(test, [(1, 9.0)] * 20) == "successful"


def test_windows_too_thin_are_not_judged():
    test = threshold(GIVEN, failureCondition="result > 0.5", requests=10, minimum=5)
    for _ in range(40):
        for i in range(10):
            test.observe(i == 0, 0.1, 1.0)
    assert test.outcome() == "inconclusive"


def test_a_window_without_the_stable_arm_is_inconclusive():
    test = threshold(GIVEN, failureCondition="result > 1.5 * stable", requests=4)
    for _ in range(4):
        test.observe(True, 1.0, 3.0)
    assert test.outcome() == "inconclusive"
    assert test.evidence()["inconclusive"] == 1


@pytest.mark.parametrize("name", ["mean", "sum", "min", "max", "p50", "p90", "p95", "p99"])
def test_figures_are_those_of_numpy(name):
    values = list(np.random.default_rng(1).normal(size=37))
    how = {"mean": np.mean, "sum": np.sum, "min": np.min, "max": np.max}
    expected = how[name](values) if name in how else np.percentile(values, int(name[1:]))
    assert figure(values, name) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "needs a successCondition"),
        ({"successCondition": "latency < 3"}, "uses 'latency'"),
        ({"successCondition": "result + 1"}, "is a number"),
        ({"failureCondition": "result <"}, "ends too early"),
    ],
)
def test_wrong_conditions(settings, said):
    with pytest.raises(StagewrightError, match=said):
        threshold(GIVEN, **settings)
