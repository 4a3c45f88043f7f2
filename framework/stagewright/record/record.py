"""The record of a run: plain JSON files in `.stagewright/runs/<id>/`, append-only while it works.

run.json       written first: recipe, overrides, versions, git, plan
events.jsonl   one event a line, as they happen
record.json    written last: verdicts, metrics, steps; its absence means the run was killed or still works
"""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any

from stagewright import json_text
from stagewright._version import __version__
from stagewright.content import write_atomically
from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.plugin.sources import library_versions

# Versions worth knowing whatever the plugins say; those missing are left out.
LIBRARIES = frozenset(
    {
        *("torch", "lightning", "torchmetrics", "datasets", "mlflow", "optuna", "numpy", "pandas", "pyarrow"),
        *(
            "scipy",
            "sklearn",
            "hydra_core",
            "omegaconf",
            "pydantic",
            "neural_compressor",
            "safetensors",
            "PIL",
        ),
    }
)


def now() -> str:
    """UTC, ISO 8601, to the millisecond."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


class Record:
    """The folder of one run, being written."""

    def __init__(self, home: Path, name: str) -> None:
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
        self.id = f"{stamp}-{name}-{token_hex(2)}"
        self.folder = home / "runs" / self.id
        self.folder.mkdir(parents=True)
        self._events = (self.folder / "events.jsonl").open("a", encoding="utf-8")

    def start(self, run: Mapping[str, Any]) -> None:
        """Write `run.json`: everything known before the first step."""
        process = {"pid": os.getpid(), "pid_started": process_started(os.getpid())}
        write_atomically(self.folder / "run.json", json_text.text({"id": self.id, **process, **run}))

    def event(self, event: str, /, **fields: Any) -> dict[str, Any]:
        """Append one event; it reaches the file before this returns."""
        line = {"t": now(), "event": event, **fields}
        self._events.write(json_text.text(line) + "\n")
        self._events.flush()
        return line

    def finish(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Write `record.json`: the run is over. Gives what a reader of the file gets."""
        written = json_text.text({"id": self.id, **record})
        write_atomically(self.folder / "record.json", written)
        told: dict[str, Any] = json_text.read(written)
        return told


def runs(home: Path) -> list[Path]:
    """Folders of all runs, oldest first."""
    folder = home / "runs"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def find(home: Path, name: str) -> Path:
    """A run by its id, a unique beginning or end of it, or `latest`; raises StagewrightError."""
    known = runs(home)
    if not known:
        raise StagewrightError(f"there are no runs in {home}; `stagewright run RECIPE` makes one")
    if name == "latest":
        own = (path for path in reversed(known) if not _json(path / "run.json").get("within"))
        return next(own, known[-1])
    found = [path for path in known if path.name == name]
    found = found or [path for path in known if path.name.startswith(name) or path.name.endswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise StagewrightError(f"{name!r} fits {len(found)} runs; give more of the id")
    raise StagewrightError(f"no run {name!r}, {suggestion(name, [path.name for path in known], 'run')}")


def load(folder: Path) -> dict[str, Any]:
    """Everything a script wants of a run: `run.json` and `record.json` as one, tracking added.

    A run without `record.json` is `running` while its process lives, else `killed`; its steps then come
    from the events.
    """
    run = _json(folder / "run.json")
    record = _json(folder / "record.json")
    if not record:
        status = "running" if alive(run) else "killed"
        steps = [_step_from_event(event) for event in events(folder) if event["event"] in STEP_ENDS]
        record = {"status": status, "exit_code": None, "message": f"the run is {status}", "steps": steps}
    tracking = _json(folder / "tracking.json") or record.get("tracking")
    return {"id": folder.name, **run, **record, "tracking": tracking, "folder": str(folder)}


SHOWN = ".report.json"  # in `errors/`: what a step showed before it failed
STEP_ENDS = {
    "step_finished": "ran",
    "step_cached": "cached",
    "step_failed": "failed",
    "step_skipped": "skipped",
}


def _step_from_event(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": STEP_ENDS[event["event"]]} | {k: v for k, v in event.items() if k not in ("event", "t")}


def events(folder: Path) -> Iterator[dict[str, Any]]:
    """The events of a run; a last line that a kill cut short is left out."""
    try:
        text = (folder / "events.jsonl").read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    for line in text.split("\n")[:-1]:
        yield json_text.read(line)


def alive(run: Mapping[str, Any]) -> bool:
    """Whether the process that wrote a run still works (a reused process id does not count)."""
    started = process_started(int(run.get("pid") or 0))
    return started is not None and started == run.get("pid_started")


def process_started(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot, or None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else int(rest[18])


def versions() -> dict[str, str]:
    """Python, Stagewright and the libraries that matter."""
    own = {"python": platform.python_version(), "stagewright": __version__}
    return own | library_versions(LIBRARIES)


def host() -> dict[str, Any]:
    """What the run ran on, without naming the machine."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"cpus": os.cpu_count(), "memory_gb": round(memory / 1e9, 1), "platform": platform.platform()}


def git(project: Path) -> dict[str, Any]:
    """Commit, branch and whether the tree was dirty; empty outside a repository or without git."""
    try:
        status = subprocess.run(
            ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"],
            cwd=project, capture_output=True, text=True, timeout=10, check=True,
        ).stdout.splitlines()  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return {}
    heads = dict(line[2:].split(" ", 1) for line in status if line.startswith("# branch."))
    dirty = any(not line.startswith("#") for line in status)
    commit = heads.get("branch.oid", "")
    return {
        "commit": "" if commit == "(initial)" else commit,
        "branch": heads.get("branch.head"),
        "dirty": dirty,
    }


def command(argv: Sequence[str] | None = None) -> list[str]:
    """The command as typed, its program by name."""
    words = list(sys.argv if argv is None else argv)
    return [Path(words[0]).name, *words[1:]] if words else []


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json_text.read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def group_id(name: str) -> str:
    """Id of a multirun: what its runs name as their parent."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    return f"{stamp}-{name}-multirun"
