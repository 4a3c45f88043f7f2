"""Samples of two kinds as requests, one kind after the other, and what is usual for the first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.live import event_log
from stagewright.nearest import suggestion
from stagewright.rollout.policy import Policy
from stagewright.stages.deploy import BackendInputs
from stagewright.stages.monitor import Inputs
from stagewright_plugins.monitoring.frames import reference_frame
from stagewright_plugins.monitoring.windows import cut
from stagewright_plugins.packaging import columns, signature, sketch
from stagewright_plugins.replaying.client import Client
from stagewright_plugins.replaying.clock import VirtualClock
from stagewright_plugins.replaying.gateway import Rollout, running
from stagewright_plugins.replaying.replay import heard
from stagewright_plugins.replaying.samples import Sample, samples_of, truth

from ._traffic import EVENTS, Traffic

FEWEST = 20  # samples that a reference needs
BATCH = 64


def reference(inputs: Inputs, by: str, value: str) -> pd.DataFrame:
    """Validation samples of one value with the package's answers, as the frame that windows are compared with.

    Raises:
        StagewrightError: the data has no such tag, or hardly any such sample.
    """
    package, told = inputs.deploy.path, signature.read(inputs.deploy.path)
    samples = _samples(inputs, "validation", by, value, told)
    if len(samples) < FEWEST:
        raise StagewrightError(
            f"monitor.before: {len(samples)} validation samples have {by} {value!r}, {FEWEST} are needed"
        )
    backend = inputs.context.resolve("deploy.backend", {"type": told["platform"]})
    engine = backend(BackendInputs(package, told))
    found = []
    for start in range(0, len(samples), BATCH):
        part = samples[start : start + BATCH]
        raw = {name: np.concatenate([one.inputs[name] for one in part]) for name in part[0].inputs}
        found.append(columns.of_inputs(told, raw) | columns.of_outputs(told, engine(raw)))
    return reference_frame(sketch.sketched(columns.joined(found), inputs.context.seed), told)


def traffic(inputs: Inputs, by: str, values: Sequence[str], window: int) -> Traffic:
    """Test samples of each value in turn, sent to a gateway, with their labels.

    Raises:
        StagewrightError: a value has too few samples to fill a window.
    """
    told = signature.read(inputs.deploy.path)
    asked: list[Sample] = []
    kinds: list[str] = []
    for value in values:
        samples = _samples(inputs, "test", by, value, told)
        whole = len(samples) // window * window
        if not whole:
            raise StagewrightError(
                f"monitor: {len(samples)} test samples have {by} {value!r}, too few for a window of {window}; lower "
                "monitor.window"
            )
        asked += samples[:whole]
        kinds.append(f"{whole // window} {'window' if whole == window else 'windows'} of {by} {value}")
    # On a thread of its own, because a notebook has an event loop running on this one.
    with ThreadPoolExecutor(1, thread_name_prefix="changeover") as pool:
        pool.submit(lambda: asyncio.run(_sent(inputs, asked))).result()
    path = inputs.context.workdir / EVENTS
    events = list(event_log.read_file(path))
    about = f"test samples: {', then '.join(kinds)}"
    return Traffic(False, path.parent, None, cut(events, window, len(asked)), about=about)


async def _sent(inputs: Inputs, asked: Sequence[Sample]) -> None:
    """One request a second of the events' own time, each with its label."""
    folder, package = inputs.context.workdir, inputs.deploy
    value_of = truth(inputs.metrics, inputs.framing.task, inputs.context)
    clock, heard_of = VirtualClock(0.0), 0
    journal = folder / ".resume" / "journal.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    rollout = Rollout("changeover", package.name, Policy(), package.path, None, journal, folder / EVENTS)
    async with (
        running(rollout, inputs.context.resolve, clock, lambda _: None) as gateway,
        Client(gateway.port, package.name) as client,
    ):
        for number, sample in enumerate(asked, 1):
            clock.now = float(number)
            name = f"q{number}"
            outputs = await client.infer(name, sample.inputs, {"X-Request-Id": name})
            heard_of += 1
            await heard(gateway, heard_of)
            if outputs is not None:
                values: dict[str, Any] = value_of.values(sample, outputs)
                await client.label([{"request_id": name, "values": values}])


def _samples(inputs: Inputs, split: str, by: str, value: str, told: dict[str, Any]) -> list[Sample]:
    """Samples of a split with that value, in an order drawn by seed."""
    tags = inputs.data.tags
    if by not in tags:
        raise StagewrightError(f"monitor.by: the data has no tag {by!r}, {suggestion(by, tags, 'tag')}")
    table = pd.read_parquet(inputs.data.path / "quality.parquet", columns=["id", "split", by])
    ids = table.loc[(table["split"] == split) & (table[by].astype(str) == value), "id"].astype(str)
    found = samples_of(inputs.data, split, [told], set(ids))
    order = np.random.default_rng([inputs.context.seed, len(found)]).permutation(len(found))
    return [found[int(i)] for i in order]
