from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagewright.stages.train import Model
from stagewright_plugins.compress._front import Candidate, chosen, front
from stagewright_plugins.compress._limits import Check
from stagewright_plugins.compress._measuring import Result, Scored
from stagewright_plugins.compress._workshop import Variant
from stagewright_plugins.exporting.latency import Latency

FIGURES = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 4))


def candidate(size, latency, drop, *excesses):
    variant = Variant("v", Model(Path(), "onnx", {}, {}), Path())
    result = Result(variant, size, Latency({}, latency, 1), Scored({}, {}))
    return Candidate(result, [Check("c", 1.0, 1.0 + excess, 1.0) for excess in excesses], drop)


def test_what_is_beaten_in_everything_is_not_on_the_front():
    trained, fast, small, bad = (
        candidate(*figures) for figures in [(10, 1.0, 0), (9, 0.5, 0.01), (3, 0.9, 0.01), (9, 0.6, 0.02)]
    )
    assert front([trained, fast, small, bad]) == [True, True, True, False]


def test_equal_variants_are_both_on_the_front():
    assert front([candidate(1, 1, 0), candidate(1, 1, 0)]) == [True, True]


@given(st.lists(FIGURES, min_size=1, max_size=8))
def test_the_front_holds_the_best_of_each_figure_and_nothing_that_is_dominated(figures):
    candidates = [candidate(*each) for each in figures]
    on = [each for each, kept in zip(figures, front(candidates), strict=True) if kept]
    for axis in range(3):
        assert min(each[axis] for each in on) == min(each[axis] for each in figures)
    for one in on:
        assert not any(
            all(a <= b for a, b in zip(other, one, strict=True)) and other != one for other in figures
        )


def test_the_fastest_inside_the_limits_is_chosen():
    slow, fast, outside = candidate(1, 0.9, 0, 0), candidate(5, 0.5, 0, 0), candidate(1, 0.1, 0, 0.1)
    assert chosen([slow, fast, outside]) is fast


def test_of_those_as_fast_within_the_noise_the_smallest_is_chosen():
    fastest, small, slower = candidate(5, 0.50, 0, 0), candidate(2, 0.52, 0, 0), candidate(1, 0.6, 0, 0)
    assert chosen([fastest, small, slower]) is small


def test_of_equal_size_the_better_is_chosen():
    worse, better = candidate(2, 0.5, 0.02, 0), candidate(2, 0.5, 0.01, 0)
    assert chosen([worse, better]) is better


@pytest.mark.parametrize("order", [1, -1])
def test_with_none_inside_the_nearest_is_chosen(order):
    near, far = candidate(9, 0.9, 0, 0.1, 0.1, -5), candidate(1, 0.1, 0, 0.3)
    assert chosen([near, far][::order]) is near
