"""Everything a gateway is made of, put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stagewright.live.event_log import EventLog, folder
from stagewright.stages.deploy import ServerInputs

from .access import Access
from .arms import CANARY, STABLE, Arms
from .batching import Batcher, Limits
from .commands import Commands
from .decision import as_event
from .figures import Figures
from .gateway import Gateway
from .loaded import Loaded, load
from .predicting import Predicting
from .shadow import Mirror
from .traffic import Traffic


@dataclass(frozen=True)
class Settings:
    """How to listen, predict, log and stop; described in the plugin `deploy/server/gateway.py`."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str = ""
    threads: int = 1
    limits: Limits = Limits()
    max_body: int = 64_000_000
    unit_header: str = "X-Unit-Id"
    shadow_queue: int = 64
    drain_seconds: float = 0.0
    drop: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()
    payload_rate: float = 0.1


def arms(inputs: ServerInputs, settings: Settings) -> Arms:
    """The packages, loaded; raises StagewrightError where one is refused."""

    def loaded(arm: str) -> Loaded | None:
        path = inputs.arms.get(arm)
        return load(path, inputs.resolve, settings.threads) if path else None

    return Arms(inputs.name, loaded(STABLE), loaded(CANARY))


class Assembly:
    """One gateway and its parts; made and ended on the event loop that serves."""

    def __init__(self, inputs: ServerInputs, settings: Settings, arms: Arms, events: EventLog) -> None:
        self.events = events
        self.figures = Figures(self._standing)
        access = Access(settings.token)
        self.batcher = Batcher(settings.limits, self.figures.batch_rows.observe)
        self.mirror = Mirror(settings.shadow_queue)
        self.traffic = Traffic(arms, inputs.home, inputs.policy, inputs.resolve, self._decided)
        self.traffic.redact = events.redaction
        predicting = Predicting(
            self.traffic, self.batcher, self.mirror, events, self.figures, settings.unit_header,
            settings.max_body,
        )  # fmt: skip
        commands = Commands(
            self.traffic, access, events, self.figures, inputs.home, inputs.resolve, settings.threads
        )
        self.gateway = Gateway(predicting, commands, access, self.figures, self.traffic)

    @classmethod
    @contextmanager
    def of(cls, inputs: ServerInputs, settings: Settings) -> Iterator[Assembly]:
        """Load the packages and begin the rollout of two; at the end everything is on the disk.

        Raises:
            StagewrightError: a package is refused.
        """
        loaded = arms(inputs, settings)
        with EventLog(
            folder(inputs.home, inputs.name),
            drop=settings.drop, hash=settings.hash, payload_rate=settings.payload_rate,
        ) as events:  # fmt: skip
            assembly = cls(inputs, settings, loaded, events)
            try:
                assembly.traffic.begin()
                yield assembly
            finally:  # in this order: nobody may speak to what is closed already
                assembly.batcher.close()
                assembly.mirror.close()
                assembly.traffic.close()

    def _decided(self, decision: Mapping[str, Any]) -> None:
        self.events.write(as_event(decision))

    def _standing(self) -> Mapping[str, Any]:
        rollout = self.traffic.rollout
        return {
            "arms": {arm: model.version for arm, model in self.traffic.arms},
            "model": self.traffic.arms.name,
            "queue": self.batcher.queued,
            "in_flight": self.gateway.in_flight,
            "ready": self.gateway.ready,
            "weight": rollout.weight if rollout else 0.0,
            "phase": rollout.controller.phase if rollout else "",
            "pending": self.traffic.pending,
        }
