"""Conditions held against values that are no numbers."""

from __future__ import annotations

import math

import pytest

from stagewright.gates import beats_baseline, criterion
from stagewright.stages.metrics import MetricSpec

ACC = MetricSpec("acc", {"type": "acc"}, ("acc",), "maximize")


@pytest.mark.parametrize("condition", ["not loss > 1", "loss != 1", "loss < 1 or acc > 0.5"])
def test_a_value_that_is_not_a_number_fails_a_criterion(condition: str) -> None:
    gate = criterion(condition, {"loss": math.nan, "acc": 0.2}, "evaluate")
    assert not gate.passed
    assert "not a number" in gate.message


@pytest.mark.parametrize("condition", ["acc > 0.1", "acc > 0.1 or loss < 1"])
def test_what_is_decided_without_such_a_value_holds(condition: str) -> None:
    assert criterion(condition, {"loss": math.nan, "acc": 0.2}, "evaluate").passed


@pytest.mark.parametrize(("model", "baseline"), [({}, {"acc": 0.1}), ({"acc": 0.1}, {"bleu": 1.0})])
def test_what_was_not_measured_does_not_beat_the_baseline(
    model: dict[str, float], baseline: dict[str, float]
) -> None:
    gate = beats_baseline(ACC, model, baseline)
    assert not gate.passed
    assert "acc" in gate.message
    assert "has no value" in gate.message
