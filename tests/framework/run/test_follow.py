"""The follower: a process that mirrors a run and cannot harm it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stagewright.record import record
from stagewright.run import follow

JOURNAL = """
    '''Toy tracker: a file that tells what it was told.'''
    import json, os, sys, time
    from stagewright.stages import tracking
    from stagewright.stages.tracking import Inputs, Mirrored

    @tracking.stage
    def journal(inputs: Inputs, /, *, fail: str = "", ends: int = 0, pause: float = 0.0) -> Mirrored:
        seen = Mirrored("journal.jsonl", inputs.run.name)
        inputs.announce(seen)
        with (inputs.project / "journal.jsonl").open("a") as file:
            def tell(**said):
                file.write(json.dumps({"of": inputs.run.name, **said}) + "\\n")
                file.flush()
            tell(event="begin", nice=os.nice(0), session=os.getsid(0))
            for event in inputs.events():
                tell(**event)
            time.sleep(pause)
            tell(event="end")
        if fail:
            raise ValueError(fail)
        if ends:
            os._exit(ends)
        return seen
"""


@pytest.fixture
def tracked(toy: Any) -> Iterator[Any]:
    """The toy project with a tracker; followers still at work at the end of a test are ended."""
    toy.plugin("tracking/journal.py", JOURNAL)
    yield toy
    for folder in record.runs(toy.store.home):
        for pid in followers(folder):
            os.kill(pid, signal.SIGKILL)


def followers(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue  # a process that is gone
        if b"stagewright.run.follow" in words and str(folder).encode() in words:
            found.append(int(entry.name))
    return found


def eventually(holds: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.05)
    return found


def told(toy: Any) -> list[dict[str, Any]]:
    path = toy.path / "journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def tracking(folder: Path) -> dict[str, Any]:
    return record.load(folder)["tracking"] or {}


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C as in a terminal: a program started in the background inherits that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def started(toy: Any, changes: dict[str, Any]) -> subprocess.Popen[str]:
    """A run in a process and a session of its own, as in a terminal."""
    toy.written(changes)
    program = Path(sys.executable).with_name("stagewright")
    return subprocess.Popen(
        [str(program), "run", "toy"], cwd=toy.path, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def only_run(toy: Any) -> Path:
    return eventually(lambda: record.runs(toy.store.home))[0]


def test_a_run_is_mirrored_event_by_event(tracked: Any) -> None:
    outcome = tracked.run({"tracking": {"type": "journal"}})
    assert outcome.exit_code == 0
    assert tracking(outcome.folder) == {
        "type": "journal",
        "status": "mirrored",
        "address": "journal.jsonl",
        "run_id": outcome.folder.name,
        "message": "",
    }
    assert outcome.record["tracking"] == tracking(outcome.folder)
    mirrored = [{key: value for key, value in line.items() if key != "of"} for line in told(tracked)]
    assert mirrored[1:-1] == list(record.events(outcome.folder))


def test_the_mirror_is_live_and_stands_back(tracked: Any) -> None:
    process = started(tracked, {"tracking": {"type": "journal"}, "train.seconds": 3.0})
    folder = only_run(tracked)
    eventually(
        lambda: any(line["event"] == "step_started" and line["step"] == "train" for line in told(tracked))
    )
    assert process.poll() is None
    assert tracking(folder)["status"] == "running"
    assert tracking(folder)["run_id"] == folder.name
    assert told(tracked)[0]["nice"] >= follow.NICENESS
    assert told(tracked)[0]["session"] != os.getsid(process.pid)
    assert process.wait(60) == 0
    assert tracking(folder)["status"] == "mirrored"


def test_a_tracker_that_raises_costs_one_line(tracked: Any) -> None:
    outcome = tracked.run({"tracking": {"type": "journal", "fail": "no luck\ntoday"}})
    assert outcome.exit_code == 0
    assert outcome.record["tracking"]["status"] == "failed"
    assert outcome.record["tracking"]["message"] == "ValueError: no luck today"
    assert outcome.record["tracking"]["run_id"] == outcome.folder.name
    assert "Traceback" in (outcome.folder / follow.LOG).read_text()


def test_a_failed_mirror_is_told_at_the_end_of_the_run(tracked: Any) -> None:
    tracked.written({"tracking": {"type": "journal", "fail": "no luck"}})
    ended = tracked.cli("run", "toy")
    assert ended.returncode == 0
    assert "Tracker journal failed: ValueError: no luck" in ended.stdout


def test_a_tracker_that_dies_is_noticed(tracked: Any) -> None:
    outcome = tracked.run({"tracking": {"type": "journal", "ends": 7}})
    assert outcome.exit_code == 0
    assert outcome.record["tracking"]["status"] == "failed"
    assert "exit code 7" in outcome.record["tracking"]["message"]
    assert tracking(outcome.folder) == outcome.record["tracking"]


def test_a_tracker_without_its_library_says_so(tracked: Any) -> None:
    source = JOURNAL.replace("inputs.announce(seen)", "import no_such_tracker")
    tracked.plugin("tracking/journal.py", source)
    outcome = tracked.run({"tracking": {"type": "journal"}})
    assert outcome.exit_code == 0
    assert "No module named 'no_such_tracker'" in outcome.record["tracking"]["message"]


def test_a_failed_run_is_mirrored_too(tracked: Any) -> None:
    outcome = tracked.run({"tracking": {"type": "journal"}, "train.fail": "no luck"})
    assert outcome.exit_code == 1
    assert tracking(outcome.folder)["status"] == "mirrored"
    assert told(tracked)[-2]["event"] == "run_finished"


def test_the_mirror_of_a_killed_run_ends(tracked: Any) -> None:
    process = started(tracked, {"tracking": {"type": "journal"}, "train.seconds": 60.0})
    folder = only_run(tracked)
    eventually(lambda: any(line.get("step") == "train" for line in told(tracked)))
    process.kill()
    process.wait(10)
    eventually(lambda: tracking(folder).get("status") == "mirrored")
    assert record.load(folder)["status"] == "killed"
    assert told(tracked)[-1]["event"] == "end"
    assert not any(line["event"] == "run_finished" for line in told(tracked))


def test_ctrl_c_ends_the_run_and_not_its_mirror(tracked: Any) -> None:
    process = started(tracked, {"tracking": {"type": "journal"}, "train.seconds": 60.0})
    folder = only_run(tracked)
    eventually(lambda: any(line.get("step") == "train" for line in told(tracked)))
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert tracking(folder)["status"] == "mirrored"
    assert told(tracked)[-2]["status"] == "interrupted"


def test_a_cached_run_does_not_wait_and_is_mirrored(tracked: Any) -> None:
    changes = {"tracking": {"type": "journal", "pause": 1.0}}
    tracked.run(changes)
    began = time.monotonic()
    outcome = tracked.run(changes)
    assert time.monotonic() - began < 1.0
    assert "tracking" not in outcome.record
    eventually(lambda: tracking(outcome.folder).get("status") == "mirrored")
    steps = [line["event"] for line in told(tracked) if line["of"] == outcome.folder.name and "step" in line]
    assert steps.count("step_cached") == 7
    assert "step_started" not in steps


def test_mirrors_of_cached_runs_go_one_at_a_time(tracked: Any) -> None:
    changes = {"tracking": {"type": "journal", "pause": 0.3}}
    folders = [tracked.run(changes).folder for _ in range(4)]
    eventually(lambda: all(tracking(folder).get("status") == "mirrored" for folder in folders))
    ends = [(line["event"], line["of"]) for line in told(tracked) if line["event"] in ("begin", "end")]
    assert all(first[1] == second[1] for first, second in zip(ends[::2], ends[1::2], strict=True))


def test_waiting_has_an_end(tracked: Any) -> None:
    folder = tracked.run().folder
    follower = follow.start(folder, tracked.path, {"type": "journal", "pause": 60.0})
    eventually(lambda: tracking(folder).get("run_id"))
    began = time.monotonic()
    standing = follower.wait(seconds=0.3)
    assert time.monotonic() - began < 5
    assert standing["status"] == "running"
    assert "still at work" in standing["message"]
    assert standing["run_id"] == folder.name
    assert followers(folder)


def test_ctrl_c_while_waiting_ends_the_waiting(tracked: Any) -> None:
    folder = tracked.run().folder
    follower = follow.start(folder, tracked.path, {"type": "journal", "pause": 60.0})
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    assert "not waited for" in follower.wait(seconds=20)["message"]


def test_a_tracker_that_never_answers_is_given_up(tracked: Any) -> None:
    folder = tracked.run().folder
    follower = follow.start(folder, tracked.path, {"type": "journal", "pause": 60.0}, linger=0.5)
    standing = follower.wait(seconds=20)
    assert standing["status"] == "failed"
    assert "no answer from the tracker" in standing["message"]
    assert follower.process is not None
    assert follower.process.wait(10) == 1


def test_a_follower_that_cannot_start_is_one_line(tracked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tracked.path / "no-python"))
    outcome = tracked.run({"tracking": {"type": "journal"}})
    assert outcome.exit_code == 0
    assert outcome.record["tracking"]["status"] == "failed"
    assert "cannot be started" in outcome.record["tracking"]["message"]


def test_what_a_recipe_says_of_its_tracker_is_not_on_the_command_line(tracked: Any) -> None:
    folder = tracked.run().folder
    follow.start(folder, tracked.path, {"type": "journal", "pause": 60.0, "fail": "secret-word"})
    process = eventually(lambda: followers(folder))[0]
    assert b"secret-word" not in Path(f"/proc/{process}/cmdline").read_bytes()


def test_the_store_may_lie_elsewhere(tracked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEWRIGHT_HOME", str(tmp_path / "elsewhere"))
    outcome = tracked.run({"tracking": {"type": "journal"}})
    assert outcome.folder.is_relative_to(tmp_path / "elsewhere")
    assert tracking(outcome.folder)["status"] == "mirrored"


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    about = {"pid": os.getpid(), "pid_started": record.process_started(os.getpid())}
    path = tmp_path / "events.jsonl"
    whole = json.dumps({"event": "epoch", "note": "größer"}, ensure_ascii=False).encode() + b"\n"
    cut = whole.index("ö".encode()) + 1  # inside a character
    path.write_bytes(whole[:cut])
    found: list[dict[str, Any]] = []
    reader = threading.Thread(target=lambda: found.extend(follow.tail(tmp_path, about)))
    reader.start()
    time.sleep(0.3)
    assert found == []
    with path.open("ab") as file:
        file.write(whole[cut:] + b'{"event": "run_finished"}\n')
    reader.join(10)
    assert [event["event"] for event in found] == ["epoch", "run_finished"]
    assert found[0]["note"] == "größer"


def test_what_a_killed_run_wrote_last_is_read(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"event": "run_started"}\n{"event": "epo')
    found = list(follow.tail(tmp_path, {"pid": 2**22 + 1, "pid_started": 1}))
    assert [event["event"] for event in found] == ["run_started"]
