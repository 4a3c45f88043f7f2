from __future__ import annotations

import json
from pathlib import Path

import pytest

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.rollout import places, standing

ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for version in (ONE, TWO):
        releases.register(tmp_path, "m", version, f"store/{version}")
    releases.assign(tmp_path, "m", "challenger", TWO, "run", "")
    return tmp_path


def champion(home: Path, version: str = ONE) -> None:
    releases.assign(home, "m", "champion", version, "run", "")


def rollout(home: Path, name: str, verdict: str = "", stable: str = ONE, now: float = 9e9) -> None:
    lines = [{"journal": 1, "rollout": name, "policy": {}, "stable": stable, "canary": TWO}, {"start": 1.0}]
    lines += [{"decision": verdict, "reason": "because", "now": now}] if verdict else []
    path = places.journal(home, "m", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def serves(home: Path) -> dict[str, str]:
    return {arm: release.version for arm, release in standing.arms(home, "m").items()}


def test_a_challenger_is_the_canary_until_its_rollout_is_over(home: Path) -> None:
    champion(home)
    assert serves(home) == {"stable": ONE, "canary": TWO}
    rollout(home, "a")
    assert serves(home) == {"stable": ONE, "canary": TWO}
    rollout(home, "b", "rolled_back")
    assert serves(home) == {"stable": ONE}
    rollout(home, "c")  # begun anew
    assert serves(home) == {"stable": ONE, "canary": TWO}


def test_a_champion_that_is_the_challenger_serves_alone(home: Path) -> None:
    champion(home, TWO)
    assert serves(home) == {"stable": TWO}


def test_a_promotion_that_a_kill_cut_short_is_finished(home: Path) -> None:
    champion(home)
    rollout(home, "a", "promoted")
    assert serves(home) == {"stable": TWO}
    found = releases.current(home, "m", "champion")
    assert found is not None
    assert (found.version, found.reason) == (TWO, "because")


def test_who_went_back_after_a_promotion_stays_back(home: Path) -> None:
    champion(home)
    rollout(home, "a", "promoted", now=0.0)
    champion(home, TWO)
    champion(home)
    assert serves(home) == {"stable": ONE}


def test_without_a_champion_the_challenger_serves_unless_it_was_rolled_back(home: Path) -> None:
    assert serves(home) == {"stable": TWO}
    rollout(home, "a", "rolled_back", stable="baseline")
    with pytest.raises(StagewrightError, match=r"rolled back \(because\).*stagewright serve .*2222"):
        serves(home)


def test_nothing_released(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="no release yet"):
        standing.arms(tmp_path, "m")
