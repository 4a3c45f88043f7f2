"""Requests drawn from held-out samples, sent one after the other, with labels that arrive later.

Nothing is learned from the samples, so the test split may be used: the replay only decides whether the package that
was chosen without it may take over. Requests are drawn with replacement, so what the guards say holds for
traffic that looks like the test split, as far as its samples represent it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError

from .client import Client
from .clock import VirtualClock
from .gateway import Running
from .samples import Sample, Truth

MOST_TURNS = 10_000  # of the event loop; one is enough unless the gateway failed


@dataclass(frozen=True)
class Traffic:
    """How requests come.

    Attributes:
        requests: at most; fewer where the rollout ends before.
        rate: requests per second of the virtual clock.
        label_delay: requests between an answer and its label.
        users: how many different users ask, each always on one arm; 0: every request is another's.
        unit_header: request header that names the user.
        seed: of the draws.
        signatures: of the packages, by arm: a request holds what its arm takes.
    """

    requests: int
    rate: float
    label_delay: int
    users: int
    unit_header: str
    seed: int
    signatures: Mapping[str, Mapping[str, Any]]

    def inputs(self, sample: Sample, arm: str) -> dict[str, Any]:
        """What a request of this sample holds."""
        return {tensor["name"]: sample.inputs[tensor["name"]] for tensor in self.signatures[arm]["inputs"]}


@dataclass(frozen=True)
class Sent:
    """One request that was answered: its number from 1, and its values where the server did not fail."""

    number: int
    sample: Sample
    values: dict[str, float] | None


async def replayed(
    gateway: Running, model: str, samples: Sequence[Sample], truth: Truth, clock: VirtualClock, how: Traffic
) -> AsyncIterator[Sent]:
    """Send until the rollout is over or the requests are used up; yields after each.

    Raises:
        StagewrightError: the gateway refuses a request.
    """
    async with Client(gateway.port, model) as client:
        waiting: deque[tuple[int, dict[str, Any]]] = deque()
        for number, sample, unit in _drawn(samples, how):
            clock.now = number / how.rate
            name = f"q{number}"
            headers = {"X-Request-Id": name} | ({how.unit_header: unit} if unit else {})
            inputs = how.inputs(sample, gateway.rollout.arm(unit or name))
            outputs = await client.infer(name, inputs, headers)
            await heard(gateway, number)
            values = truth.values(sample, outputs) if outputs is not None else None
            if values is not None:
                waiting.append((number + how.label_delay, {"request_id": name, "values": values}))
            await _deliver(client, waiting, number)
            yield Sent(number, sample, values)
            if gateway.rollout.controller.finished:
                return
        while waiting and not gateway.rollout.controller.finished:
            clock.now = waiting[0][0] / how.rate  # nobody asks any more, but the truth still comes in
            await _deliver(client, waiting, waiting[0][0])
    gateway.rollout.tick(clock.now)


def _drawn(samples: Sequence[Sample], how: Traffic) -> Iterator[tuple[int, Sample, str]]:
    random = np.random.default_rng([how.seed, 1])
    for number in range(1, how.requests + 1):
        sample = samples[int(random.integers(len(samples)))]
        unit = f"user-{int(random.integers(how.users))}" if how.users else ""
        yield number, sample, unit


async def heard(gateway: Running, number: int) -> None:
    """Log and rollout hear of a request just after its answer has gone."""
    turns = 0
    while gateway.log.answered < number:
        turns += 1
        if turns > MOST_TURNS:
            raise StagewrightError(f"the log never heard of request {number}; the gateway's log says why")
        await asyncio.sleep(0)


async def _deliver(client: Client, waiting: deque[tuple[int, dict[str, Any]]], number: int) -> None:
    due = []
    while waiting and waiting[0][0] <= number:
        due.append(waiting.popleft()[1])
    if due:
        await client.label(due)
