import math

import numpy as np
import pytest

from stagewright.stages.rollout import TestInputs
from stagewright_plugins.rollout.test._moments import Moments, adjusted, worse
from stagewright_plugins.rollout.test._msprt import half_width
from stagewright_plugins.rollout.test.msprt import msprt


def drawn(test, means, seed, n=4000, weights=(0.05, 0.25, 0.5), drift=0.0, rho=0.0):
    random = np.random.default_rng(seed)
    for i in range(n):
        weight = weights[i * len(weights) // n]
        canary = bool(random.random() < weight)
        covariate = random.normal()
        noise = rho * covariate + math.sqrt(1 - rho**2) * random.normal()
        value = means[canary] + drift * i / n + 0.1 * noise
        test.observe(canary, weight, value, float(i), covariate if rho else None)
        if test.outcome() == "failed":
            return "failed", i
    return test.outcome(), n


def test_the_interval_is_the_reference_formula():
    variance, tau, alpha = 0.003, 0.1, 0.025
    total = variance + tau**2
    expected = math.sqrt(
        variance * total / tau**2 * (2 * math.log(1 / (2 * alpha)) + math.log(total / variance))
    )
    assert half_width(variance, tau, alpha) == pytest.approx(expected)
    # the boundary is where the mixture likelihood ratio reaches 1 / (2 alpha)
    d = half_width(variance, tau, alpha)
    ratio = math.sqrt(variance / total) * math.exp(tau**2 * d**2 / (2 * variance * total))
    assert ratio == pytest.approx(1 / (2 * alpha))


def test_false_alarms_at_every_look():
    alarms = sum(
        drawn(msprt(TestInputs(0.05, "higher", 0.0)), (0.7, 0.7), s, 2000)[0] == "failed" for s in range(120)
    )
    assert alarms <= 13


def test_a_mean_that_drifts_while_the_weight_rises_is_no_difference():
    ends = [
        drawn(msprt(TestInputs(0.05, "higher", 0.0)), (0.7, 0.7), s, 2000, drift=-0.3)[0] for s in range(60)
    ]
    assert ends.count("failed") <= 7


def test_three_verdicts_against_the_margin():
    given = TestInputs(0.05, "higher", 0.1)
    assert drawn(msprt(given), (0.7, 0.5), 1)[0] == "failed"
    assert drawn(msprt(given), (0.7, 0.69), 1)[0] == "successful"
    assert drawn(msprt(given), (0.7, 0.63), 1)[0] == "inconclusive"
    lower = TestInputs(0.05, "lower", 0.1)
    assert drawn(msprt(lower), (0.7, 0.9), 1)[0] == "failed"
    assert drawn(msprt(lower), (0.7, 0.6), 1)[0] == "successful"


def test_an_absolute_margin():
    given = TestInputs(0.05, "higher", 0.0)
    assert drawn(msprt(given, absolute=0.3), (0.7, 0.5), 1)[0] == "successful"
    assert drawn(msprt(given, absolute=0.1), (0.7, 0.5), 1)[0] == "failed"


def test_it_is_silent_before_the_minimum():
    test = msprt(TestInputs(0.05, "higher", 0.0), minimum=100)
    for i in range(198):
        test.observe(i % 2 == 0, 0.5, 0.1 if i % 2 == 0 else 0.9)
    assert test.outcome() == "inconclusive"
    assert test.evidence()["low"] is None


def test_a_covariate_finds_it_sooner():
    given = TestInputs(0.05, "higher", 0.0)
    plain = [drawn(msprt(given, tau=0.02), (0.7, 0.68), s, 8000, (0.5,))[1] for s in range(12)]
    cuped = [drawn(msprt(given, tau=0.02), (0.7, 0.68), s, 8000, (0.5,), rho=0.9)[1] for s in range(12)]
    assert np.median(cuped) < 0.5 * np.median(plain)


def test_moments_are_those_of_numpy():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 50))
    y = y + 0.7 * x
    arm = Moments()
    for one, other in zip(y, x, strict=True):
        arm.add(one, other)
    assert arm.mean == pytest.approx(y.mean())
    assert arm.yy == pytest.approx(((y - y.mean()) ** 2).sum())
    assert arm.xy == pytest.approx(((y - y.mean()) * (x - x.mean())).sum())


