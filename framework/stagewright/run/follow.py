"""Follows a run from a process of its own and hands what it reads to the recipe's tracker.

    python -P -m stagewright.run.follow RUN_FOLDER  < {"project": …, "spec": …, "linger": …}

tracking.json  in the run's folder: `type`, `status` (running, mirrored, failed), `address`, `run_id`,
               `message`
tracking.log   what the tracker printed, tracebacks included

The run writes nothing but its record, so no tracker can slow it down or cost it a result
(docs/decisions/0005-tracking-follows-the-record.md).
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stagewright.content import write_atomically
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.plugin.registry import Registry
from stagewright.record import record
from stagewright.stages.tracking import Inputs, Mirrored
from stagewright.store import Store

NAME = "tracking.json"
LOG = "tracking.log"
POLL_SECONDS = 0.1
LINGER_SECONDS = 3600.0  # how long a mirror may take once its run is over
NICENESS = 5
_SAID = 300  # longest reason, in characters

Standing = dict[str, Any]


@frozen
class Follower:
    """The process that mirrors one run; `broken` is why there is none."""

    run: Path
    type: str
    process: subprocess.Popen[bytes] | None
    broken: str = ""

    def wait(self, seconds: float) -> Standing:
        """Wait for the mirror to be complete or to fail, `seconds` at most; Ctrl-C ends only the waiting."""
        deadline = time.monotonic() + seconds
        try:
            while self._works() and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS / 4)
        except KeyboardInterrupt:
            return self._now("not waited for; it goes on by itself")
        return self._now(f"still at work after {seconds:.0f} s; it goes on by itself")

    def _works(self) -> bool:
        return self.process is not None and self.process.poll() is None and self._end() is None

    def _now(self, meanwhile: str) -> Standing:
        code = self.process.poll() if self.process else 0  # asked first: what it wrote last still counts
        if found := self._end():
            return found
        if code is None:
            return standing(self.type, "running", _read(self.run), meanwhile)
        reason = self.broken or f"the follower ended with exit code {code}; see {self.run / LOG}"
        return _noted(self.run, standing(self.type, "failed", _read(self.run), reason))

    def _end(self) -> Standing | None:
        found = _read(self.run)
        return found if found and found["status"] != "running" else None


def start(run: Path, project: Path, spec: Mapping[str, Any], linger: float = LINGER_SECONDS) -> Follower:
    """Start following a run. Never raises: what goes wrong is told by `Follower.wait`.

    Args:
        run: folder of a run that has its `run.json`.
        project: root folder of the project, for its own tracking plugins.
        spec: the tracking component's (`Component.spec`); it may hold an address with a password, so it goes
            through a pipe and not on the command line.
        linger: seconds after which the follower of a finished run gives up.
    """
    kind, run = str(spec["type"]), run.resolve()
    home = run.parents[1]
    # The follower stands in the store's folder, where a tracker that drops files does no harm; `-P` keeps
    # that folder off the import path.
    command = [sys.executable, "-P", "-m", "stagewright.run.follow", str(run)]
    given = {"project": str(project.resolve()), "spec": dict(spec), "linger": linger}
    try:
        with (run / LOG).open("wb") as log:
            process = subprocess.Popen(
                command, cwd=home, env=os.environ | {"STAGEWRIGHT_HOME": str(home)},
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        assert process.stdin
        with process.stdin:
            process.stdin.write(json.dumps(given).encode())
    except OSError as error:
        return Follower(run, kind, None, f"the follower cannot be started: {_reason(error)}")
    return Follower(run, kind, process)


def standing(kind: str, status: str, seen: Mapping[str, Any] | None = None, message: str = "") -> Standing:
    """What `tracking.json` holds; address and run id are kept from what was `seen` before."""
    known = {key: (seen or {}).get(key, "") for key in ("address", "run_id")}
    return {"type": kind, "status": status, **known, "message": message}


def _read(run: Path) -> Standing | None:
    try:
        found: Standing = json.loads((run / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def _noted(run: Path, found: Standing) -> Standing:
    try:
        write_atomically(run / NAME, json.dumps(found))
    except OSError as error:  # the run's own disk trouble is told by the run; the mirror adds its sentence
        return found | {"message": f"{found['message']}; {NAME} cannot be written: {_reason(error)}"}
    return found


# ---- the process ------------------------------------------------------------------------------------


def main() -> None:
    """Mirror the run that the command line names."""
    run, given = Path(sys.argv[1]), json.load(sys.stdin)
    os.nice(NICENESS)
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    kind = str(given["spec"]["type"])
    _noted(run, standing(kind, "running"))
    _Patience(run, about, kind, given["linger"]).start()
    with _turn(run, about):
        _noted(run, mirror(run, Path(given["project"]), given["spec"], about))


def mirror(run: Path, project: Path, spec: Mapping[str, Any], about: Mapping[str, Any]) -> Standing:
    """Hand a run to its tracker; gives how that ended and never raises."""
    kind = str(spec["type"])

    def announce(seen: Mirrored) -> None:
        _noted(run, standing(kind, "running", vars(seen)))

    def events() -> Iterator[dict[str, Any]]:
        return tail(run, about)

    try:
        tracker = Registry(project).component("tracking", spec)
        mirrored = tracker(Inputs(run, project, events, Store(project).artifact, announce))
        return standing(kind, "mirrored", vars(mirrored))
    except BaseException as error:  # whatever a tracker does, SystemExit included, is one line in the record
        traceback.print_exc()
        return standing(kind, "failed", _read(run), _reason(error))


def tail(run: Path, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Events as they are written, until `run_finished` or until the run's process is gone."""
    rest = b""
    with (run / "events.jsonl").open("rb") as file:
        while True:
            alive = record.alive(about)  # asked before reading: a dying run's last line counts
            *lines, rest = (rest + file.read()).split(b"\n")
            for line in lines:
                event = json.loads(line)
                yield event
                if event["event"] == "run_finished":
                    return
            if not alive:
                return
            if not lines:
                time.sleep(POLL_SECONDS)


@contextmanager
def _turn(run: Path, about: Mapping[str, Any]) -> Iterator[None]:
    """Go at once where the run works; the mirrors of runs that were cached throughout go one at a time.

    A hundred cached runs end in seconds; as many trackers at once would fill the machine's memory.
    """
    if any(event["event"] == "step_started" for event in tail(run, about)):
        yield
        return
    path = run.parents[1] / "locks" / "tracking"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _Patience(threading.Thread):
    """Ends the process some time after the run is over, whatever the tracker is waiting for."""

    def __init__(self, run: Path, about: Mapping[str, Any], kind: str, linger: float) -> None:
        super().__init__(daemon=True, name="stagewright-patience")
        self.folder, self.about, self.kind, self.linger = run, about, kind, linger

    def run(self) -> None:
        while record.alive(self.about) and not (self.folder / "record.json").exists():
            time.sleep(POLL_SECONDS * 5)
        time.sleep(self.linger)
        reason = f"no answer from the tracker {self.linger:.0f} s after the run was over"
        _noted(self.folder, standing(self.kind, "failed", _read(self.folder), reason))
        os._exit(1)


def _reason(error: BaseException) -> str:
    """An error as one line of bearable length."""
    text = " ".join(str(error).split()) or "no message"
    said = text if isinstance(error, StagewrightError) else f"{type(error).__name__}: {text}"
    return said if len(said) <= _SAID else f"{said[: _SAID - 1]}…"


if __name__ == "__main__":
    main()
