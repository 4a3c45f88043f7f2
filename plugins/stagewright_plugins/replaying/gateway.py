"""A gateway of our own, on a free port and the running event loop, whose rollout lives on a virtual clock.

Everything between socket and engine is what `stagewright serve` runs; only the clock, the log's file and the hand
that moves aliases are the replay's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from stagewright.errors import StagewrightError
from stagewright.rollout.live import LiveRollout
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import tests
from stagewright_plugins.serving.access import Access
from stagewright_plugins.serving.arms import Arms
from stagewright_plugins.serving.batching import Batcher, Limits
from stagewright_plugins.serving.commands import Commands
from stagewright_plugins.serving.decision import as_event
from stagewright_plugins.serving.figures import Figures
from stagewright_plugins.serving.gateway import Gateway
from stagewright_plugins.serving.loaded import Loaded, load
from stagewright_plugins.serving.predicting import Predicting
from stagewright_plugins.serving.shadow import Mirror
from stagewright_plugins.serving.traffic import Traffic

from .arrived import ReplayLog
from .clock import VirtualClock

Told = Callable[[dict[str, Any]], None]
MAX_BODY = 256_000_000
MIRROR_QUEUE = 1_000_000


@dataclass(frozen=True)
class Rollout:
    """What is replayed.

    Attributes:
        id: of the rollout; the salt of its assignment.
        stable, canary: package folders; without a canary the stable one serves alone.
        journal: file of the controller's journal.
        events: file of the event log.
    """

    id: str
    name: str
    policy: Policy
    stable: Path
    canary: Path | None
    journal: Path
    events: Path


class ReplayTraffic(Traffic):
    """Traffic whose rollout is told the virtual time, at once and in order."""

    def __init__(self, arms: Arms, rollout: Rollout, resolve: Any, clock: VirtualClock, told: Told) -> None:
        super().__init__(arms, rollout.journal.parent, None, resolve, told)
        self.policy = rollout.policy
        self._clock, self._told, self._replayed = clock, told, rollout

    def begin(self) -> None:
        """Start the rollout at the clock's time, where there is something to roll out."""
        if self.arms.canary is None:
            return
        said = self._replayed
        known = {
            "name": said.name,
            "stable": _version(self.arms.stable),
            "canary": _version(self.arms.canary),
        }
        self.rollout = LiveRollout(
            said.journal, tests(self._resolve), self._acted, policy=said.policy, rollout=said.id, known=known
        )
        self.rollout.start(self._clock.now)

    def observe(self, event: Mapping[str, Any]) -> None:
        """An event of the log, for the rollout."""
        if self.rollout and self.under_way:
            self.rollout.observe(event, self._clock.now)

    def close(self) -> None:
        """Finish the journal; its state can still be asked."""
        if self.rollout:
            self.rollout.close()

    def _acted(self, decision: dict[str, Any]) -> None:
        if decision["decision"] == "promoted":
            self.arms.promote()
        elif decision["decision"] == "rolled_back":
            self.arms.roll_back()
        self._told(decision)


class Running:
    """A gateway that answers.

    Attributes:
        traffic: its rollout.
        port: on 127.0.0.1.
    """

    def __init__(self, rollout: Rollout, resolve: Any, clock: VirtualClock, decided: Told) -> None:
        canary = load(rollout.canary, resolve, 1) if rollout.canary else None
        arms = Arms(rollout.name, load(rollout.stable, resolve, 1), canary)
        self.log = ReplayLog(rollout.events, clock)
        self.traffic = ReplayTraffic(arms, rollout, resolve, clock, self._told)
        self._decided = decided
        self._batcher, self._mirror = Batcher(Limits()), Mirror(MIRROR_QUEUE)
        self._gateway = self._built(rollout, resolve)
        # Of a socket that does not name its protocol asyncio does not turn off Nagle's waiting: 40 ms a request.
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    async def start(self) -> None:
        """Begin the rollout and listen; raises StagewrightError where that fails."""
        config = uvicorn.Config(
            self._gateway, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self.traffic.begin()
        self._serving = asyncio.create_task(self._server.serve([self._listener]))
        while not self._server.started:
            await asyncio.sleep(0.005)
            if self._serving.done():
                raise StagewrightError(
                    f"the gateway of the replay did not start: {self._serving.exception()}"
                )

    async def stop(self) -> None:
        """Finish what is under way and close every file."""
        self._server.should_exit = True
        await self._serving
        self._batcher.close()
        self._mirror.close()
        self.traffic.close()
        self.log.close()
        self._listener.close()

    @property
    def rollout(self) -> LiveRollout:
        """The rollout, begun; only where there is a canary."""
        assert self.traffic.rollout is not None
        return self.traffic.rollout

    def _built(self, rollout: Rollout, resolve: Any) -> Gateway:
        figures, access, log, home = Figures(self._standing), Access(""), self.log, rollout.journal.parent
        predicting = Predicting(
            self.traffic, self._batcher, self._mirror, log, figures, "X-Unit-Id", MAX_BODY  # type: ignore[arg-type]
        )  # fmt: skip
        commands = Commands(self.traffic, access, log, figures, home, resolve, 1)  # type: ignore[arg-type]
        return Gateway(predicting, commands, access, figures, self.traffic)

    def _standing(self) -> Mapping[str, Any]:
        arms = {arm: model.version for arm, model in self.traffic.arms}
        known = {"model": self.traffic.arms.name, "queue": self._batcher.queued, "ready": True, "pending": 0}
        weight = self.traffic.rollout.weight if self.traffic.rollout else 0.0
        return known | {"arms": arms, "in_flight": 0, "weight": weight, "phase": ""}

    def _told(self, decision: dict[str, Any]) -> None:
        self.log.write(as_event(decision))
        self._decided(decision)


@asynccontextmanager
async def running(
    rollout: Rollout, resolve: Any, clock: VirtualClock, decided: Told
) -> AsyncIterator[Running]:
    """Serve until the block ends. Every byte of both packages is verified first.

    Args:
        rollout: what is replayed.
        resolve: builds components from specs, as `Context.resolve`.
        clock: the rollout's time.
        decided: hears every decision.

    Raises:
        StagewrightError: a package is refused, or the server does not start.
    """
    gateway = Running(rollout, resolve, clock, decided)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


def _version(model: Loaded | None) -> str:
    return model.version if model else ""
