from __future__ import annotations

import numpy as np

from stagewright.testing import context
from stagewright_plugins.exporting import latency
from stagewright_plugins.exporting.export import exported
from stagewright_plugins.exporting.latency import FEWEST, paired


def two(model, task, tmp_path):
    """A small network and one with sixteen times its arithmetic."""
    ctx = context(tmp_path)
    small = exported(model(task, type="unet", width=4, depth=2), task, ctx, tmp_path / "small")
    large = exported(model(task, type="unet", width=16, depth=2), task, ctx, tmp_path / "large")
    return small, large


def test_the_larger_network_takes_a_multiple(model, task, tmp_path):
    small, large = two(model, task, tmp_path)
    request = np.zeros((1, *task.input.shape), dtype=np.float32)
    reference, other = paired(small, large, request, threads=1, turns=40)
    assert reference.ratio == 1
    assert other.ratio > 1.5
    assert other.turns == reference.turns == 40
    for one in (reference, other):
        assert 0 < one.milliseconds["p50"] <= one.milliseconds["p95"] <= one.milliseconds["p99"]


def test_with_one_thread_waiting_does_not_count(model, task, tmp_path, monkeypatch):
    small, large = two(model, task, tmp_path)
    request = np.zeros((1, *task.input.shape), dtype=np.float32)
    quiet = paired(small, large, request, threads=1, turns=40)[1].ratio
    real, turn = latency._timed, iter(range(10**6))

    def disturbed(one):
        elapsed, worked = real(one)
        return elapsed * (50 if next(turn) % 3 == 0 else 1), worked

    monkeypatch.setattr(latency, "_timed", disturbed)
    found = paired(small, large, request, threads=1, turns=40)[1]
    assert 0.7 * quiet < found.ratio < 1.4 * quiet
    assert found.milliseconds["p95"] > 10 * found.milliseconds["p50"]  # they tell what passed


def test_time_is_bounded_but_never_below_the_fewest_turns(model, task, tmp_path):
    small, large = two(model, task, tmp_path)
    request = np.zeros((1, *task.input.shape), dtype=np.float32)
    _, other = paired(small, large, request, threads=1, turns=10_000, seconds=0)
    assert other.turns == FEWEST
