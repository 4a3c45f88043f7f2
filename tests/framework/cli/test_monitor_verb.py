"""stagewright monitor: what it hands the plugin, what it prints, how it ends."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from stagewright.cli import monitor
from stagewright.errors import StagewrightError
from stagewright.live.alerts import Rule

WATCHER = """
    '''Toy monitoring of live traffic.'''
    import json
    from stagewright.live.event_log import folder, read
    from stagewright.stages import monitor
    from stagewright.stages.monitor import Health, Inputs

    @monitor.stage
    def toy(inputs: Inputs, /, *, most: int = 5, explain: bool | str = False) -> Health:
        assert inputs.rollout is None or inputs.rollout.verdict
        assert inputs.live == (inputs.rollout is None)
        work = inputs.context.workdir
        if isinstance(explain, str):
            told = {"id": explain, "explains": "p", "value": 0.5, "method": "m", "parts": {"x": 0.2}, "picture": ""}
            (work / "explained.json").write_text(json.dumps(told))
            return Health(work)
        count = len(list(read(folder(inputs.context.home, inputs.context.name), kinds=["request"])))
        values = {"requests": count, "acc": 0.5, "version": float(len(inputs.deploy.version))}
        window = {"key": "w", "start": 0.0, "end": 1.0, "complete": True, "values": values}
        (work / "windows.json").write_text(json.dumps([window]))
        return Health(work, ("Many",) if count > most else (), "alert Many" if count > most else "")
"""


@pytest.fixture
def served(toy: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A recipe that was run to its champion, as a file, with us in its folder."""
    toy.plugin("monitor/toy.py", WATCHER)
    toy.run(toy.live())
    toy.written(toy.live())
    monkeypatch.chdir(toy.path)
    return toy


def send(toy: Any, count: int) -> None:
    from stagewright.live.event_log import EventLog, folder

    with EventLog(folder(toy.store.home, "toy")) as log:
        for number in range(count):
            log.write({"kind": "request", "id": str(number)})


def test_healthy_is_0_and_an_alert_is_3(served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    send(served, 3)
    assert monitor.main(["toy"], False) == 0
    assert "no alert fires" in capsys.readouterr().out
    send(served, 4)
    assert monitor.main(["toy"], False) == 3
    out = capsys.readouterr().out
    assert "alert Many fires" in out
    assert "retrain: alert Many" in out
    assert out.splitlines()[1].split() == ["window", "requests", "acc"]


def test_overrides_and_json(served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    send(served, 3)
    assert monitor.main(["toy", "monitor.most=2", "--json"], False) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["alerts_firing"] == ["Many"]
    assert told["windows"][0]["values"]["requests"] == 3


def test_an_alert_on_a_value_that_no_window_has_is_named() -> None:
    rules = [Rule.model_validate({"alert": "Slow", "expr": "latency_p9 > 5"})]
    (line,) = monitor._silent(rules, [{"values": {"latency_p99": 1.0}}])
    assert line.startswith("alert Slow reads 'latency_p9', did you mean 'latency_p99'")


def test_a_request_is_explained(served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert monitor.main(["toy", "--explain", "r7"], False) == 0
    assert capsys.readouterr().out.splitlines() == ["r7: p 0.5000; m", "  +0.2000  x"]


def test_a_plugin_without_the_setting_explains_nothing(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.plugin(
        "monitor/toy.py", WATCHER.replace(", explain: bool | str = False", "").replace("explain", "None")
    )
    toy.run(toy.live())
    toy.written(toy.live())
    monkeypatch.chdir(toy.path)
    with pytest.raises(StagewrightError, match="the monitor plugin 'toy' explains nothing"):
        monitor.main(["toy", "--explain", "r7"], False)


def test_two_do_not_look_at_once(served: Any) -> None:
    path = served.store.home / "live" / "toy" / "monitor.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StagewrightError, match="another monitor of toy is at work"):
            monitor.main(["toy"], False)


def test_without_a_section_or_a_champion_it_says_so(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(toy.path)
    toy.written(name="plain")
    with pytest.raises(StagewrightError, match="has no section `monitor`"):
        monitor.main(["plain"], False)
    toy.written(toy.live())
    with pytest.raises(StagewrightError, match="has no champion"):
        monitor.main(["toy"], False)


def test_watching_looks_again_when_it_is_due(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("stagewright.cli.monitor.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        monitor.main(["toy", "--watch"], False)
    assert len(slept) == 3
    assert all(0 <= seconds <= 3600 for seconds in slept)
    assert Path(os.getcwd()) == served.path
