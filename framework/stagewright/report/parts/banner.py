"""The top of the page: what ran, how it ended, and the few figures that say it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stagewright.report.figures import (
    amount,
    duration,
    finite,
    like,
    listing,
    moment,
    number,
    plural,
    spread,
    words,
)
from stagewright.report.markup import Html, coded, element
from stagewright.report.parts.part import sign

# status → (tone, the verdict in words)
VERDICTS = {
    "succeeded": ("good", "Everything asked of this run is met."),
    "gate_failed": ("bad", "Not every condition is met."),
    "not_needed": ("info", "Machine learning is not needed here."),
    "review_pending": ("warning", "Waiting for a person’s verdict."),
    "budget_exceeded": ("bad", "The run used more than its budget."),
    "failed": ("bad", "The run failed."),
    "interrupted": ("warning", "The run was interrupted."),
    "killed": ("bad", "The run was killed before it ended."),
    "running": ("warning", "The run is still working."),
}


def banner(run: Mapping[str, Any]) -> Html:
    """Title, verdict and headline figures."""
    name = str(run.get("name") or run.get("id") or "run")
    about = [moment(run.get("started")), _took(run), str(run.get("id") or "")]
    title = element("h1", words(name))
    why = str(run.get("reason") or "")
    about += [f"retrained: {why}"] if why else []
    meta = element("p", [element("span", item) for item in about if item], class_="meta")
    return element(
        "header",
        element("p", "Run report", class_="kicker"),
        title,
        meta,
        _verdict(run),
        _headline(run),
        class_="banner",
    )


def verdict(run: Mapping[str, Any]) -> tuple[str, str]:
    """Tone and words of a run's status; a succeeded run without gates had nothing asked of it.

    A KPI stops no run, so a run that succeeded can still miss what the business asked for: that is said first.
    """
    status = str(run.get("status") or "")
    if status == "succeeded" and (
        missed := [kpi for kpi in run.get("kpis") or [] if kpi.get("reached") is False]
    ):
        done = "Every condition is met" if run.get("gates") else "The run finished"
        return "warning", f"{done}, but {_short_of(missed)}."
    if status == "succeeded" and not run.get("gates"):
        return "good", "The run finished."
    return VERDICTS.get(status, ("warning", words(status) or "The record of this run is incomplete."))


def _verdict(run: Mapping[str, Any]) -> Html:
    colour, said = verdict(run)
    message = str(run.get("message") or "")
    below = (
        element("p", coded(message)) if message and message not in ("finished", "all gates passed") else None
    )
    icon = element("span", sign("good" if colour == "info" else colour), class_="icon", aria_hidden="true")
    return element(
        "div",
        icon,
        element("div", element("p", said, class_="says"), below),
        class_=f"verdict {colour}",
        role="status",
    )


def _short_of(missed: Sequence[Mapping[str, Any]]) -> str:
    """`minutes per slice misses its target`."""
    names = listing(words(kpi.get("name")).lower() for kpi in missed)
    return f"{names} {'misses its target' if len(missed) == 1 else 'miss their targets'}"


def _took(run: Mapping[str, Any]) -> str:
    seconds = run.get("seconds")
    return f"took {duration(seconds)}" if seconds is not None else ""


def _headline(run: Mapping[str, Any]) -> Html | None:
    figures = [*_kpi(run), *_leading(run), *_gates(run), *_steps(run)]
    cells = [
        element(
            "div",
            element("dt", name),
            element("dd", value),
            [element("dd", note, class_="note") for note in notes if note],
        )
        for name, value, *notes in figures
    ]
    return element("dl", cells, class_="headline") if cells else None


# Each of these gives at most one figure: its name, its value, and lines of small print.


def _kpi(run: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The first KPI, as the model reaches it or else as it can be reached without ML."""
    kpi: Mapping[str, Any] = next(iter(run.get("kpis") or []), {})
    value, without = kpi.get("value"), kpi.get("no_ml")
    if finite(value) or finite(without):
        aim = "at most" if kpi.get("direction") == "minimize" else "at least"
        shown = amount(value if finite(value) else without, kpi.get("unit"))
        met = kpi.get("reached") if finite(value) else kpi.get("no_ml_reached")
        outcome = "" if met is None else ": reached" if met else ": missed"
        told = f"target {aim} {number(kpi.get('target'))}{outcome}; today {number(kpi.get('baseline'))}"
        yield words(kpi.get("name")), shown, told, "" if finite(value) else "without ML"


def _leading(run: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    metrics, specs = run.get("metrics") or {}, run.get("metric_specs") or []
    key = specs[0]["keys"][0] if specs and specs[0].get("keys") else next(iter(metrics), "")
    score = metrics.get(key) or {}
    if finite(score.get("value")):
        value, _, interval = spread(score["value"], score.get("low"), score.get("high")).partition(" ")
        without = ((run.get("baseline") or {}).get(key) or {}).get("value")
        yield key, value, interval, f"without ML {like(without, score['value'])}" if finite(without) else ""


def _gates(run: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    if gates := run.get("gates") or []:
        passed = sum(bool(gate.get("passed")) for gate in gates)
        yield "Conditions met", f"{passed} of {len(gates)}"


def _steps(run: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    if steps := run.get("steps") or []:
        cached = [step for step in steps if step.get("status") == "cached"]
        ran = sum(step.get("status") == "ran" for step in steps)
        saved = sum(step.get("seconds_when_run") or 0.0 for step in cached)
        found = f"{plural(len(cached), 'step')} from cache" if cached else ""
        yield (
            "Steps run",
            f"{ran} of {len(run.get('plan') or steps)}",
            found,
            (f"{duration(saved)} saved" if saved >= 1 else ""),
        )
