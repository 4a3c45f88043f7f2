"""A replayed rollout on the report page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Any

from stagewright.expression import parse
from stagewright.report.blocks import Block, Interval, Intervals, Lines, Series, Table, Text
from stagewright.rollout.watch import outcome_said
from stagewright_plugins.replaying.wording import evidence_said, number

from ._trace import Trace

Z = NormalDist().inv_cdf(0.975)
RATES = ("request.error", "feedback.negative", "label.correct")  # conditions are rates, too
TONES = {"promoted": "good", "rolled_back": "bad", "inconclusive": "warning"}
SHOWN = (
    "set_weight",
    "set_mirror",
    "guard",
    "paused",
    "resumed",
    "frozen",
    "notify",
    "promoted",
    "rolled_back",
)


def blocks(state: Mapping[str, Any], trace: Trace, against: str, verdict: str, reason: str) -> list[Block]:
    """The verdict, weights, evidence, arms and decisions."""
    said = f"{verdict.replace('_', ' ').capitalize()} against {against} after {state['requests']} requests: {reason}."
    return [
        Text("Rollout", text=said, tone=TONES[verdict]),
        _weights(trace),
        *_evidence(state["guards"], trace),
        *_arms(state["guards"]),
        _guards(state["guards"]),
        _log(trace.decisions),
    ]


def _weights(trace: Trace) -> Block:
    series = [Series("weight", trace.at, [100 * weight for weight in trace.weights])]
    if any(trace.mirrors):
        series.append(Series("mirrored", trace.at, [100 * mirror for mirror in trace.mirrors]))
    caption = "The new package's share of users' requests, and of copies that nobody sees, over the replay."
    return Lines("Weight", series=series, x_label="request", y_label="%", caption=caption)


def _evidence(guards: Sequence[Mapping[str, Any]], trace: Trace) -> list[Block]:
    processes = [item["guard"] for item in guards if "needed" in item["evidence"]]
    means = [item["guard"] for item in guards if "distance" in item["evidence"]]
    found: list[Block] = []
    if processes:
        series = [Series(name, trace.at, [_share(one[name]) for one in trace.guards]) for name in processes]
        series.append(Series("limit", [trace.at[0], trace.at[-1]], [1.0, 1.0]) if trace.at else series[0])
        caption = (
            "Logarithm of the evidence against the new package, as a share of what its guard needs to fail."
        )
        found.append(Lines("Evidence", series=series, x_label="request", y_label="share", caption=caption))
    return found + [block for name in means if (block := _interval(name, trace)) is not None]


def _share(evidence: Mapping[str, Any]) -> float:
    return max(-1.0, float(evidence["log_e"]) / float(evidence["needed"]))


def _interval(name: str, trace: Trace) -> Block | None:
    """A mean guard's running interval; above 0 is worse than tolerated."""
    rows = [
        (at, one[name])
        for at, one in zip(trace.at, trace.guards, strict=True)
        if one[name]["low"] is not None
    ]
    if len(rows) < 2:
        return None
    x = [at for at, _ in rows]
    keys = ("distance", "low", "high")
    series = [Series(key, x, [one[key] for _, one in rows]) for key in keys]
    caption = (
        "Distance to the margin with the interval that holds at every look: above 0 is worse than tolerated."
    )
    return Lines(f"Guard {name}", series=series, x_label="request", y_label="distance", caption=caption)


def _arms(guards: Iterable[Mapping[str, Any]]) -> list[Block]:
    """A chart for each guarded quantity: milliseconds and rates on one axis would hide the rates."""
    found = {item["metric"]: item for item in guards if item["test"] != "srm"}
    charts = ((metric, _both(metric, item)) for metric, item in found.items())
    caption = "Mean of each arm. 95 % intervals for one look, for orientation; the guards decide."
    return [Intervals(f"Both arms: {metric}", rows=rows, caption=caption) for metric, rows in charts if rows]


def _both(metric: str, guard: Mapping[str, Any]) -> list[Interval]:
    arms = ((arm, guard[arm]) for arm in ("stable", "canary") if guard[arm]["n"] > 1)
    interval = _rate if metric in RATES or parse(metric).is_condition else _mean
    return [Interval(name, arm["mean"], *interval(arm), arm["n"]) for name, arm in arms]


def _mean(arm: Mapping[str, Any]) -> tuple[float, float]:
    half = Z * arm["deviation"] / math.sqrt(arm["n"])
    return arm["mean"] - half, arm["mean"] + half


def _rate(arm: Mapping[str, Any]) -> tuple[float, float]:
    """Wilson's interval (1927): within 0 and 1, and not without width where nothing has happened yet."""
    n, rate = arm["n"], arm["mean"]
    middle, width = rate + Z * Z / (2 * n), Z * math.sqrt(rate * (1 - rate) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def _guards(guards: Sequence[Mapping[str, Any]]) -> Block:
    rows = [
        [
            item["guard"], item["metric"], item["test"], outcome_said(item), item["dryRun"], f"{item['alpha']:.3g}",
            item["stable"]["n"], number(item["stable"]["mean"]), item["canary"]["n"],
            number(item["canary"]["mean"]),
            evidence_said(item["evidence"]),
        ]
        for item in guards
    ]  # fmt: skip
    columns = ["guard", "metric", "test", "outcome", "dry run", "alpha", "stable n", "stable", "canary n", "canary",
               "evidence"]  # fmt: skip
    waived = [item["guard"] for item in guards if not item.get("awaited", True)]
    caption = f"Promotion does not wait for: {', '.join(waived)}." if waived else ""
    return Table("Guards", columns=columns, rows=rows, caption=caption)


def _log(decisions: Iterable[Mapping[str, Any]]) -> Block:
    rows = [
        [
            item["request"],
            f"{item['now'] / 60:.1f}",
            item["decision"].replace("_", " "),
            _percent(item),
            _about(item),
        ]
        for item in decisions
        if item["decision"] in SHOWN
    ]
    columns = ["request", "minute", "decision", "weight", "about"]
    return Table("Decisions", columns=columns, rows=rows, caption="Minutes on the rollout's own clock.")


def _percent(item: Mapping[str, Any]) -> str:
    return f"{100 * item['weight']:g} %"


def _about(item: Mapping[str, Any]) -> str:
    if item["decision"] == "guard":
        return f"{item['guard']}: {item['outcome']}"
    return str(item.get("reason", ""))
