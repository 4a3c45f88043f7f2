"""The append-only log of a live model: `.stagewright/live/<name>/`, one JSON object a line.

    events/<writer>-<number>.jsonl   segments; each writing process has its own, so none waits for another
    payload/<id>.npz                 sampled request payloads that events refer to
    masks/<id>.npz                   masks that labels brought; apart, so that a fingerprint can tell new ones
    key                              secret of the hashed fields, readable by the owner only

Every event has `t` (UTC, ISO 8601) and `kind`: `request`, `label`, `feedback`, `decision`, `window`, `alert`,
`retrain`. `write` only appends to a queue; a thread of the log's own turns events into bytes and puts them on
the disk a few times a second. What was flushed survives a kill of the process; `flush(durable=True)` also
survives a loss of power.
"""

from __future__ import annotations

import datetime
import fcntl
import heapq
import json
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from secrets import token_bytes, token_hex
from types import TracebackType
from typing import Any, Self

from pydantic_core import from_json, to_json

from stagewright.errors import StoreError
from stagewright.live.redaction import Redaction, sampled

Event = Mapping[str, Any]
# Turns the arrays of a payload into the bytes of its file; called on the log's thread.
Encode = Callable[[Mapping[str, Any]], bytes]

PAYLOADS, MASKS = "payload", "masks"
CHUNK = 1 << 18
MOST_PAYLOADS = 1000  # waiting for the disk; their requests keep no payload beyond that
SAFE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", re.ASCII)


def stamp(moment: float | None = None) -> str:
    """UTC, ISO 8601 to the microsecond; of a Unix time in seconds, or of now. Sorts as text."""
    when = datetime.datetime.now(datetime.UTC) if moment is None else _utc(moment)
    return when.isoformat(timespec="microseconds")


def seconds(t: str) -> float:
    """Unix time of an event's `t`."""
    return datetime.datetime.fromisoformat(t).timestamp()


def folder(home: Path, name: str) -> Path:
    """Where the live data of a model lies, below a project's `.stagewright` folder."""
    return home / "live" / name


class EventLog:
    """Writes the log of one model. Safe to use from many threads; close it, or use it in a `with`.

    Args:
        folder: `.stagewright/live/<name>`; made where it is missing.
        drop, hash: names of fields that are left out, or replaced by a keyed hash.
        payload_rate: share of requests whose payload is kept, decided by request id.
        segment_bytes: size at which a new segment begins.
        flush_seconds: how long an event may wait in memory.
        most_pending: requests beyond that many waiting (a disk that hangs) are counted, not kept; the
            log then says so with an event `dropped`. Other kinds are always kept.
    """

    def __init__(
        self,
        folder: Path,
        *,
        drop: Collection[str] = (),
        hash: Collection[str] = (),
        payload_rate: float = 1.0,
        segment_bytes: int = 64_000_000,
        flush_seconds: float = 0.2,
        most_pending: int = 200_000,
    ) -> None:
        self.folder = folder
        self.payload_rate = payload_rate
        self.error: OSError | None = None  # of the last flush; None once one succeeds
        self._segment_bytes, self._most_pending, self._every = segment_bytes, most_pending, flush_seconds
        self._events: deque[Event] = deque()
        self._payloads: deque[tuple[Path, Mapping[str, Any], Encode]] = deque()
        self._unwritten = b""  # encoded, but the disk did not take it yet
        self._segment: FileIO | None = None
        self._writer = f"{_utc_now():%Y%m%dT%H%M%S%f}-{token_hex(3)}"
        self._number, self._dropped = 0, 0
        self._disk, self._wake, self._stop = threading.Lock(), threading.Event(), threading.Event()
        (folder / "events").mkdir(parents=True, exist_ok=True)
        self.redaction = Redaction(frozenset(drop), frozenset(hash), _key(folder) if hash else b"")
        self._thread = threading.Thread(target=self._work, name="event-log", daemon=True)
        self._thread.start()

    def write(self, event: Event) -> None:
        """Take one event; do not change it afterwards. `t` is added where it is missing."""
        if self._stop.is_set():
            raise ValueError("the event log is closed")
        if len(self._events) >= self._most_pending and event.get("kind") == "request":
            self._dropped += 1
            return
        self._events.append(event if "t" in event else {"t": stamp(), **event})

    def keeps_payload(self, request_id: str) -> bool:
        """Whether the payload of this request belongs to the sample."""
        return len(self._payloads) < MOST_PAYLOADS and sampled(request_id, self.payload_rate)

    def payload(
        self, request_id: str, arrays: Mapping[str, Any], encode: Encode, below: str = PAYLOADS
    ) -> dict[str, str]:
        """Keep a payload (its redacted fields left out); gives the reference that stands in the event.

        `below` is the folder it goes to: `payload`, or `masks` for what a label brought.
        """
        path = self.folder / below / f"{payload_name(request_id)}.npz"
        hidden = self.redaction.drop | self.redaction.hash
        self._payloads.append((path, {k: v for k, v in arrays.items() if k not in hidden}, encode))
        return {"ref": f"{below}/{path.name}"}

    def flush(self, durable: bool = False) -> None:
        """Put everything taken so far on the disk; `durable` waits for the device. Raises StoreError."""
        with self._disk:
            try:
                self._put(durable)
                self.error = None
            except OSError as error:
                self.error = error
                raise StoreError(f"the event log in {self.folder} cannot be written: {error}") from error

    def close(self) -> None:
        """Flush and stop; raises StoreError where events would be lost."""
        self._stop.set()
        self._wake.set()
        self._thread.join()
        self.flush()
        if self._segment:
            self._segment.close()
            self._segment = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._every)
            if self._events or self._payloads or self._unwritten:
                try:
                    self.flush()
                except StoreError:
                    continue  # kept in memory, and in `error`; the next round tries again

    def _put(self, durable: bool) -> None:
        self._put_payloads()
        self._unwritten += b"".join(self._lines())
        if self._unwritten or durable:
            file = self._current()
            _append(file, self._unwritten)
            self._unwritten = b""
            if durable:
                os.fsync(file.fileno())

    def _put_payloads(self) -> None:
        while self._payloads:
            path, arrays, encode = self._payloads[0]
            try:
                content = encode(arrays)
            except (TypeError, ValueError) as error:  # one strange payload must not end the log
                self._events.append(
                    {"t": stamp(), "kind": "dropped", "payload": path.stem, "error": str(error)}
                )
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            self._payloads.popleft()

    def _lines(self) -> Iterator[bytes]:
        for _ in range(len(self._events)):
            yield _line(self.redaction(self._events.popleft()))
        if self._dropped:
            count, self._dropped = self._dropped, 0
            yield _line({"t": stamp(), "kind": "dropped", "count": count})

    def _current(self) -> FileIO:
        """The segment, open and locked: nobody rolls it up while it may grow."""
        if self._segment and self._segment.tell() >= self._segment_bytes:
            self._segment.close()
            self._segment = None
        while self._segment is None:
            self._number += 1
            path = self.folder / "events" / f"{self._writer}-{self._number:06d}.jsonl"
            segment = FileIO(path, "a")
            fcntl.flock(segment, fcntl.LOCK_SH)
            if os.fstat(segment.fileno()).st_nlink:
                self._segment = segment
            else:  # rolled up, empty, between the two lines: nobody would ever read it
                segment.close()
        return self._segment


