"""The look on the report page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from stagewright.live.alerts import Alerts, Change, said
from stagewright.report.blocks import (
    Block,
    Cell,
    Facts,
    Histogram,
    HistogramSeries,
    Lines,
    Series,
    Table,
    Text,
)
from stagewright.stages.monitor import Explained, Finding, Inputs
from stagewright_plugins.monitoring.columns import floats
from stagewright_plugins.monitoring.windows import label

from ._anomalies import pictured
from ._choices import Choices
from ._judging import Judged, lasting
from ._package import Promised
from ._traffic import Traffic

MOST_CURVES = 4  # metrics drawn one by one
MOST_COLUMNS = 3  # drifted columns whose distributions are drawn
BINS = 24
MADE_UP = 1e8  # seconds: a clock that began at 0 belongs to made-up traffic


def shown(
    inputs: Inputs,
    choices: Choices,
    package: Promised,
    found: Traffic,
    windows: Sequence[Judged],
    changes: Sequence[Change],
    alerts: Alerts,
    why: str,
    reasons: Mapping[str, Explained],
) -> list[Block]:
    """All blocks, what matters most first."""
    if not windows:
        return [Text("Live traffic", text="There is no request of this version to look at yet.")]
    return [
        _summary(inputs, choices, found, windows, alerts, why),
        *_alerts(choices, windows, alerts, changes),
        *_performance(choices, windows, alerts),
        *_traffic(choices, windows),
        *_drift(choices, windows),
        *_distributions(choices, package, found, windows),
        *_hardware(windows),
        *pictured(inputs, choices, package, found, windows, reasons),
    ]


def _summary(
    inputs: Inputs,
    choices: Choices,
    found: Traffic,
    windows: Sequence[Judged],
    alerts: Alerts,
    why: str,
) -> Facts:
    drifted = lasting(windows, choices.consecutive)
    facts: dict[str, Cell] = {
        "traffic": _sort(inputs, found),
        "version": inputs.deploy.version[:12],
        "requests": int(sum(item.values["requests"] for item in windows)),
        "windows": f"{len(windows)} ({label(choices.window)})",
        "labelled": int(sum(item.values["labelled"] for item in windows)),
        "drifted columns": ", ".join(drifted) or "none",
        "alerts firing": ", ".join(alerts.firing) or "none",
        "retraining": why or "not asked for",
    }
    return Facts("Health", facts=facts)


def _sort(inputs: Inputs, found: Traffic) -> str:
    if found.live or found.about:
        return found.about or "live"
    return f"replay, {inputs.rollout.verdict}" if inputs.rollout else "replay"


def _alerts(
    choices: Choices, windows: Sequence[Judged], alerts: Alerts, changes: Sequence[Change]
) -> Iterator[Block]:
    if not choices.alerts:
        return
    known = {name for item in windows for name in item.values}
    rows: list[list[Cell]] = []
    for rule in alerts.rules:
        own = [change for change in changes if change.alert == rule.alert]
        fired = [change for change in own if change.fired]
        last = said(rule, fired[-1].values) if fired else ""
        when = _time(fired[-1].at) if fired else ""
        missing = sorted(rule.expression.names - known)
        state = f"no window has {', '.join(missing)}" if missing else alerts.standing[rule.alert].state
        rows.append([rule.alert, rule.severity, state, rule.expr, str(rule.wait), len(fired), when, last])
    columns = ["alert", "severity", "state", "condition", "for", "fired", "last", "what it said"]
    yield Table("Alerts", columns=columns, rows=rows)


def _performance(choices: Choices, windows: Sequence[Judged], alerts: Alerts) -> Iterator[Block]:
    names = _metrics(windows)
    for name in names[:MOST_CURVES]:
        promise = f"reference.{name}"
        curves = {
            "measured": name,
            "estimated": f"estimated.{name}",
            "lowest likely": f"estimated.{name}.low",
            "highest likely": f"estimated.{name}.high",
            "promised by the card": promise,
        }
        marks = _marks(windows, alerts, name)
        series = [*_series(windows, curves), *marks]
        caption = "Measured where labels have come; estimated without them, from windows before."
        if coverage := _coverage(windows, name):
            caption += f" On reference windows the band held the truth in {coverage:.0%}."
        yield Lines(
            f"{name}, window by window", series=series, x_label="window", y_label=name, caption=caption
        )


def _metrics(windows: Sequence[Judged]) -> list[str]:
    """Metrics that labels brought or that were estimated, headline ones (promised by the card) first."""
    estimated = dict.fromkeys(one.metric for item in windows for one in item.estimates)
    promised = dict.fromkeys(
        name.removeprefix("reference.")
        for item in windows
        for name in item.values
        if name.startswith("reference.")
    )
    known = {name for item in windows for name in item.values}
    first = [name for name in promised if name in known or name in estimated]
    rest = [name for name in estimated if name not in first]
    return [
        *first,
        *rest,
        *(["accuracy"] if "accuracy" in known and "accuracy" not in [*first, *rest] else []),
    ]


def _coverage(windows: Sequence[Judged], metric: str) -> float | None:
    known = [one.coverage for item in windows for one in item.estimates if one.metric == metric]
    told = [value for value in known if value is not None]
    return told[-1] if told else None


def _traffic(choices: Choices, windows: Sequence[Judged]) -> Iterator[Block]:
    latency = {name: f"latency_{name}" for name in ("p50", "p95", "p99")}
    yield Lines("Latency", series=_series(windows, latency), x_label="window", y_label="ms")
    rates = {"errors": "error_rate", "refused": "rejected_rate", "negative feedback": "feedback_negative"}
    series = _series(windows, rates)
    if any(value for item in series for value in item.y):
        yield Lines("Errors and complaints", series=series, x_label="window", y_label="share of requests")


def _drift(choices: Choices, windows: Sequence[Judged]) -> Iterator[Block]:
    judged = [item for item in windows if item.findings]
    if not judged:
        text = f"No window has {choices.least} answered requests, or the package has no reference to compare with."
        yield Text("Drift", text=text)
        return
    counts = {"this window": "drifted_now", f"{choices.consecutive} windows in a row": "drifted"}
    yield Lines("Columns that drifted", series=_series(windows, counts), x_label="window", y_label="columns")
    yield Table(
        "Drift of the last window",
        columns=["column", "detector", "effect", "floor", "p", "drifted", "windows drifted"],
        rows=[_finding(item, judged) for item in _worst(judged[-1].findings)],
        caption=f"p is not corrected; a column has drifted where p holds after correction (alpha {choices.alpha:g} "
        "for all columns together) and the effect reaches its floor.",
    )


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda item: (not item.drifted, -(item.effect / (item.floor or 1.0))))


def _finding(item: Finding, judged: Sequence[Judged]) -> list[Cell]:
    times = sum(
        any(
            one.drifted and (one.detector, one.column) == (item.detector, item.column)
            for one in window.findings
        )
        for window in judged
    )
    p = None if item.p_value is None else float(f"{item.p_value:.2g}")
    column = "all together" if item.column == "*" else item.column
    return [
        column,
        item.detector,
        round(item.effect, 4),
        item.floor,
        p,
        item.drifted,
        f"{times} of {len(judged)}",
    ]


def _distributions(
    choices: Choices, package: Promised, found: Traffic, windows: Sequence[Judged]
) -> Iterator[Block]:
    """Reference and last window of the columns that drifted most."""
    from ._judging import Judge

    judged = [(index, item) for index, item in enumerate(windows) if item.findings]
    if not judged:
        return
    index, last = judged[-1]
    drifted = dict.fromkeys(
        item.column for item in _worst(last.findings) if item.drifted and item.column != "*"
    )
    if not drifted:
        return
    frame = Judge(found, package, choices, "", 0).frame(found.windows[index])
    for name in list(drifted)[:MOST_COLUMNS]:
        if name in frame and pd.api.types.is_numeric_dtype(package.reference[name]):
            yield _histogram(name, {"reference": package.reference[name], "last window": frame[name]})


def _histogram(name: str, parts: Mapping[str, pd.Series]) -> Histogram:
    numbers = {key: floats(values) for key, values in parts.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(numbers.values())), bins=BINS)
    series = [
        HistogramSeries(key, edges.tolist(), np.histogram(values, edges)[0].tolist())
        for key, values in numbers.items()
    ]
    return Histogram(f"{name} has drifted", series=series, x_label=name)


def _hardware(windows: Sequence[Judged]) -> Iterator[Block]:
    names = ("system.", "process.", "hw.")
    last = next(
        (item for item in reversed(windows) if any(name.startswith(names) for name in item.values)), None
    )
    if last:
        facts: dict[str, Cell] = {
            name: float(f"{value:.4g}") for name, value in last.values.items() if name.startswith(names)
        }
        yield Facts(
            "Hardware", facts=facts, caption=f"Newest window with measurements, ended {_time(last.end)}."
        )


def _series(windows: Sequence[Judged], curves: Mapping[str, str]) -> list[Series]:
    """One curve per value that any window has; a gap where a window has none."""
    numbers = [float(i + 1) for i in range(len(windows))]
    return [
        Series(title, numbers, [item.values.get(name) for item in windows])
        for title, name in curves.items()
        if any(name in item.values for item in windows)
    ]


def _marks(windows: Sequence[Judged], alerts: Alerts, metric: str) -> list[Series]:
    """Where alerts about a metric fired: points on its curve."""
    marks = []
    for rule in alerts.rules:
        read = rule.expression.names & {metric, f"estimated.{metric}", f"estimated.{metric}.low"}
        if not read:
            continue
        replayed, points = Alerts([rule]), []
        for item in windows:
            if item.complete:
                replayed.observe(item.key, item.end, item.values)
            points.append(item.values.get(min(read)) if replayed.firing else None)
        if any(point is not None for point in points):
            marks.append(Series(f"{rule.alert} fires", [float(i + 1) for i in range(len(windows))], points))
    return marks


def _time(moment: float) -> str:
    if moment < MADE_UP:
        return f"{timedelta(seconds=round(moment))} after the start"
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
