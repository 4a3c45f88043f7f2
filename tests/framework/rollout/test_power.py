import pytest

from stagewright.rollout.power import for_means, for_rates


def test_the_textbook_numbers():
    """Fleiss, Statistical Methods for Rates and Proportions: two arms, 5 % two-sided, 80 %."""
    assert for_means(1.0, 0.5).canary == 63
    assert for_rates(0.02, 0.02).canary == pytest.approx(1141, abs=5)


def test_unequal_arms_need_more_in_all():
    even, small = for_means(1.0, 0.1), for_means(1.0, 0.1, share=0.05)
    assert small.total > even.total
    assert small.canary / small.total == pytest.approx(0.05, abs=0.001)


def test_a_covariate_halves_the_need():
    plain, cuped = for_means(1.0, 0.1), for_means(1.0, 0.1, correlation=0.5**0.5)
    assert cuped.canary == pytest.approx(plain.canary / 2, rel=0.01)


def test_the_planned_power_is_reached():
    """Simulated: a z-test at the planned size finds the planned effect in about 80 of 100."""
    from random import Random
    from statistics import NormalDist, fmean, stdev

    size = for_means(1.0, 0.4)
    random, found = Random(1), 0
    for _ in range(400):
        one = [random.gauss(0, 1) for _ in range(size.stable)]
        other = [random.gauss(0.4, 1) for _ in range(size.canary)]
        error = (stdev(one) ** 2 / size.stable + stdev(other) ** 2 / size.canary) ** 0.5
        found += abs(fmean(other) - fmean(one)) / error > NormalDist().inv_cdf(0.975)
    assert 0.74 < found / 400 < 0.87