def payload_name(request_id: str) -> str:
    """A file name for an id that came from outside: itself where harmless, else its hash."""
    if SAFE_NAME.fullmatch(request_id):
        return request_id
    return blake2b(request_id.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def read(folder: Path, kinds: Collection[str] = (), since: str = "") -> Iterator[dict[str, Any]]:
    """The events of a live folder by time, over all its segments; only `kinds` and from `since` on, if given.

    A last line that a kill cut short is left out. Raises StoreError naming a damaged line.
    """
    ordered = heapq.merge(*_writers(folder / "events"), key=_time)
    return (
        event
        for event in ordered
        if event.get("t", "") >= since and (not kinds or event.get("kind") in kinds)
    )


def read_file(path: Path) -> Iterator[dict[str, Any]]:
    """The events of one JSON lines file, such as a rollout's `events.jsonl`, in its order.

    A last line that a kill cut short is left out. Raises StoreError naming a damaged line.
    """
    for number, line in enumerate(_whole_lines(path), 1):
        try:
            yield from_json(line)
        except ValueError as error:
            raise StoreError(f"{path}:{number} is damaged: {error}") from error


def segments(folder: Path) -> list[Path]:
    """The segments of a live folder, oldest writer first."""
    return sorted((folder / "events").glob("*.jsonl"))


@contextmanager
def finished(segment: Path) -> Iterator[bool]:
    """Whether a segment's writer is done with it, or gone; while true, it stays so."""
    with segment.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _writers(folder: Path) -> list[Iterator[dict[str, Any]]]:
    """One stream of events per writer."""
    grouped: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        grouped.setdefault(path.stem.rpartition("-")[0], []).append(path)
    return [_chained(paths) for paths in grouped.values()]


def _chained(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        yield from read_file(path)


def _time(event: Event) -> str:
    return str(event.get("t", ""))


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Its lines that end; no file stays open in between, so that thousands of segments can be merged."""
    offset, rest = 0, b""
    while True:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(CHUNK)
        if not chunk:
            return
        offset += len(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def _line(event: Event) -> bytes:
    try:
        return to_json(event, inf_nan_mode="null", fallback=_plain) + b"\n"
    except ValueError:  # half of a surrogate pair, which JSON text from outside may hold
        return json.dumps(event, default=_plain, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _plain(value: Any) -> Any:
    """Array libraries' scalars as plain numbers, anything else as text."""
    return value.item() if hasattr(value, "item") else str(value)


def _append(file: FileIO, content: bytes) -> None:
    """All of the content or, where the disk refuses, nothing: half a line would look like damage."""
    start, view = file.tell(), memoryview(content)
    try:
        while view:
            view = view[file.write(view) :]
    except OSError:
        file.truncate(start)
        raise


def _key(folder: Path) -> bytes:
    """The secret of the hashed fields; the first process makes it."""
    path, mine = folder / "key", folder / f".key.{token_hex(6)}"
    if not path.exists():
        mine.touch(mode=0o600)
        mine.write_text(token_bytes(32).hex(), encoding="ascii")
        with suppress(FileExistsError):
            os.link(mine, path)
        mine.unlink()
    return bytes.fromhex(path.read_text(encoding="ascii"))


def _utc(moment: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC)


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
