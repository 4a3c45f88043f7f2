"""The framework chooses a target by what the recipe demands, and says why not the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import Package
from stagewright.testing import Heard
from stagewright_plugins.deploy._choosing import BUNDLED, Needs, choose
from stagewright_plugins.deploy.local import Constraints

REGISTRY = Registry()


def target(name: str, **settings: Any) -> Any:
    return REGISTRY.component("deploy.target", {"type": name, **settings})


ALL = [target(name) for name in BUNDLED]


def test_every_bundled_target_is_a_candidate() -> None:
    assert sorted(BUNDLED) == [found.name for found in REGISTRY.names("deploy.target")]


def test_without_demands_the_cheapest_is_taken() -> None:
    assert choose(ALL, Constraints(), Needs()).target.type == "local"


def test_data_that_must_stay_rules_out_what_is_not_ones_own() -> None:
    choice = choose(ALL, Constraints(data_must_stay=True), Needs())
    misses = {item.target.type: item.misses for item in choice.considered}
    assert misses["kserve"] == ("data leaves the user's machines",)
    assert misses["local"] == ()


def test_a_cluster_of_ones_own_keeps_the_data() -> None:
    found = [target("kserve", on_premises=True)]
    assert choose(found, Constraints(data_must_stay=True), Needs()).target.type == "kserve"


def test_the_targets_own_latency_and_memory_count() -> None:
    asked = Constraints(latency_ms=6, memory_mb=200)
    choice = choose([target("kserve"), target("container")], asked, Needs(latency_ms=5, memory_mb=60))
    assert choice.target.type == "container"
    (kserve, _) = choice.considered
    assert kserve.misses == ("latency_ms 10, at most 6 asked",)
    assert kserve.figures["memory_mb"] == 90


def test_where_nothing_fits_every_reason_is_said() -> None:
    with pytest.raises(StagewrightError, match=r"kserve: costs 4, at most 1 asked; ray_serve: costs 2"):
        choose([target("kserve"), target("ray_serve")], Constraints(cost=1), Needs())


def test_the_stage_measures_chooses_and_records(deployed: Callable[..., Package], heard: Heard) -> None:
    package = deployed(constraints={"latency_ms": 1000, "memory_mb": 2000, "data_must_stay": True})
    assert package.targets == ("local",)
    choice = json.loads((package.path.parent / "choice.json").read_text())
    assert choice["chosen"] == "local"
    (own,) = (item for item in choice["considered"] if item["target"]["type"] == "local")
    assert 0 < own["latency_ms"] < 1000
    assert 0 < own["memory_mb"] < 2000
    assert "Choice of the target" in [block.title for block in heard.blocks]
