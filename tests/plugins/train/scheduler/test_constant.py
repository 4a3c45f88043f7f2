"""A constant rate, after a linear warm-up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stagewright_plugins.train.scheduler.constant import constant

Rates = Callable[..., list[float]]


def test_the_rate_stays(rates: Rates) -> None:
    assert rates(constant, 5) == [1.0] * 5


def test_it_warms_up_in_equal_steps(rates: Rates) -> None:
    assert rates(constant, 8, warmup=0.5) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 1, 1])


def test_a_warm_up_of_less_than_a_step_is_none(rates: Rates) -> None:
    assert rates(constant, 3, warmup=0.1) == [1.0] * 3
