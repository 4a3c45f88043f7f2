"""The strangest requests explained, where their payload was kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from stagewright.content import write_atomically
from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.live.event_log import payload_name
from stagewright.stages.deploy import BackendInputs
from stagewright.stages.monitor import Explained, ExplainInputs, Inputs
from stagewright_plugins.monitoring.frames import arrays
from stagewright_plugins.packaging.tensors import DTYPES

from ._choices import Choices
from ._judging import Judged
from ._package import Promised
from ._traffic import Traffic

EXPLAINED = "explained"  # folder of the pictures


def explained(
    inputs: Inputs, choices: Choices, package: Promised, found: Traffic, windows: Sequence[Judged]
) -> dict[str, Explained]:
    """By request id; those that cannot be (no payload any more) are left out."""
    wanted = {one.id for one in top(windows, choices.anomalies)}
    events = {str(event.get("id")): event for item in found.windows for event in item.requests}
    done = {}
    for id in sorted(wanted & events.keys()):
        batch = batch_of(events[id], package.signature, found)
        if batch:
            done[id] = one(inputs.context, choices, package, id, batch)
    return done


def only(inputs: Inputs, choices: Choices, package: Promised, found: Traffic) -> None:
    """Explain the one request that `explain` names; leaves `explained.json`.

    Raises:
        StagewrightError: there is no such request, or its payload was not kept.
    """
    id = str(choices.explain)
    events = (event for item in found.windows for event in item.requests if str(event.get("id")) == id)
    event = next(events, None)
    if event is None:
        raise StagewrightError(f"monitor: no request {id!r} in the last {len(found.windows)} windows")
    batch = batch_of(event, package.signature, found)
    if not batch:
        why = "raise `monitor.log.payload_rate` to keep more"
        raise StagewrightError(f"monitor: the payload of request {id!r} was not kept; {why}")
    done = one(inputs.context, choices, package, id, batch)
    picture = f"{EXPLAINED}/{payload_name(id)}/{done.picture}" if done.picture else ""
    told = {"id": id, **asdict(done), "picture": picture}
    write_atomically(inputs.context.workdir / "explained.json", json.dumps(told, indent=1) + "\n")


def top(windows: Sequence[Judged], most: int) -> list[Any]:
    """The strangest requests over all windows."""
    return sorted((one for item in windows for one in item.anomalies), key=lambda one: -one.score)[:most]


def one(
    context: Context, choices: Choices, package: Promised, id: str, batch: Mapping[str, np.ndarray]
) -> Explained:
    """One request, its picture in a folder of its own below `explained/`."""
    folder = context.workdir / EXPLAINED / payload_name(id)
    folder.mkdir(parents=True, exist_ok=True)
    backend = context.resolve("deploy.backend", {"type": package.signature["platform"]})
    engine = backend(BackendInputs(package.path, package.signature))
    return choices.explainer(
        ExplainInputs(engine, package.signature, batch, package.reference, folder, context.seed)
    )


def batch_of(event: Mapping[str, Any], signature: Mapping[str, Any], found: Traffic) -> dict[str, np.ndarray]:
    """The request's first sample as the package takes it; empty where its payload was not kept."""
    stored = arrays(event, found.folder)
    batch = {}
    for tensor in signature["inputs"]:
        name = tensor["name"]
        value = stored[name][:1] if name in stored else _plain(event, tensor)
        if value is None:
            return {}
        batch[name] = value
    return batch


def _plain(event: Mapping[str, Any], tensor: Mapping[str, Any]) -> np.ndarray | None:
    value = (event.get("inputs") or {}).get(tensor["name"])
    if isinstance(value, Mapping) or value is None:
        return None
    first = value[0] if isinstance(value, list) else value
    try:
        return np.array([first], dtype=DTYPES[tensor["datatype"]]).reshape([1] * len(tensor["shape"]))
    except (TypeError, ValueError) as error:
        raise StagewrightError(
            f"monitor: input {tensor['name']!r} in the log is {first!r}: {error}"
        ) from error
