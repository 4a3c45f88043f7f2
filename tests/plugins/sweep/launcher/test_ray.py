from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from searching import Sweep, Toy, ended_exactly
from stagewright.errors import StagewrightError

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.slow

TESTS = str(Path(__file__).parents[3])
RAY = {"type": "ray", "runtime_env": {"env_vars": {"PYTHONPATH": TESTS}}}


def contents(sweep: Sweep) -> list[str]:
    return [json.dumps([row["number"], row["settings"], row["values"], row["state"]]) for row in sweep.rows]


@pytest.mark.parametrize(("sampler", "workers"), [("tpe", 1), ("qmc", 2)])
def test_only_the_launcher_changed_the_study_is_the_same(tmp_path, sampler, workers):
    found = []
    for name, launcher in (("here", None), ("ray", RAY)):
        sweep = Sweep(tmp_path / name)
        sweep(Toy(sweep.folder), trials=12, sampler=sampler, workers=workers, launcher=launcher)
        found.append(sorted(contents(sweep)))
    assert found[0] == found[1]
    assert sweep.calls[0]["pid"] != os.getpid()


def test_a_task_whose_process_dies_is_replaced_and_its_trial_given_up_in_the_end(sweep):
    toy = Toy(sweep.folder, crashing=8)
    best = sweep(
        toy, trials=12, workers=2, sampler="random", launcher=RAY, crash_limit=2, max_failure_rate=0.5
    )
    assert best.trials == 12
    assert best.failed
    assert "died 2 times" in sweep.block("Failed trials")["rows"][0][1]
    assert not ended_exactly(sweep.trials(), 12)


def test_resources_that_no_node_has_are_said(sweep):
    with pytest.raises(StagewrightError, match="no node of this Ray cluster has 1 CPU, 1 tpu"):
        sweep(launcher={**RAY, "resources": {"tpu": 1}})


def test_an_address_where_nothing_answers_is_said(sweep):
    with pytest.raises(StagewrightError, match=r"no Ray at '127.0.0.1:9'"):
        sweep(launcher={**RAY, "address": "127.0.0.1:9"})
