"""`stagewright plan`: the steps, for swept values those of the search or of every combination."""

from __future__ import annotations

import json
from typing import Any


def test_every_combination_has_a_plan_of_its_own(toy: Any) -> None:
    toy.written()
    said = toy.cli("plan", "toy", "-m", "train.model.width=2,4").stdout
    assert [line for line in said.splitlines() if line.startswith("──")] == [
        "── train.model.width=2",
        "── train.model.width=4",
    ]
    told = json.loads(toy.cli("plan", "toy", "-m", "train.model.width=2,4", "--json").stdout)
    assert told.keys() == {"train.model.width=2", "train.model.width=4"}
    assert {step["status"] for step in told["train.model.width=2"]} == {"run"}


def test_a_search_is_planned_as_the_run_that_it_is(toy: Any) -> None:
    toy.written()
    words = ("-m", "train.score=interval(0.4,1)", "sweep.type=toy")
    plan = json.loads(toy.cli("plan", "toy", *words, "--json").stdout)
    assert "sweep" in {step["step"] for step in plan}


def test_an_unknown_flag_is_refused(toy: Any) -> None:
    toy.written()
    ended = toy.cli("plan", "toy", "--jsn")
    assert (ended.returncode, ended.stderr) == (
        2,
        "there is no flag '--jsn' here; --help lists those there are\n",
    )
