"""Half a cosine, after a linear warm-up."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from stagewright_plugins.train.scheduler.cosine import cosine

Rates = Callable[..., list[float]]


def test_it_is_half_a_cosine(rates: Rates) -> None:
    expected = [0.5 * (1 + math.cos(math.pi * step / 10)) for step in range(10)]
    assert rates(cosine, 10, warmup=0.0) == pytest.approx(expected)


def test_it_rises_to_the_full_rate_then_falls_to_the_floor(rates: Rates) -> None:
    found = rates(cosine, 100, warmup=0.2, floor=0.1)
    assert found[:20] == sorted(found[:20])
    assert found[19] < found[20] == max(found) == 1.0
    assert found[20:] == sorted(found[20:], reverse=True)
    assert found[-1] == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize("total", range(1, 6))
def test_the_shortest_training_has_a_rate(rates: Rates, total: int) -> None:
    found = rates(cosine, total)
    assert all(0 < rate <= 1 for rate in found)
    assert max(found) == 1.0
