"""A rollout at work: the controller with its journal, a lock for threads, and somebody who acts.

Used by the gateway and by replays alike; only the clock differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.rollout.controller import Controller, Decisions
from stagewright.rollout.journal import Journal, head, header, kept, read, replayed
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import MakeTest

Act = Callable[[dict[str, Any]], None]


class LiveRollout:
    """One rollout with its journal; safe to call from threads.

    Opening a journal that exists brings its rollout back: same step, same weight, same assignment, same
    evidence. Decisions that a kill kept from being acted on are handed to `act` again, so acting must be
    repeatable (an alias that already points there stays).

    Args:
        path: the journal.
        make: builds a guard's test.
        act: called with each decision once it is on the disk, under the rollout's lock.
        policy, rollout, known: for a new journal: the policy, the rollout's id, what else to keep in its head.
    """

    def __init__(
        self,
        path: Path,
        make: MakeTest,
        act: Act = lambda _: None,
        *,
        policy: Policy | None = None,
        rollout: str = "",
        known: Mapping[str, Any] | None = None,
    ) -> None:
        self.path, self._act, self._lock = path, act, RLock()
        self._due: list[dict[str, Any]] = []  # decided, and not on the disk yet
        self._written: Decisions = []  # on the disk, and not acted on yet
        if policy is None and not path.exists():
            raise StagewrightError(f"there is no rollout journal at {path}")
        self._journal = Journal(path)
        try:
            self._open(policy, rollout, known or {}, make)
        except BaseException:
            self._journal.close()  # else this process would hold its lock for ever
            raise

    def _open(self, policy: Policy | None, rollout: str, known: Mapping[str, Any], make: MakeTest) -> None:
        if self.path.stat().st_size == 0:
            if policy is None:
                raise StagewrightError(f"there is no rollout journal at {self.path}")
            self._journal.write(header(policy, rollout, **known), durable=True)
        self.known = head(self.path)
        found = replayed(None, read(self.path), make)
        self.controller: Controller = found.controller
        self.started = found.started
        self._decided(found.unrecorded)

    # ---- what the gateway asks, without a lock: each reads one number ---------------------------------

    @property
    def weight(self) -> float:
        """The canary's share of users' requests, 0 to 1."""
        return self.controller.weight

    def arm(self, unit: str) -> str:
        """`stable` or `canary`."""
        return self.controller.arm(unit)

    def mirrors(self, unit: str) -> bool:
        """Whether a request of the stable arm is copied to the canary."""
        return self.controller.mirrors(unit)

    # ---- what goes in -----------------------------------------------------------------------------

    def start(self, now: float) -> Decisions:
        """Begin, unless it has begun before."""
        with self._lock:
            if self.started:
                return []
            self.started = True
            self._write({"start": now})
            return self._decided(self.controller.start(now))

    def observe(self, event: Mapping[str, Any], now: float) -> Decisions:
        """An event of the log; after the end of the rollout nothing is kept."""
        with self._lock:
            if self.controller.finished:
                return []
            small, now = kept(event), max(now, self.controller.now)
            self._write({"event": small, "now": now})
            return self._decided(self.controller.observe(small, now))

    def tick(self, now: float) -> Decisions:
        """Time has passed; kept only where it led to a decision, or was the limit of an analysis."""
        with self._lock:
            now, looks = max(now, self.controller.now), self.controller.looks
            decisions = self.controller.tick(now)
            if decisions or self.controller.looks != looks:
                self._due.append({"tick": now})
            return self._decided(decisions)

    def command(self, command: str, now: float, by: str, reason: str) -> Decisions:
        """What a person asks."""
        with self._lock:
            now = max(now, self.controller.now)
            self._write({"command": command, "by": by, "reason": reason, "now": now})
            return self._decided(self.controller.command(command, now, by, reason))

    def state(self) -> dict[str, Any]:
        """The controller's state."""
        with self._lock:
            return self.controller.state()

    def close(self) -> None:
        """Sync and close the journal."""
        with self._lock:
            self._journal.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        """An input, after everything that was decided before it."""
        self._carry_out()
        self._journal.write(line)

    def _decided(self, decisions: Decisions) -> Decisions:
        self._due += decisions
        self._carry_out()
        return decisions

    def _carry_out(self) -> None:
        """Act on what was decided, once it is on the disk; where the disk refuses, the next call tries again."""
        while self._due:
            line = self._due[0]
            self._journal.write(line, durable=len(self._due) == 1)
            self._written += [line] if "decision" in line else []
            del self._due[0]
        while self._written:
            self._act(self._written.pop(0))
