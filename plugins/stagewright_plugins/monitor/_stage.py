"""A look at a live model: read, judge window by window, alert, decide about retraining, show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from stagewright import json_text, releases
from stagewright.content import write_atomically
from stagewright.live.alerts import Alerts, Change
from stagewright.live.event_log import seconds
from stagewright.live.retraining import reason
from stagewright.stages.monitor import Health, Inputs
from stagewright_plugins.monitoring.promql import exposition

from ._choices import Choices
from ._explaining import explained, only
from ._judging import Judge, Judged, completed, taken_over
from ._notices import tell
from ._package import Promised, promised
from ._recording import record, record_hardware
from ._showing import shown
from ._traffic import Traffic, traffic
from ._valued import valued


def judged(
    inputs: Inputs, choices: Choices, found: Traffic | None = None, reference: pd.DataFrame | None = None
) -> Health:
    """Everything from the events to the handle.

    Args:
        inputs: what the stage looks at.
        choices: its settings.
        found: the traffic; the rollout's or the live log's if not given.
        reference: what requests usually are; as the package's own file has it if not given.
    """
    context, package = inputs.context, promised(inputs.deploy.path)
    if reference is not None:
        package = replace(package, reference=reference)
    if found is None:
        if inputs.rollout is None and choices.hardware:
            record_hardware(inputs)
        found = traffic(inputs, choices.window, choices.horizon)
    if isinstance(choices.explain, str):
        only(inputs, choices, package, found)
        return Health(context.workdir)
    before = _before(choices.digest(inputs.deploy.version), found)
    every = completed(
        [*before, *_windows(inputs, choices, package, found)], package.metrics, choices.consecutive
    )
    windows = every[len(before) :]
    alerts, changes = _alerts(choices, every[: len(before)], windows, found)
    why = _retrain(inputs, choices, found, windows, alerts.firing)
    for change in changes:
        context.emit("alert", **asdict(change))
    if why:
        context.emit("retrain", reason=why)
    tell(choices, context, found, changes)
    reasons = explained(inputs, choices, package, found, windows) if choices.explain else {}
    _write(inputs, windows, changes, why)
    if found.live:
        record(found, windows, changes, why)
    context.show(*shown(inputs, choices, package, found, windows, changes, alerts, why, reasons))
    return Health(context.workdir, alerts.firing, why)


def _windows(inputs: Inputs, choices: Choices, package: Promised, found: Traffic) -> list[Judged]:
    digest, seed = choices.digest(inputs.deploy.version), inputs.context.seed
    judge = Judge(found, package, choices, digest, seed, valued(inputs, package.signature))
    done = []
    for index in range(len(found.windows)):
        done.append(judge(index))
        inputs.context.emit("progress", what="windows judged", done=index + 1, total=len(found.windows))
    return done


def _before(digest: str, found: Traffic) -> list[Judged]:
    """Windows judged alike that are beyond the horizon: what lasts since then has not begun only now."""
    if not found.windows:
        return []
    kept, first = {window.key for window in found.windows}, found.windows[0].start
    known = (item for item in found.known.values() if item.get("digest") == digest)
    older = [item for item in known if item["key"] not in kept and item["end"] <= first]
    return [taken_over(item) for item in sorted(older, key=lambda item: float(item["end"]))]


def _alerts(
    choices: Choices, before: Sequence[Judged], windows: Sequence[Judged], found: Traffic
) -> tuple[Alerts, list[Change]]:
    """Alerts after all windows, and what changed in `windows`.

    Of what changed `before`, everybody knows, unless an alert that fires since then was never told of: its rule is new.
    """
    alerts = Alerts(choices.alerts)
    earlier, changes = _changes(alerts, before), _changes(alerts, windows)
    last = {change.alert: change for change in earlier}  # the last one of each
    known = {(alert, window) for alert, window, state in found.told if state == "firing"}
    unheard = [one for one in last.values() if one.fired and (one.alert, one.window) not in known]
    return alerts, [*unheard, *changes]


def _changes(alerts: Alerts, windows: Sequence[Judged]) -> list[Change]:
    complete = (item for item in windows if item.complete)
    return [change for item in complete for change in alerts.observe(item.key, item.end, item.values)]


def _retrain(
    inputs: Inputs, choices: Choices, found: Traffic, windows: Sequence[Judged], firing: Sequence[str]
) -> str:
    if choices.retrain is None or not windows:
        return ""
    now = windows[-1].end if found.now is None else found.now
    champion = (
        releases.current(inputs.context.home, inputs.context.name, releases.CHAMPION) if found.live else None
    )
    began = seconds(champion.since) if champion and champion.since else windows[0].start
    return reason(choices.retrain, firing, began, found.retrained, now)


def _write(inputs: Inputs, windows: Sequence[Judged], changes: Sequence[Change], why: str) -> None:
    folder = inputs.context.workdir
    strange = [{"window": item.key, **asdict(one)} for item in windows for one in item.anomalies]
    strange.sort(key=lambda one: -float(one["score"]))
    files: Mapping[str, Any] = {
        "windows.json": [item.to_json() for item in windows],
        "alerts.json": [asdict(change) for change in changes],
        "anomalies.json": strange,
        "retrain.json": {"reason": why},
    }
    for name, content in files.items():
        write_atomically(folder / name, json_text.text(content, indent=1) + "\n")
    over = [item for item in windows if item.complete]
    if over:
        write_atomically(folder / "metrics.prom", exposition(inputs.context.name, over[-1].values))
