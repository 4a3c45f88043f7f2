"""Versions and aliases: append-only, repeatable, and safe from a kill."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from stagewright import releases
from stagewright.errors import StagewrightError

OLD, NEW = "a" * 64, "b" * 64


@pytest.fixture
def home(tmp_path: Path) -> Path:
    releases.register(tmp_path, "cells", OLD, "store/1/package")
    releases.register(tmp_path, "cells", NEW, "store/2/package")
    return tmp_path


def test_an_alias_moves_and_its_past_is_kept(home: Path) -> None:
    assert releases.current(home, "cells", "champion") is None
    releases.assign(home, "cells", "champion", OLD, "rollout", "first")
    moved = releases.assign(home, "cells", "champion", NEW, "rollout", "faster")
    assert moved == releases.current(home, "cells", "champion")
    assert (moved.version, moved.reason, moved.path(home)) == (NEW, "faster", home / "store/2/package")
    told = [(event["event"], event["version"]) for event in releases.history(home, "cells")]
    assert told == [("registered", OLD), ("registered", NEW), ("alias", OLD), ("alias", NEW)]


def test_repeating_writes_nothing(home: Path) -> None:
    releases.assign(home, "cells", "champion", OLD, "a", "b")
    before = releases.history(home, "cells")
    releases.register(home, "cells", OLD, "store/1/package")
    releases.assign(home, "cells", "champion", OLD, "a", "again")
    assert releases.history(home, "cells") == before


def test_a_package_at_a_new_place_is_where_aliases_lead(home: Path) -> None:
    releases.assign(home, "cells", "champion", OLD, "a", "b")
    releases.register(home, "cells", OLD, "store/3/package")
    champion = releases.current(home, "cells", "champion")
    assert champion is not None
    assert champion.package == "store/3/package"


def test_one_version_may_have_two_aliases(home: Path) -> None:
    for alias in ("champion", "challenger"):
        releases.assign(home, "cells", alias, OLD, "a", "b")
    assert releases.find(home, "cells", OLD[:6]).aliases == ("champion", "challenger")


def test_an_unknown_version_cannot_be_assigned(home: Path) -> None:
    with pytest.raises(StagewrightError, match="no version cccccccccccc"):
        releases.assign(home, "cells", "champion", "c" * 64, "a", "b")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("champoin", "did you mean 'champion'"), ("ccccccc", "no release"), ("aaaa", "no release")],
)
def test_what_cannot_be_found_is_said(home: Path, wanted: str, message: str) -> None:
    releases.assign(home, "cells", "champion", OLD, "a", "b")
    with pytest.raises(StagewrightError, match=message):
        releases.find(home, "cells", wanted)


def test_nothing_deployed_yet(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="deploy it first"):
        releases.find(tmp_path, "cells", "champion")
    assert releases.names(tmp_path) == []


def test_a_line_cut_by_a_kill_is_dropped_and_the_next_one_stands(home: Path) -> None:
    log = home / "releases" / "cells" / "log.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    assert [event["version"] for event in releases.history(home, "cells")] == [OLD]
    releases.assign(home, "cells", "champion", OLD, "a", "b")
    assert [event["event"] for event in releases.history(home, "cells")] == ["registered", "alias"]


def test_writers_at_the_same_time_lose_nothing(home: Path) -> None:
    def move(number: int) -> None:
        releases.assign(home, "cells", f"try_{number}", OLD, "a", "b")

    threads = [threading.Thread(target=move, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(releases.find(home, "cells", OLD).aliases) == 12


def test_the_newest_is_the_one_registered_last(home: Path) -> None:
    assert releases.newest(home, "cells").version == NEW
    with pytest.raises(StagewrightError, match="deploy it first"):
        releases.newest(home, "others")


def test_an_opponent_is_the_same_before_and_after_a_promotion(home: Path) -> None:
    assert releases.opponent(home, "cells", NEW) is None
    releases.assign(home, "cells", "champion", OLD, "a", "b")
    before = releases.opponent(home, "cells", NEW)
    releases.assign(home, "cells", "champion", NEW, "a", "b")
    after = releases.opponent(home, "cells", NEW)
    assert before is not None
    assert after is not None
    assert before.version == after.version == OLD


@pytest.mark.parametrize("alias", ["", "a b", "deadbeef", "a\nb", "1x"])
def test_an_alias_is_a_word(home: Path, alias: str) -> None:
    with pytest.raises(StagewrightError, match="an alias is a word"):
        releases.assign(home, "cells", alias, OLD, "a", "b")


@pytest.mark.parametrize("name", ["..", "a/b", ""])
def test_a_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StagewrightError, match="cannot name a model"):
        releases.register(tmp_path, name, OLD, "p")
