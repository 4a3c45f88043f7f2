"""The rollout's journal: every input the controller saw and every decision it took, one JSON object a line.

    {"journal": 3, "rollout": id, "policy": {...}, ...}      first line; what else is known (model, versions)
    {"start": now}
    {"event": {...}, "now": now}
    {"tick": now}                                          only where the tick led to a decision
    {"command": "abort", "by": ..., "reason": ..., "now": now}
    {"decision": "set_weight", "n": 3, ...}                after the input that caused it

An input is written before the controller sees it and a decision is on the disk before anybody acts on it. A
cut last line (power loss) is left out on reading and cut off on writing; floats keep every bit.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stagewright import json_text
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.rollout.controller import RULES, Controller, Decisions
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import MakeTest

VERSION = RULES  # a journal of before replays by the rules of its time
FEW = 32  # numbers of one output that are kept
SYNC_EVERY = 256  # inputs between two fsyncs; what a power loss can take, a kill takes none
# What the controller reads of an event; inputs and free text stay in the event log.
_KEPT = ("kind", "id", "unit", "arm", "weight", "mirror", "status", "latency_ms", "error", "outputs", "values",
         "value", "agreement", "covariate")  # fmt: skip


class Journal:
    """An append-only file. One writer, which holds a lock until it closes or dies; readers may look at any time.

    Each line is one `write`, so a kill of the process loses nothing; the disk is synced every 256 inputs and
    with every decision.

    Raises:
        StagewrightError: another process writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            busy = f"the rollout of {path.name} is at work in another process; speak to it (--url of its gateway)"
            raise StagewrightError(busy) from None
        _cut_to_whole_lines(path)
        self._unsynced = 0

    def write(self, line: Mapping[str, Any], durable: bool = False) -> None:
        """Append one line; `durable` waits until it is on the disk."""
        self._write_all((json_text.text(line) + "\n").encode())
        self._unsynced += 1
        if durable or self._unsynced >= SYNC_EVERY:
            os.fsync(self._file)
            self._unsynced = 0

    def _write_all(self, data: bytes) -> None:
        """All of it or, where the disk refuses, nothing: half a line in the middle could never be read again."""
        whole = os.fstat(self._file).st_size
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            os.ftruncate(self._file, whole)
            raise

    def close(self) -> None:
        """Sync and close."""
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1


def header(policy: Policy, rollout: str, **known: Any) -> dict[str, Any]:
    """A journal's first line."""
    said = policy.model_dump(mode="json", exclude_unset=True)
    return {"journal": VERSION, "rollout": rollout, "policy": said, **known}


def kept(event: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an event that the controller reads, as a reader of the journal gets it: JSON has no NaN."""
    found = {key: _finite(event[key]) for key in _KEPT if key in event}
    if isinstance(outputs := found.get("outputs"), Mapping):
        found["outputs"] = {k: v for k, v in outputs.items() if isinstance(v, int | float) or _few(v)}
    return found


def _few(value: Any) -> bool:
    """Probabilities of a class, say, which a gateway that goes on needs for the labels that come later."""
    return isinstance(value, list) and len(value) <= FEW and all(isinstance(v, int | float) for v in value)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal; a cut last line is left out.

    Raises:
        StagewrightError: a line in the middle cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield json.loads(line)
            except ValueError as error:
                raise StagewrightError(
                    f"{path}:{number}: not a line of a rollout journal ({error})"
                ) from error


def head(path: Path) -> dict[str, Any]:
    """A journal's first line.

    Raises:
        StagewrightError: the file is no journal of this version.
    """
    first = next(read(path), {})
    if first.get("journal") not in range(1, VERSION + 1):
        raise StagewrightError(f"{path}: not a rollout journal of version {VERSION}")
    return first


def ended(path: Path) -> bool:
    """Whether the rollout was promoted or rolled back."""
    return any(line.get("decision") in ("promoted", "rolled_back") for line in read(path))


@frozen
class Replayed:
    """A controller brought back, and the decisions it took that the journal does not have at its end."""

    controller: Controller
    unrecorded: Decisions
    started: bool


def replayed(
    policy: Policy | None, lines: Iterable[str | Mapping[str, Any]], make: MakeTest, rollout: str = ""
) -> Replayed:
    """Feed a journal to a fresh controller and hold every decision against the recorded one.

    Without a policy, or an id, those of the first line hold.

    Raises:
        StagewrightError: the controller decides otherwise than it did then (another version of a test).
    """
    controller: Controller | None = None
    due: Decisions = []
    started, version = False, VERSION
    for entry in _parsed(lines):
        if "journal" in entry:
            version, policy = entry["journal"], policy or Policy.of(entry["policy"])
            rollout = rollout or str(entry["rollout"])
            continue
        if controller is None:
            if policy is None:
                raise StagewrightError("a rollout journal without its first line cannot be replayed")
            controller = Controller(policy, rollout, make, version)
        if "decision" in entry:
            _held_against(entry, due)
        else:
            started = started or "start" in entry
            due += fed(controller, entry)
    if controller is None:
        controller = Controller(policy or Policy(), rollout, make, version)
    return Replayed(controller, due, started)


def fed(controller: Controller, entry: Mapping[str, Any]) -> Decisions:
    """One input line of a journal."""
    if "start" in entry:
        return controller.start(entry["start"])
    if "tick" in entry:
        return controller.tick(entry["tick"])
    if "command" in entry:
        return controller.command(entry["command"], entry["now"], entry["by"], entry["reason"])
    return controller.observe(entry["event"], entry["now"])


def _held_against(recorded: Mapping[str, Any], due: Decisions) -> None:
    decided = due.pop(0) if due else {}
    if json_text.plain(decided) != json_text.plain(recorded):
        then, now = recorded.get("decision"), decided.get("decision", "nothing")
        what = f"decision {recorded.get('n')} was {then!r}, replaying gives {now!r}"
        raise StagewrightError(f"the rollout journal does not replay to the same: {what}")


def _parsed(lines: Iterable[str | Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        yield json.loads(line) if isinstance(line, str) else line


def _cut_to_whole_lines(path: Path) -> None:
    data = path.read_bytes()  # a journal is at most some hundred megabytes: replaying it takes far longer
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
