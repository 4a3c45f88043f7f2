"""A look at live traffic written back to its log: what the machine did, windows, alerts, requests to retrain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from stagewright.live.alerts import Change
from stagewright.live.event_log import EventLog, folder
from stagewright.stages.monitor import Inputs
from stagewright_plugins.monitoring.hardware import measured
from stagewright_plugins.monitoring.rolling import roll

from ._judging import Judged
from ._traffic import Traffic


def record_hardware(inputs: Inputs) -> None:
    """What the machine is doing now; it belongs to the window that is filling."""
    place = folder(inputs.context.home, inputs.context.name)
    if place.is_dir():
        with EventLog(place) as log:
            log.write({"kind": "hardware", "values": measured()})


def record(found: Traffic, windows: Sequence[Judged], changes: Sequence[Change], why: str) -> None:
    """What is new since the last look, then roll up what no writer holds open. Looking again adds nothing."""
    if not found.folder.is_dir():
        return
    with EventLog(found.folder) as log:
        for item in windows:
            known = found.known.get(item.key)
            if item.complete and not (
                known and (known["digest"], tuple(known["size"])) == (item.digest, item.size)
            ):
                log.write({"kind": "window", **item.to_json()})
        for change in changes:
            if (change.alert, change.window, change.now) not in found.told:
                log.write({"kind": "alert", **asdict(change)})
    if why:
        with EventLog(found.folder) as log:  # a segment of its own, since it is not rolled up
            log.write({"kind": "retrain", "reason": why, "window": windows[-1].key})
    roll(found.folder)