def test_cuped_takes_out_what_the_covariate_explains():
    random = np.random.default_rng(0)
    arms = (Moments(), Moments())
    for i in range(4000):
        x = random.normal()
        arms[i % 2].add(2 * x + 0.1 * random.normal(), x)
    stable, canary = adjusted(*arms)
    assert stable.variance * 2000 == pytest.approx(0.01, rel=0.1)
    assert canary.mean - stable.mean == pytest.approx(0, abs=0.01)
    assert abs(arms[1].mean - arms[0].mean) > abs(canary.mean - stable.mean)


def test_worse_is_above_0_in_both_directions():
    one = adjusted(filled([1.0, 1.0, 1.1]), filled([2.0, 2.0, 2.1]))
    assert worse(*one, "lower", 0.5, None).value == pytest.approx(2.0333 - 1.5 * 1.0333, abs=1e-3)
    assert worse(*one, "higher", 0.5, None).value == pytest.approx(0.5 * 1.0333 - 2.0333, abs=1e-3)


def filled(values):
    arm = Moments()
    for value in values:
        arm.add(value, 0.0)
    return arm


def test_values_without_spread_decide_nothing():
    test = msprt(TestInputs(0.05, "higher", 0.0))
    for i in range(400):
        test.observe(i % 2 == 0, 0.5, 1.0)
    assert test.outcome() == "inconclusive"


def test_an_interval_is_a_number_for_any_mixing_width_and_any_alpha():
    assert half_width(1.0, 1e-200, 0.05) == math.inf
    assert half_width(1.0, 0.1, 0.9) == 0.0


@pytest.mark.parametrize(
    ("direction", "means", "outcome"),
    [
        ("lower", (-2.0, -2.0), "successful"),
        ("lower", (-2.0, -1.2), "failed"),
        ("higher", (-2.0, -2.0), "successful"),
        ("higher", (-2.0, -2.8), "failed"),
    ],
)
def test_a_margin_of_a_negative_mean_tolerates_a_worsening(direction, means, outcome):
    """Of a log latency a quarter of its size: an equal canary was rolled back."""
    assert drawn(msprt(TestInputs(0.05, direction, 0.25)), means, 1)[0] == outcome


@pytest.mark.parametrize(
    ("values", "margin", "outcome"),
    [
        ((0.9, 0.5), 0.05, "failed"),
        ((0.9, 0.9), 0.05, "successful"),
        ((0.9, 0.9), 0.0, "inconclusive"),
        ((0.9, 0.95), 0.0, "successful"),
    ],
)
def test_two_arms_whose_values_never_differ_are_told_apart(values, margin, outcome):
    """A canary that answers 0.5 each time, where stable answers 0.9 each time, has no spread to be judged by."""
    test = msprt(TestInputs(0.05, "higher", margin))
    for i in range(400):
        test.observe(bool(i % 2), 0.5, values[i % 2])
        assert i >= 198 or test.outcome() == "inconclusive", "before there are enough"
    assert test.outcome() == outcome


def test_a_hundred_right_answers_do_not_show_that_hardly_any_is_wrong():
    """Of canaries that err exactly as often as the margin tolerates, hardly more than alpha may pass."""
    passed = 0
    for seed in range(60):
        random, test = np.random.default_rng(seed), msprt(TestInputs(0.025, "higher", 0.01))
        for _ in range(300):
            test.observe(False, 0.5, 1.0)
            test.observe(True, 0.5, float(random.random() < 0.99))
        passed += test.outcome() == "successful"
    assert passed <= 4
    test = msprt(TestInputs(0.025, "higher", 0.01))
    for i in range(1000):
        test.observe(bool(i % 2), 0.5, 1.0)
    assert test.outcome() == "successful"  # five hundred do


@pytest.mark.parametrize(("weight", "outcome"), [(0.5, "successful"), (1.0, "inconclusive")])
def test_observations_of_one_arm_alone_are_no_success(weight, outcome):
    test = msprt(TestInputs(0.05, "lower", 0.0), acceptAfter=50)
    for _ in range(60):
        test.observe(True, weight, 1.0)
    assert test.outcome() == outcome
