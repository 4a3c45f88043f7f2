import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from stagewright.errors import StagewrightError
from stagewright.stages.rollout import TestInputs
from stagewright_plugins.rollout.test.event import event


def test_three_errors_in_a_row_on_a_small_canary():
    test = event(TestInputs(0.05, "lower", 0.0))
    for _ in range(3):
        test.observe(True, 0.05, 1.0)
    assert math.exp(test.evidence()["log_e"]) == pytest.approx(49, abs=1)
    assert test.outcome() == "failed"


def test_errors_in_proportion_prove_nothing():
    test = event(TestInputs(0.05, "lower", 0.0))
    for i in range(400):
        test.observe(i % 20 == 0, 0.05, 1.0)
    assert test.evidence()["log_e"] < 0
    assert test.outcome() == "inconclusive"


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.01, 0.05, 0.25, 0.5, 0.9])), max_size=80),
    st.floats(0, 2),
)
def test_it_equals_the_formula(events, margin):
    """Against the direct numpy form of Lindon & Malek's mixture."""
    test = event(TestInputs(0.05, "lower", margin))
    null = 1 + margin
    theta = null * np.geomspace(1.1, 8, 16)
    logs = np.zeros(16)
    for canary, w in events:
        test.observe(canary, w, 1.0)
        p, p0 = theta * w / (1 - w + theta * w), null * w / (1 - w + null * w)
        logs += np.log(p / p0) if canary else np.log((1 - p) / (1 - p0))
    assert test.evidence()["log_e"] == pytest.approx(logsumexp(logs) - np.log(16), abs=1e-9)


@settings(deadline=None)
@given(
    st.sampled_from(["lower", "higher"]),
    st.floats(0, 0.9),
    st.floats(0.001, 0.999),
    st.floats(0.01, 1.0),
    st.floats(0.01, 1.0),
)
def test_under_the_hypothesis_it_does_not_grow_on_average(direction, margin, weight, base, inside):
    """Exactly, for one event and any rate ratio that is tolerated, the nearest to the margin included."""
    test = event(TestInputs(0.05, direction, margin))
    null = 1 + margin if direction == "lower" else 1 - margin
    ratio = null * inside if direction == "lower" else null / inside
    share = ratio * weight / (1 - weight + ratio * weight)
    grown = 0.0
    for canary, probability in ((True, share), (False, 1 - share)):
        fresh = event(TestInputs(0.05, direction, margin))
        fresh.observe(canary, weight, 1.0)
        grown += probability * math.exp(fresh.evidence()["log_e"])
    assert grown <= 1 + 1e-9
    assert test.evidence()["log_e"] == pytest.approx(0)


@settings(deadline=None)
@given(st.floats(0, 2), st.floats(0.001, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_copies_of_a_request_do_not_break_it(margin, mirror, stable_rate, relative, together):
    """A shadow answers the same request as the stable arm, so their errors are dependent; still no growth.

    Every joint law of (stable errs, copy errs) with a tolerated rate: the mean over one request is at most 1.
    """
    null = 1 + margin
    copy_rate = min(1.0, null * stable_rate * relative)
    least = max(0.0, stable_rate + copy_rate - 1)
    both = least + together * (min(stable_rate, copy_rate) - least)
    share = mirror / (1 + mirror)

    def process(stable, copy):
        test = event(TestInputs(0.05, "lower", margin), grid=1)
        test.observe(False, share, float(stable))
        test.observe(True, share, float(copy))
        return math.exp(test.evidence()["log_e"])

    copied = (
        both * process(1, 1) + (stable_rate - both) * process(1, 0) + (copy_rate - both) * process(0, 1)
    ) + (1 - stable_rate - copy_rate + both)
    alone = stable_rate * process(1, 0) + 1 - stable_rate
    assert mirror * copied + (1 - mirror) * alone <= 1 + 1e-9


def drawn(test, rates, weights, n, seed):
    random = Random(seed)
    for i in range(n):
        weight = weights[i * len(weights) // n]
        canary = random.random() < weight
        test.observe(canary, weight, float(random.random() < rates[canary]))
        if test.outcome() == "failed":
            return "failed"
    return test.outcome()


def test_false_alarms_and_finds():
    """Looked at after every request, phased, 4 % errors: 200 A/A streams and 60 with doubled errors."""
    phases = [0.05, 0.25, 0.5]
    alarms = sum(
        drawn(event(TestInputs(0.05, "lower", 0.0)), (0.04, 0.04), phases, 3000, seed) == "failed"
        for seed in range(200)
    )
    found = sum(
        drawn(event(TestInputs(0.05, "lower", 0.0)), (0.04, 0.08), phases, 6000, seed) == "failed"
        for seed in range(60)
    )
    assert alarms <= 18  # 10 expected at most; 18 is beyond 99 % of that
    assert found >= 54


def test_within_the_margin_is_a_success():
    proof = {"acceptAfter": None}
    assert drawn(event(TestInputs(0.05, "lower", 0.0), **proof), (0.2, 0.2), [0.5], 4000, 3) == "inconclusive"
    assert drawn(event(TestInputs(0.05, "lower", 0.5), **proof), (0.2, 0.2), [0.5], 4000, 3) == "successful"
    assert drawn(event(TestInputs(0.05, "higher", 0.2), **proof), (0.9, 0.9), [0.5], 4000, 3) == "successful"
    assert drawn(event(TestInputs(0.05, "higher", 0.05)), (0.9, 0.5), [0.5], 4000, 3) == "failed"


def test_accept_after_takes_silence_for_success():
    test = event(TestInputs(0.05, "lower", 0.0), acceptAfter=50)
    for _ in range(49):
        test.observe(True, 0.5, 0.0)
    assert test.outcome() == "inconclusive"
    test.observe(True, 0.5, 0.0)
    assert test.outcome() == "successful"
    for _ in range(4):
        test.observe(True, 0.05, 1.0)
    assert test.outcome() == "failed"


def test_events_at_certain_weights_say_nothing():
    test = event(TestInputs(0.05, "lower", 0.0))
    for weight, canary in ((0.0, False), (1.0, True)):
        for _ in range(50):
            test.observe(canary, weight, 1.0)
    assert test.evidence()["log_e"] == 0.0


def test_a_margin_that_tolerates_everything():
    with pytest.raises(StagewrightError, match="tolerates everything"):
        event(TestInputs(0.05, "higher", 1.0))


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_observations_of_one_arm_alone_are_no_success(weight):
    """After all requests went to the canary its failures, each one, were accepted: none was compared."""
    test = event(TestInputs(0.05, "lower", 0.0))
    for _ in range(500):
        test.observe(True, weight, 1.0)
    assert test.outcome() == "inconclusive"
