"""What alerts speak of and no window will have a value for (`monitoring/values.py`, `_judging.py` name them all)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.nearest import suggestion
from stagewright.rollout.mistakes import mistakes
from stagewright.rollout.policy import Contradiction
from stagewright.stages.known import Known, Misfit
from stagewright_plugins.replaying.policies import wrong_policy

TRAFFIC = (
    "requests", "requests_per_second", "errors", "error_rate", "rejected_rate", "latency_p50", "latency_p95",
    "latency_p99", "queue_p95", "predict_p95", "labelled", "feedback", "feedback_mean", "feedback_negative",
    "drifted", "drifted_now", "accuracy",
)  # fmt: skip
# Followed by a name of their own: a part of the machine, or a column of the package.
OPEN = ("system", "process", "hw", "drift")


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Names in alerts that no window has; retraining on alerts that are none; guards of a canary."""
    for i, rule in enumerate(settings["alerts"]):
        for name in sorted(rule.expression.names):
            if wrong := _wrong(name, known):
                yield Misfit(("monitor", "alerts", i, "expr"), f"{rule.expr!r} reads {name!r}: {wrong}")
    names = [rule.alert for rule in settings["alerts"]]
    retrain = settings["retrain"]
    for i, name in enumerate(retrain.alerts if retrain else ()):
        if name not in names:
            said = f"there is no alert {name!r}, {suggestion(name, names, 'alert')}"
            yield Misfit(("monitor", "retrain", "alerts", i), said)
    if "canary" in settings:
        for path, said in wrong_policy(settings["canary"], known):
            yield Misfit(("monitor", "canary", *path), said)


def stream_misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """The same, and data without a time to live through."""
    yield from misfits(settings, known)
    if known.declared and not known.declared.timed:
        said = (
            "'stream' lives through rows after a cut-off, but the data is not cut by time; leave `type` out"
        )
        yield Misfit(("monitor", "type"), said)


def contradictions(settings: Mapping[str, Any]) -> list[Contradiction]:
    """What is wrong between parts of a canary, as in the section `rollout`."""
    return [(("canary", *path), said) for path, said in mistakes(settings["canary"])]


def _wrong(name: str, known: Known) -> str:
    """Why no window has a value of that name; empty where one may."""
    head, _, rest = name.partition(".")
    if name in TRAFFIC or name in known.metrics or (head in OPEN and rest):
        return ""
    if head in ("estimated", "reference"):
        metric = rest.removesuffix(".low").removesuffix(".high") if head == "estimated" else rest
        among = (*known.metrics, "accuracy") if head == "estimated" else known.metrics
        return (
            ""
            if metric in among
            else f"no listed metric gives {metric!r}, {suggestion(metric, among, 'metric')}"
        )
    every = [*TRAFFIC, *known.metrics, *(f"reference.{key}" for key in known.metrics)]
    return f"no window has it, {suggestion(name, every, 'value')}"
