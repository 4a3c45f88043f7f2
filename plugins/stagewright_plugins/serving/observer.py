"""The rollout hears of every event on a thread of its own: its journal and its tests cost no user anything."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from stagewright.rollout.live import LiveRollout

log = logging.getLogger("stagewright.serve")
EVERY = 0.05  # seconds between two looks at what has arrived
Event = Mapping[str, Any]


class Observer:
    """Feeds one rollout; `take` from the event loop, the rest happens on the thread."""

    def __init__(self, rollout: LiveRollout) -> None:
        self._rollout = rollout
        self._events: deque[tuple[Event, float]] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rollout", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        """Events that wait."""
        return len(self._events)

    def take(self, event: Event) -> None:
        """One event; do not change it afterwards."""
        self._events.append((event, time.time()))

    def close(self) -> None:
        """Feed what is left, then close the journal."""
        self._stop.set()
        self._thread.join()
        self._rollout.close()

    def _work(self) -> None:
        while not self._stop.wait(EVERY):
            self._feed()
        self._feed()

    def _feed(self) -> None:
        try:
            while self._events:
                event, now = self._events.popleft()
                self._rollout.observe(event, now)
            self._rollout.tick(time.time())
        except Exception:  # a full disk or a broken test must not end the thread: the next event tries again
            log.exception("the rollout could not take an event")
