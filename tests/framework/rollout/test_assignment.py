from hypothesis import given
from hypothesis import strategies as st

from stagewright.rollout.assignment import BUCKETS, bucket, chosen, share

WEIGHTS = st.integers(0, BUCKETS).map(lambda n: n / BUCKETS)


@given(st.text(min_size=1), WEIGHTS, WEIGHTS)
def test_raising_the_weight_only_moves_units_to_the_canary(unit, one, other):
    low, high = sorted((one, other))
    assert not chosen("r", unit, low) or chosen("r", unit, high)


@given(st.text())
def test_nobody_at_0_and_everybody_at_1(unit):
    assert not chosen("r", unit, 0.0)
    assert chosen("r", unit, 1.0)


def test_the_share_of_units_is_the_weight():
    for weight in (0.05, 0.25, 0.5):
        found = sum(chosen("rollout-1", f"user-{i}", weight) for i in range(20_000)) / 20_000
        assert abs(found - weight) < 4 * (weight * (1 - weight) / 20_000) ** 0.5


def test_two_rollouts_deal_anew():
    same = sum((bucket("a", str(i)) < 5000) == (bucket("b", str(i)) < 5000) for i in range(10_000))
    assert 4700 < same < 5300


def test_buckets_never_change():
    """Assignments must survive restarts, other machines and later versions."""
    assert [bucket("r1", unit) for unit in ("ada", "grace", "")] == [8106, 5479, 5976]


def test_a_weight_stands_for_whole_buckets():
    assert share(5) == 0.05
    assert share(0.004) == 0.0
    assert share(100) == 1.0
