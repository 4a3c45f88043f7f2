"""Artifacts by content hash, and which fingerprint led to which: `.stagewright/` below the project.

    store/<digest>/        an artifact: the step's files, read-only
    cache/<fingerprint>/   entry.json (artifact, manifest, output, timings), events.jsonl of the step
    work/<fingerprint>/    a step's folder while it works; survives a kill, so that training can resume
    runs/<id>/             one folder per run (record/record.py)

A step is finished by two renames: its folder into the store, then its cache entry. A kill before the
second leaves at worst an artifact that no entry names; nothing half-written is ever named.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stagewright import json_text
from stagewright.content import Entry, manifest, manifest_digest, unchanged, write_atomically
from stagewright.errors import StagewrightError, StoreError
from stagewright.frozen import frozen

RESUME = ".resume"  # inside a step's folder: kept for the next attempt, never part of the artifact
HOME = ".stagewright"


@frozen
class Hit:
    """A finished step.

    Attributes:
        output: the step's handle as JSON, its paths relative to the artifact.
        parts: what the fingerprint was made of, to say later why a step runs again.
    """

    fingerprint: str
    artifact: str
    output: dict[str, Any]
    parts: dict[str, Any]
    seconds: float
    bytes: int
    manifest: list[Entry]


class Store:
    """The project's `.stagewright/` folder, or the one `STAGEWRIGHT_HOME` names."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.home = Path(os.environ.get("STAGEWRIGHT_HOME") or project / HOME)

    def artifact(self, digest: str) -> Path:
        """Folder of an artifact."""
        return self.home / "store" / digest

    def get(self, fingerprint: str) -> tuple[Hit | None, str]:
        """The finished step of a fingerprint, if its artifact is there and unharmed, else why not."""
        try:
            entry = json_text.read_exact(
                (self._cache(fingerprint) / "entry.json").read_text(encoding="utf-8")
            )
            hit = Hit(**entry | {"manifest": [tuple(item) for item in entry["manifest"]]})
        except FileNotFoundError:
            return None, ""
        except (OSError, ValueError, TypeError) as error:
            return None, f"cache entry unreadable ({error})"
        harm = unchanged(self.artifact(hit.artifact), hit.manifest)
        return (None, f"artifact damaged: {harm}") if harm else (hit, "")

    def events(self, fingerprint: str) -> Path:
        """The events a finished step emitted, one JSON object a line."""
        return self._cache(fingerprint) / "events.jsonl"

    def work(self, fingerprint: str) -> Path:
        """The step's own folder, emptied of what a killed attempt left outside `.resume`."""
        folder = self.home / "work" / fingerprint
        folder.mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(folder):
            if entry.name != RESUME:
                shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        return folder

    def put(
        self,
        fingerprint: str,
        output: dict[str, Any],
        parts: dict[str, Any],
        seconds: float,
        events: str,
        durable: bool = True,
    ) -> Hit:
        """Finish a step: its work folder becomes an artifact, its fingerprint points to it.

        Not `durable`: a power cut soon after may cost the step (never a kill, never anything finished before).
        """
        work = self.home / "work" / fingerprint
        entries = manifest(work, skip=frozenset({RESUME}))
        digest = manifest_digest(entries)
        size = sum(entry[1] for entry in entries)
        self._move(work, digest, entries)
        hit = Hit(fingerprint, digest, output, parts, seconds, size, self._stamped(digest, entries))
        write_atomically(self.events(fingerprint), events, durable)
        write_atomically(self._cache(fingerprint) / "entry.json", json_text.exact(vars(hit)), durable)
        shutil.rmtree(work, ignore_errors=True)  # only resume state is left in it
        return hit

    @contextmanager
    def lock(self, fingerprint: str) -> Iterator[None]:
        """Held while a step works, so that two runs never do the same step twice."""
        path = self.home / "locks" / fingerprint
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _cache(self, fingerprint: str) -> Path:
        return self.home / "cache" / fingerprint

    def _stamped(self, digest: str, entries: list[Entry]) -> list[Entry]:
        """The manifest with the times of the files as stored: an equal artifact may be older."""
        folder = self.artifact(digest)
        return [(name, size, (folder / name).stat().st_mtime_ns, sha) for name, size, _, sha in entries]

    def _move(self, work: Path, digest: str, entries: list[Entry]) -> None:
        target = self.artifact(digest)
        if target.exists():
            if unchanged(target, entries) is None:
                return
            shutil.rmtree(target)  # damaged: replaced by the same content, fresh
        shutil.rmtree(work / RESUME, ignore_errors=True)
        for entry in entries:
            os.chmod(work / entry[0], 0o444)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.rename(work, target)
        except OSError as error:
            # Another run, whose step makes the same, may have been faster: then its artifact is this one.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or unchanged(target, entries):
                raise


REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file grows larger than this disk or `ulimit -f` allows",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Disk full, quota or permission: one clear sentence instead of a traceback."""
    try:
        yield
    except StagewrightError:
        raise
    except Exception as error:
        reason = next((said for part in _chain(error) if (said := _disk_reason(part))), None)
        if reason is None:
            raise
        name = getattr(error, "filename", None)
        where = f" at {name}" if name else ""
        message = f"{reason}{where}; finished steps are kept, make room and run again"
        raise StoreError(message) from error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _disk_reason(error: BaseException) -> str | None:
    """By error number; libraries that write files themselves keep only its text."""
    if isinstance(error, OSError) and error.errno in REASONS:
        return REASONS[error.errno]
    return REASONS[errno.ENOSPC] if "No space left on device" in str(error) else None
