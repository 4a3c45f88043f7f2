from __future__ import annotations

import math

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.metrics import MetricSet, MetricSpec
from stagewright_plugins.compress._limits import Cost, Limits, checks, excess

COST = Cost(
    bytes=400,
    size_ratio=0.4,
    latency_ms={"p50": 4.0, "p95": 6.0, "p99": 9.0},
    latency_ratio=0.7,
    drop={"iou_mean": 0.02, "dice_mean": -0.01},
    slice_drop={"site=a": {"iou_mean": 0.05}, "site=b": {"iou_mean": 0.01}},
)
ALL = {
    "bytes": 500,
    "size_ratio": 0.5,
    "latency_ms": {"p50": 5, "p95": 5},
    "latency_ratio": 0.8,
    "drop": {"iou_mean": 0.01, "dice_mean": 0},
    "slice_drop": {"iou_mean": 0.04},
}


def found(**limits):
    return {check.condition: check for check in checks(Limits(**limits), COST)}


def test_every_limit_is_held_against_its_own_figure():
    passed = {condition: check.passed for condition, check in found(**ALL).items()}
    assert passed == {
        "bytes <= 500": True,
        "size <= 0.5 x fp32": True,
        "latency p50 <= 5 ms": True,
        "latency p95 <= 5 ms": False,
        "latency <= 0.8 x fp32": True,
        "drop of iou_mean <= 0.01": False,
        "drop of dice_mean <= 0": True,
        "drop of iou_mean in any slice <= 0.04": False,
    }


def test_no_limits_hold():
    assert found() == {}
    assert excess([]) == 0


def test_a_limit_is_inclusive():
    assert found(bytes=400)["bytes <= 400"].passed
    assert not found(bytes=399)["bytes <= 399"].passed


def test_the_worst_slice_is_named():
    check = found(slice_drop={"iou_mean": 0.04})["drop of iou_mean in any slice <= 0.04"]
    assert (check.where, check.measured) == ("site=a", 0.05)
    assert "site=a" in check.verdict().message


def test_what_has_no_value_fails_and_says_so():
    check = found(drop={"gone": 0.1})["drop of gone <= 0.1"]
    assert not check.passed
    assert "no value" in check.verdict().message
    assert not found(slice_drop={"gone": 1})["drop of gone in any slice <= 1"].passed


def test_an_excess_is_measured_in_the_limit_and_only_misses_add_up():
    one = excess(checks(Limits(bytes=200, latency_ratio=0.8), COST))
    assert math.isclose(one, 1.0)  # 200 bytes too many for a limit of 200; the latency holds
    both = excess(checks(Limits(bytes=200, latency_ratio=0.35), COST))
    assert math.isclose(both, 2.0)


def test_a_verdict_says_by_how_much():
    verdict = found(bytes=300)["bytes <= 300"].verdict("prune: ")
    assert (verdict.name, verdict.passed, verdict.value) == ("limits", False, 400)
    assert verdict.message == "prune: misses by 100: measured 400"


def test_a_metric_that_is_not_computed_is_refused_with_a_hint():
    metrics = MetricSet((MetricSpec("iou", {"type": "iou"}, ("iou_mean", "iou.cell"), "maximize"),))
    Limits(drop={"iou.cell": 0.1}).require(metrics)
    with pytest.raises(StagewrightError, match=r"limits\.slice_drop.*'iou_men'.*did you mean 'iou_mean'"):
        Limits(slice_drop={"iou_men": 0.1}).require(metrics)
