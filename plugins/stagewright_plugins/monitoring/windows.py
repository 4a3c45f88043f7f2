"""The event log cut into windows: so many requests each, or so much time each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagewright.live.event_log import seconds, stamp
from stagewright.rollout.durations import seconds as duration

Event = Mapping[str, Any]


@dataclass
class Window:
    """The requests of one window, with what was learned of them later.

    Attributes:
        key: names it across looks at the log: `1h@2026-09-01T10:00:00` or `500@<time of its first request>`.
        start, end: Unix time; of a counted window, of its first and last request.
        complete: nothing can be added but labels and feedback.
        labels: newest label per request id.
        told: labels that came, those that a later one corrected included.
        feedback: what users said, in order.
        hardware: measurements while it lasted, by name.
    """

    key: str
    start: float
    end: float
    complete: bool = False
    requests: list[Event] = field(default_factory=list)
    labels: dict[str, Event] = field(default_factory=dict)
    told: int = 0
    feedback: list[Event] = field(default_factory=list)
    hardware: dict[str, list[float]] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int, int]:
        """Requests, labels, feedback: while these stay the same, so does everything computed from them."""
        return len(self.requests), self.told, len(self.feedback)


def cut(events: Iterable[Event], size: int | str, most: int, now: float | None = None) -> list[Window]:
    """The newest `most` windows that have requests, in order; the last one may be incomplete.

    Copies for the shadow arm are no requests of users and are left out.

    Args:
        events: in order of time.
        size: requests per window, or a duration such as `1h`; windows of a duration begin at its multiples.
        most: older windows are forgotten, with what is learned of their requests.
        now: Unix time at which the look happens; a timed window is complete once it is over. Without it, the time
            of the newest event.
    """
    cutter = _Cutter(size, most)
    for event in events:
        cutter.add(event)
    return cutter.finished(now)


def label(size: int | str) -> str:
    """How a window is called on axes."""
    return f"windows of {size} requests" if isinstance(size, int) else f"windows of {size}"


class _Cutter:
    def __init__(self, size: int | str, most: int) -> None:
        self.size, self.most, self.newest = size, most, 0.0
        self.length = 0.0 if isinstance(size, int) else float(duration(size))
        self.windows: OrderedDict[str, Window] = OrderedDict()
        self.where: dict[str, Window] = {}

    def add(self, event: Event) -> None:
        kind = event.get("kind")
        if kind == "request" and event.get("arm") != "shadow":
            at = seconds(event["t"])
            self.newest = max(self.newest, at)
            window = self._window(at)
            window.requests.append(event)
            if isinstance(self.size, int):
                window.end, window.complete = at, len(window.requests) >= self.size
            self.where[str(event.get("id"))] = window
        elif kind == "label" and (found := self.where.get(str(event.get("id")))):
            found.labels[str(event["id"])] = event
            found.told += 1
        elif kind == "feedback" and (found := self.where.get(str(event.get("id")))):
            found.feedback.append(event)
        elif kind == "hardware" and self.windows:
            last = next(reversed(self.windows.values()))
            for name, value in (event.get("values") or {}).items():
                last.hardware.setdefault(name, []).append(float(value))

    def finished(self, now: float | None) -> list[Window]:
        moment = self.newest if now is None else now
        for window in self.windows.values():
            if self.length:
                window.complete = moment >= window.end
        return list(self.windows.values())

    def _window(self, at: float) -> Window:
        if isinstance(self.size, int):
            last = next(reversed(self.windows.values()), None) if self.windows else None
            if last is not None and not last.complete:
                return last
            return self._new(f"{self.size}@{stamp(at)}", at, at)
        start = at // self.length * self.length
        key = f"{self.size}@{stamp(start)[:19]}"
        return self.windows.get(key) or self._new(key, start, start + self.length)

    def _new(self, key: str, start: float, end: float) -> Window:
        window = self.windows[key] = Window(key, start, end)
        while len(self.windows) > self.most:
            _, old = self.windows.popitem(last=False)
            for event in old.requests:
                self.where.pop(str(event.get("id")), None)
        return window
