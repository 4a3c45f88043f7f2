"""The requests of one period, sent to a real gateway in the rows' own time; labels come when they are known."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stagewright.rollout.policy import Policy
from stagewright.stages.monitor import Inputs
from stagewright_plugins.replaying.client import Client
from stagewright_plugins.replaying.clock import VirtualClock
from stagewright_plugins.replaying.gateway import Rollout, Running, running
from stagewright_plugins.replaying.replay import heard
from stagewright_plugins.replaying.samples import Sample, Truth
from stagewright_plugins.replaying.wording import undecided, why

from ._stream_packages import Answering, Probabilities, tensors
from ._stream_periods import Period

BY = "monitor"
Late = tuple[float, str, Mapping[str, Any]]  # due, id of the request, the label


@dataclass
class Canary:
    """How the rollout of a challenger ended.

    Attributes:
        at: Unix time of the end.
        requests: users' requests it saw.
    """

    verdict: Literal["promoted", "rolled_back", "inconclusive"]
    reason: str
    at: float
    requests: int


@dataclass
class Answers:
    """What the gateway answered.

    Attributes:
        probabilities: (n, K); NaN where the server failed.
        late: labels that the period's end came before.
        events: file of the event log.
    """

    probabilities: Probabilities
    events: Path
    canary: Canary | None = None
    late: list[Late] = field(default_factory=list)


@dataclass(frozen=True)
class Serving:
    """Everything about one period's requests.

    Attributes:
        places: which rows of the period are sent, in order.
        waiting: labels of earlier periods that are not known yet.
    """

    inputs: Inputs
    period: Period
    places: NDArray[np.int64]
    stable: Answering
    challenger: Answering | None
    policy: Policy
    truth: Truth
    folder: Path
    waiting: list[Late]

    def run(self) -> Answers:
        """Serve the period."""
        # On a thread of its own, because a notebook has an event loop running on this one.
        with ThreadPoolExecutor(1, thread_name_prefix="stream") as pool:
            return pool.submit(lambda: asyncio.run(self._run())).result()

    async def _run(self) -> Answers:
        self.folder.mkdir(parents=True, exist_ok=True)
        journal, events = self.folder / "journal.jsonl", self.folder / "events.jsonl"
        journal.unlink(missing_ok=True)  # a period that was killed begins anew
        clock = VirtualClock(self.period.start)
        name, canary = self.inputs.deploy.name, self.challenger.path if self.challenger else None
        seed = self.inputs.context.seed
        rollout = Rollout(
            f"{self.period.key}-{seed}", name, self.policy, self.stable.path, canary, journal, events
        )
        decisions: list[dict[str, Any]] = []
        async with (
            running(rollout, self.inputs.context.resolve, clock, decisions.append) as gateway,
            Client(gateway.port, name) as client,
        ):
            answers = Answers(await self._answered(gateway, client, clock), events)
            clock.now = self.period.end - self.period.start
            await self._deliver(client, self.period.end)
            if gateway.traffic.rollout:
                answers.canary = self._ended(gateway, clock, decisions)
        answers.late = self.waiting
        return answers

    async def _answered(self, gateway: Running, client: Client, clock: VirtualClock) -> Probabilities:
        rows, found = self.period.rows.taken(self.places), []
        for number in range(len(rows)):
            clock.now = rows.times[number] - self.period.start
            await self._deliver(client, rows.times[number])
            name = f"{self.period.key}.{number + 1}"
            row = {key: values[number : number + 1] for key, values in rows.rows.inputs.items()}
            given = tensors(gateway.traffic.route(name).model.signature, row)
            outputs = await client.infer(name, given, {"X-Request-Id": name})
            await heard(gateway, number + 1)
            target = int(rows.rows.targets[number])
            if outputs is None:
                found.append(np.full(len(self.inputs.framing.task.classes), np.nan))
                continue
            found.append(outputs["probability"][0].astype(np.float64))
            sample = Sample(rows.rows.ids[number], {}, np.asarray(target))
            label = {"request_id": name, "values": self.truth.values(sample, outputs), "target": target}
            heapq.heappush(self.waiting, (float(rows.known[number]), name, label))
        return np.stack(found)

    async def _deliver(self, client: Client, now: float) -> None:
        due = []
        while self.waiting and self.waiting[0][0] <= now:
            due.append(dict(heapq.heappop(self.waiting)[2]))
        if due:
            await client.label(due)

    def _ended(self, gateway: Running, clock: VirtualClock, decisions: list[dict[str, Any]]) -> Canary:
        rollout = gateway.rollout
        rollout.tick(clock.now)
        state = rollout.controller.state()
        seen, start = int(state["requests"]), self.period.start
        if rollout.controller.finished:
            last = next(one for one in decisions if one["decision"] in ("promoted", "rolled_back"))
            verdict = rollout.controller.verdict
            return Canary(verdict, why(state, decisions), start + float(last["now"]), seen)  # type: ignore[arg-type]
        reason = undecided(state, f"the period's {seen} requests")
        rollout.command("abort", rollout.controller.now, BY, reason)
        return Canary("inconclusive", reason, self.period.end, seen)
