"""A period judged when it is over: what its requests were like, what is known of the answers by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.live import event_log
from stagewright.live.event_log import stamp
from stagewright.stages.monitor import Inputs
from stagewright_plugins.monitoring.windows import Window
from stagewright_plugins.replaying.samples import Sample, Truth
from stagewright_plugins.tables.arriving import Arriving
from stagewright_plugins.tables.reading import Rows

from ._choices import Choices
from ._judging import MOST_LABELLED, Judge, Judged
from ._package import promised
from ._stream_packages import Answering
from ._stream_periods import Period
from ._traffic import Traffic

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """The requests of a period as a window of those that one version answered."""

    window: Window
    version: str
    traffic: Traffic


def seen(period: Period, events: Path) -> Seen:
    """The window of the version that answered most of the period."""
    read = list(event_log.read_file(events))
    asked = [event for event in read if event["kind"] == "request" and event["arm"] != "shadow"]
    version = Counter(str(event["version"]) for event in asked).most_common(1)[0][0]
    own = [event for event in asked if event["version"] == version]
    names = {event["id"] for event in own}
    labels = {event["id"]: event for event in read if event["kind"] == "label" and event["id"] in names}
    window = Window(period.key, period.start, period.end, True, own, labels)
    return Seen(window, version, Traffic(False, events.parent, None, [window]))


def judged(
    inputs: Inputs, choices: Choices, found: Seen, answered: Answering, known: Arriving, truth: Truth
) -> Judged:
    """Drift against the package's reference, performance as far as labels came, and an estimate without them.

    `answered` is the package of the window; `known` are rows whose labels were known when the period began, which
    the estimators may learn from.
    """
    package = promised(answered.path)
    windows = [_labelled(known, answered, truth), found.window]
    traffic = Traffic(False, found.traffic.folder, None, windows)
    return Judge(traffic, package, choices, "", inputs.context.seed)(1)


def held_out(past: Arriving, arriving: Arriving, answered: Answering, now: float) -> Arriving:
    """Rows that a package did not learn from and whose labels are known at `now`: the newest of them.

    Those are its test split (the last rows before `until` whose labels were known by then), and all that
    came later. `past` is the first dataset's test split, `arriving` all rows after it.
    """
    both = [past, arriving]
    times, known = (np.concatenate([getattr(one, name) for one in both]) for name in ("times", "known"))
    before = np.flatnonzero((times < answered.until) & (known <= answered.until))
    after = np.flatnonzero((times >= answered.until) & (known <= now))
    chosen = np.concatenate([before[len(before) - answered.held_out :], after])[-MOST_LABELLED:]
    first, later = chosen[chosen < len(past)], chosen[chosen >= len(past)] - len(past)
    return _joined(past.taken(first), arriving.taken(later))


def _joined(first: Arriving, later: Arriving) -> Arriving:
    """Both, in order."""
    rows = Rows(
        [*first.rows.ids, *later.rows.ids],
        {
            name: np.concatenate([values, later.rows.inputs[name]])
            for name, values in first.rows.inputs.items()
        },
        np.concatenate([first.rows.targets, later.rows.targets]),
    )
    times, known = (
        np.concatenate([getattr(one, name) for one in (first, later)]) for name in ("times", "known")
    )
    return Arriving(rows, times, known, np.concatenate([first.groups, later.groups]))


def _labelled(known: Arriving, answered: Answering, truth: Truth) -> Window:
    """Those rows as if they had been requests: what estimators learn from."""
    window = Window("known", 0.0, 0.0, True)
    if not len(known):
        return window
    given = answered.probabilities(known.rows.inputs)
    for i, name in enumerate(known.rows.ids):
        label, target = int(given[i].argmax()), int(known.rows.targets[i])
        outputs = {"label": label, "probability": given[i].tolist(), "confidence": float(given[i].max())}
        request = {
            "t": stamp(float(known.times[i])),
            "kind": "request",
            "id": name,
            "arm": "stable",
            "version": answered.version,
            "status": 200,
            "inputs": {key: _plain(values[i]) for key, values in known.rows.inputs.items()},
            "outputs": outputs,
        }
        window.requests.append(request)
        arrays = {"label": np.array([label]), "probability": given[i : i + 1]}
        values = truth.values(Sample(name, {}, np.asarray(target)), arrays)
        window.labels[name] = {"id": name, "values": values, "target": target}
    return window


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return None if np.isnan(value) else float(value)
