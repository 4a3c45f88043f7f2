"""Time that passes only when it is told to: a replay of hours takes seconds, and the same steps every time."""

from __future__ import annotations

import time

from stagewright.live.event_log import stamp


class VirtualClock:
    """Seconds since the replay began.

    Attributes:
        now: seconds; set by one thread, read by any.
        began: Unix time that stands for 0.
    """

    def __init__(self, began: float | None = None) -> None:
        self.now = 0.0
        self.began = time.time() if began is None else began

    def stamp(self) -> str:
        """Now, as events of the live log have it."""
        return stamp(self.began + self.now)
