"""What a look at the log finds: windows of the package's own requests, and what earlier looks left."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.live import event_log
from stagewright.stages.monitor import Inputs
from stagewright_plugins.monitoring.rolling import every
from stagewright_plugins.monitoring.windows import Window, cut

Event = Mapping[str, Any]
EVENTS = "events.jsonl"


@dataclass(frozen=True)
class Traffic:
    """Events and where they lie.

    Attributes:
        live: real traffic rather than a replay.
        folder: what references to payloads start from.
        now: Unix time of the look; of a replay, None: it ends with its newest event.
        known: windows judged by earlier looks, by key.
        told: changes of alerts that were told of, as (alert, window, state).
        retrained: Unix times of retrainings, and of requests for one that have no answer yet.
        about: what it is, where it is neither live nor a rollout's replay.
    """

    live: bool
    folder: Path
    now: float | None
    windows: list[Window]
    known: Mapping[str, Event] = field(default_factory=dict)
    told: frozenset[tuple[str, str, str]] = frozenset()
    retrained: tuple[float, ...] = ()
    about: str = ""


def traffic(inputs: Inputs, size: int | str, most: int) -> Traffic:
    """The replay's events where the recipe has a rollout, else the live log."""
    if inputs.rollout is not None:
        path = inputs.rollout.path / EVENTS
        if not path.is_file():
            raise StagewrightError(f"monitor: the rollout left no {EVENTS} to look at")
        events = list(event_log.read_file(path))
        return Traffic(False, path.parent, None, cut(_own(events, inputs.deploy.version), size, most))
    folder = event_log.folder(inputs.context.home, inputs.context.name)
    kept = list(every(folder))
    now = time.time()
    own = _own([event for event in kept if event.get("kind") in _TRAFFIC], inputs.deploy.version)
    return Traffic(True, folder, now, cut(own, size, most, now), **_left(kept))


_TRAFFIC = ("request", "label", "feedback", "hardware")


def _own(events: list[Event], version: str) -> Iterator[Event]:
    """Requests that this version answered, and what is not a request; all of them where none names it."""
    named = any(event.get("version") == version for event in events if _users(event))
    for event in events:
        if event.get("kind") != "request" or (
            _users(event) and (not named or event.get("version") == version)
        ):
            yield event


def _users(event: Event) -> bool:
    return event.get("kind") == "request" and event.get("arm") != "shadow"


def _left(events: Sequence[Event]) -> dict[str, Any]:
    known: dict[str, Event] = {}
    told: set[tuple[str, str, str]] = set()
    for event in events:
        if event.get("kind") == "window":
            known[event["key"]] = event
        elif event.get("kind") == "alert":
            told.add((event["alert"], event["window"], event["now"]))
    return {"known": known, "told": frozenset(told), "retrained": tuple(_retrained(events))}


def _retrained(events: Iterable[Event]) -> list[float]:
    """When a model was retrained, or that was asked for and nobody has yet: a request and its answer are one."""
    done: list[float] = []
    asked: list[float] = []
    for event in events:
        if event.get("kind") == "retrain" and event.get("status") != "interrupted":
            moment = event_log.seconds(event["t"])
            done, asked = ([*done, moment], []) if "run" in event else (done, [*asked, moment])
    return [*done, *asked]
