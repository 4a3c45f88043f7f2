"""The named values of a window: what alerts, tables and curves speak of.

| name | |
|---|---|
| `requests`, `requests_per_second` | volume |
| `errors`, `error_rate` | requests the server failed on (status 500 and above, or an error) |
| `rejected_rate` | share refused (status 400 to 499): malformed, or too many |
| `latency_p50`, `latency_p95`, `latency_p99` | ms, whole request, of those answered |
| `queue_p95`, `predict_p95` | ms, of its parts |
| `labelled` | requests whose truth is known |
| `<metric>` | mean of a metric over them, as their labels give it |
| `accuracy` | where labels give only the truth: share of right answers |
| `feedback`, `feedback_mean`, `feedback_negative` | what users said: how many, mean, share below 0 |
| `system.cpu.utilization`, ... | hardware, in OpenTelemetry's names, mean over the window |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stagewright.rollout.measured import LARGEST

from .columns import OUTPUT, TARGET, VALUE
from .windows import Window

Values = dict[str, float]


def values(window: Window, frame: pd.DataFrame) -> Values:
    """Everything but drift and estimates; `frame` is the window's `live_frame`."""
    return {
        **_traffic(window),
        **performance(frame),
        **_feedback(_said(window)),
        **{name: float(np.mean(series)) for name, series in window.hardware.items()},
    }


def performance(frame: pd.DataFrame) -> Values:
    """Mean of every labelled metric; how many rows have a label."""
    metrics = [name for name in frame.columns if str(name).startswith(VALUE)]
    found = {
        name.removeprefix(VALUE): float(frame[name].mean()) for name in metrics if frame[name].notna().any()
    }
    labelled = frame[metrics].notna().any(axis=1) if metrics else pd.Series(False, index=frame.index)
    right = hits(frame)
    if right is not None:
        found.setdefault("accuracy", float(right.mean()))
        labelled = labelled | frame[TARGET].notna()
    return {**found, "labelled": float(labelled.sum())}


def hits(frame: pd.DataFrame) -> pd.Series | None:
    """Per row with a truth, whether the answer is right; None where there is neither."""
    answer = f"{OUTPUT}label"
    if TARGET not in frame or answer not in frame or not frame[TARGET].notna().any():
        return None
    known = frame[frame[TARGET].notna()]
    return known[TARGET].astype(str) == known[answer].astype(str)


def _traffic(window: Window) -> Values:
    count = len(window.requests)
    statuses = [int(event.get("status") or 200) for event in window.requests]
    errors = sum(
        status >= 500 or (status < 400 and bool(event.get("error")))
        for status, event in zip(statuses, window.requests, strict=True)
    )
    length = window.end - window.start
    found = {
        "requests": float(count),
        "errors": float(errors),
        "error_rate": errors / count if count else 0.0,
        "rejected_rate": sum(400 <= status < 500 for status in statuses) / count if count else 0.0,
        **({"requests_per_second": count / length} if length > 0 else {}),
    }
    answered = [
        event.get("latency_ms") or {}
        for event, status in zip(window.requests, statuses, strict=True)
        if status < 400
    ]
    return found | _latency(answered)


def _latency(parts: Sequence[Mapping[str, Any]]) -> Values:
    wanted = {"latency": ("total", (50, 95, 99)), "queue": ("queue", (95,)), "predict": ("predict", (95,))}
    found: Values = {}
    for name, (part, percentiles) in wanted.items():
        times = [float(item[part]) for item in parts if item.get(part) is not None]
        if times:
            cuts = np.percentile(times, percentiles)
            found |= {f"{name}_p{p}": float(cut) for p, cut in zip(percentiles, cuts, strict=True)}
    return found


def _said(window: Window) -> list[float]:
    """What users said in numbers; one too large to be averaged says nothing."""
    told = [float(event["value"]) for event in window.feedback if event.get("value") is not None]
    return [value for value in told if abs(value) <= LARGEST]


def _feedback(said: Sequence[float]) -> Values:
    if not said:
        return {"feedback": 0.0}
    negative = sum(value < 0 for value in said) / len(said)
    return {
        "feedback": float(len(said)),
        "feedback_mean": float(np.mean(said)),
        "feedback_negative": negative,
    }
