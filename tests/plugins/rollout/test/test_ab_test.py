import numpy as np
import pytest

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.rollout import watch
from stagewright.rollout.controller import Controller
from stagewright.rollout.policy import Policy
from stagewright.stages.rollout import TestInputs
from stagewright_plugins.rollout.test.ab_test import ab_test


def run(test, rates, seed, n=20_000):
    random = np.random.default_rng(seed)
    for _ in range(n):
        canary = bool(random.random() < 0.5)
        test.observe(canary, 0.5, float(random.random() < rates[canary]))
        if "p" in test.evidence():
            break
    return test.outcome()


def test_it_looks_once_at_the_planned_size():
    test = ab_test(TestInputs(0.05, "higher", 0.0), baseline=0.1, effect=0.05)
    assert test.evidence()["planned_canary"] == pytest.approx(683, abs=4)  # the textbook's size
    run(test, (0.1, 0.1), 1)
    before = dict(test.evidence())
    for _ in range(500):
        test.observe(True, 0.5, 1.0)
    assert dict(test.evidence()) == before


def test_power_and_error_are_as_planned():
    def ends(rates):
        tests = [ab_test(TestInputs(0.05, "higher", 0.0), baseline=0.1, effect=0.08) for _ in range(150)]
        return [run(test, rates, seed) for seed, test in enumerate(tests)]

    assert 0.70 < ends((0.1, 0.18)).count("successful") / 150 < 0.92
    assert ends((0.1, 0.1)).count("inconclusive") / 150 > 0.89


def test_worse_fails_and_not_worse_than_the_margin_succeeds():
    lower = TestInputs(0.05, "lower", 1.0)
    assert run(ab_test(lower, baseline=0.1, effect=0.05), (0.1, 0.3), 1) == "failed"
    assert run(ab_test(lower, baseline=0.1, effect=0.05), (0.1, 0.1), 1) == "successful"


def test_a_mean_with_a_covariate_needs_less():
    given = TestInputs(0.05, "higher", 0.0)
    plain = ab_test(given, baseline=0.7, effect=0.02, deviation=0.1)
    cuped = ab_test(given, baseline=0.7, effect=0.02, deviation=0.1, correlation=0.8)
    assert cuped.evidence()["planned_canary"] == pytest.approx(
        0.36 * plain.evidence()["planned_canary"], rel=0.02
    )
    random = np.random.default_rng(2)
    for i in range(2000):
        x = random.normal()
        value = (0.7, 0.73)[i % 2] + 0.08 * x + 0.06 * random.normal()
        cuped.observe(i % 2 == 1, 0.5, value, covariate=x)
    assert cuped.outcome() == "successful"


def test_a_rate_is_a_rate():
    with pytest.raises(StagewrightError, match="needs `deviation`"):
        ab_test(TestInputs(0.05, "higher", 0.0), baseline=3.0, effect=0.1)


@pytest.mark.parametrize(
    ("rates", "end"), [((0.1, 0.2), "Healthy"), ((0.2, 0.1), "Degraded"), ((0.1, 0.1), "Paused")]
)
def test_the_strategy_waits_for_its_size_and_takes_the_verdict(rates, end):
    guard = {"name": "conversion", "metric": "feedback.value", "direction": "higher"}
    guard["test"] = {"type": "ab_test", "baseline": 0.1, "effect": 0.05}
    section = {"strategy": "abTest", "abTest": {"requests": 1400}, "analysis": {"guards": [guard]}}
    controller = Controller(Policy.of(section), "ab", watch.tests(Registry().component))
    controller.start(0.0)
    random = np.random.default_rng(5)
    for i in range(2500):
        name = f"q{i}"
        arm = controller.arm(name)
        controller.observe({"kind": "request", "id": name, "unit": name, "arm": arm}, float(i))
        value = float(random.random() < rates[arm == "canary"])
        controller.observe({"kind": "feedback", "id": name, "value": value}, float(i))
    assert controller.phase == end
    assert controller.requests >= 1360
