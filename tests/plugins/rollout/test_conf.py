"""The bundled `conf/rollout` files are policies."""

from pathlib import Path

import pytest
import yaml

from stagewright.plugin.registry import Registry
from stagewright.rollout.policy import Policy

FILES = sorted((Path(__file__).parents[3] / "conf" / "rollout").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bundled_policy(path):
    section = yaml.safe_load(path.read_text())
    assert Registry().component("rollout", section).type == "standard"
    assert Policy.of(section).plan()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_replay_outlasts_its_steps_over_whatever_recipe(path):
    """Else the recipe's own replay, which may be shorter, would end first, and nothing could be promoted."""
    section = yaml.safe_load(path.read_text())
    waits = sum(step.pause.minRequests for step in Policy.of(section).plan() if step.pause)
    assert not waits or section["replay"]["requests"] > waits


def test_there_are_some():
    assert len(FILES) >= 3


@pytest.mark.parametrize("name", ["shadow", "blue_green"])
def test_it_promotes_an_equal_package(squares, name):
    from rollout_squares import GOOD
    from stagewright import releases

    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    section = yaml.safe_load(next(path for path in FILES if path.stem == name).read_text())
    decision = squares.roll_out(second, **{k: v for k, v in section.items() if k != "type"})
    assert decision.verdict == "promoted", decision.reason
