"""The verb `rollout` on a project's own files; no gateway, no recipe run."""

from __future__ import annotations

import json
import time

import pytest

from stagewright import releases
from stagewright.cli import new, rollout
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.rollout import places
from stagewright.rollout.live import LiveRollout
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import tests as made_by

SECTION = {
    "steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}],
    "analysis": {"guards": [{"name": "errors", "metric": "request.error"}]},
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "recipes").mkdir()
    monkeypatch.chdir(tmp_path)
    home = tmp_path / ".stagewright"
    for version in ("a" * 64, "b" * 64):
        releases.register(home, "cells", version, f"store/{version[0]}")
    releases.assign(home, "cells", "champion", "a" * 64, "test", "first")
    return home


@pytest.fixture
def journal(home):
    known = {"name": "cells", "stable": "a" * 64, "canary": "b" * 64}
    path = places.journal(home, "cells", "20261101-120000-bbbbbbbb")
    live = LiveRollout(
        path, made_by(Registry().component), policy=Policy.of(SECTION), rollout="r1", known=known
    )
    live.start(100.0)
    for i in range(40):
        event = {"kind": "request", "id": f"r{i}", "unit": f"r{i}", "arm": live.arm(f"r{i}"), "status": 200}
        live.observe(event, 101.0)
    live.close()
    return path


def champion(home):
    return releases.current(home, "cells", "champion").version[0]


def test_status(journal, capsys):
    assert rollout.main(["status", "cells"], False) == 0
    said = capsys.readouterr().out
    assert "cells aaaaaaaaaaaa → bbbbbbbbbbbb" in said
    assert "phase     Paused (CanaryPauseStep)" in said
    assert "step      2 of 4" in said
    assert "weight    25 %" in said
    assert "errors: inconclusive" in said
    assert rollout.main(["status", "--json"], False) == 0
    assert json.loads(capsys.readouterr().out)["requests"] == 40


def test_status_of_a_guard_that_promotion_does_not_wait_for(home, capsys):
    guards = [
        {"name": "srm", "metric": "request", "test": "srm"},
        {"name": "slow", "metric": "latency_ms > 50", "onFailure": "notify"},
        {"name": "errors", "metric": "request.error"},
    ]
    section = SECTION | {"analysis": {"guards": guards}}
    path = places.journal(home, "cells", "20261101-120000-bbbbbbbb")
    live = LiveRollout(path, made_by(Registry().component), policy=Policy.of(section), rollout="r1")
    live.start(time.time())
    live.close()
    assert rollout.main(["status", "cells"], False) == 0
    said = capsys.readouterr().out
    assert "srm: no mismatch seen (promotion does not wait for it)" in said
    assert "slow: inconclusive (promotion does not wait for it)" in said
    assert "errors: inconclusive  request.error" in said


def test_promote_step_by_step_moves_the_alias_at_the_end(home, journal, capsys):
    assert rollout.main(["promote", "cells", "--by", "ada", "--reason", "fine"], False) == 0
    assert "weight 50 %" in capsys.readouterr().out
    assert champion(home) == "a"
    assert rollout.main(["promote", "cells", "--by", "ada", "--reason", "fine"], False) == 0
    assert "promoted  weight 100 %" in capsys.readouterr().out
    assert champion(home) == "b"


def test_abort_is_kept_and_nothing_is_under_way_after_it(home, journal, capsys):
    assert rollout.main(["abort", "cells", "--by", "ada", "--reason", "complaints"], False) == 0
    assert "rolled back  weight 0 %  abort by ada: complaints" in capsys.readouterr().out
    with pytest.raises(StagewrightError, match="no rollout of 'cells' is under way"):
        rollout.main(["promote", "cells"], False)


def test_rollback_after_a_promotion_gives_the_alias_back(home, journal, capsys):
    for _ in range(2):
        rollout.main(["promote", "cells"], False)
    assert rollout.main(["rollback", "cells", "--by", "ada", "--reason", "slow"], False) == 0
    assert "champion is aaaaaaaaaaaa again" in capsys.readouterr().out
    assert champion(home) == "a"
    assert releases.history(home, "cells")[-1]["reason"] == "rollback by ada: slow"


def test_rollback_without_a_champion_before(home):
    with pytest.raises(StagewrightError, match="no champion before this one"):
        rollout.main(["rollback", "cells"], False)


def test_a_refused_command_is_exit_code_1(home, capsys):
    waiting = {"steps": [{"setWeight": 50}, {"analysis": {}}], "analysis": SECTION["analysis"]}
    path = places.journal(home, "cells", "20261101-120000-bbbbbbbb")
    live = LiveRollout(path, made_by(Registry().component), policy=Policy.of(waiting), rollout="r1")
    live.start(time.time())
    live.close()
    assert rollout.main(["promote", "cells"], False) == 1
    assert "it is not paused" in capsys.readouterr().out


def test_a_rollout_at_work_in_another_process_is_left_alone(home, journal):
    live = LiveRollout(journal, made_by(Registry().component))
    with pytest.raises(StagewrightError, match="at work in another process"):
        rollout.main(["abort", "cells"], False)
    live.close()


def test_no_rollout_yet(home):
    with pytest.raises(StagewrightError, match="had no rollout yet"):
        rollout.main(["status", "cells"], False)


def test_no_gateway(home):
    with pytest.raises(StagewrightError, match="no gateway answers"):
        rollout.main(["status", "--url", "http://127.0.0.1:9"], False)
    with pytest.raises(StagewrightError, match="begins with http"):
        rollout.main(["status", "--url", "localhost:9"], False)


def test_a_recipe_without_a_rollout_says_so_where_its_data_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert new.main(["recipe", "nuclei"], False) == 0
    with pytest.raises(StagewrightError, match="'nuclei' had no rollout yet"):
        rollout.main(["status", "nuclei"], False)
