"""The plan and what became of it: every step, whether it ran or was cached, why, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.report.charts.frame import percent
from stagewright.report.figures import duration
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part, chip
from stagewright.report.table import scroll

Step = Mapping[str, Any]


def plan(run: Mapping[str, Any]) -> Part | None:
    """A small timeline, one row per step."""
    steps = timed(run)
    if not steps:
        return None
    total = sum(step["seconds"] for step in steps)
    rows, begin = [], 0.0
    for step in steps:
        rows.append(_row(step, begin, total))
        begin += step["seconds"]
    head = [
        element("th", name, scope="col", class_=side)
        for name, side in (("Step", None), ("", None), ("Time", "num"), ("", None), ("Why", None))
    ]
    inner = element(
        "table", element("thead", element("tr", head)), element("tbody", rows), class_="cells plan"
    )
    lead = element("p", _lead(steps, total), class_="lead")
    return Part("Plan", join(lead, scroll(inner, "Plan")), "plan", kicker="What ran, what was known already")


def timed(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The planned steps with what became of each; `unreached` where the run ended before it."""
    done = {str(step.get("step")): step for step in run.get("steps") or []}
    planned = run.get("plan") or []
    names = list(dict.fromkeys([*(str(item.get("step")) for item in planned), *done]))
    about = {str(item.get("step")): item for item in planned}
    ahead = {"status": "unreached", "reason": ""}
    found = [{**about.get(name, {}), **(done.get(name) or ahead), "step": name} for name in names]
    return [step | {"seconds": float(step.get("seconds") or 0.0)} for step in found]


def _lead(steps: Sequence[Step], total: float) -> str:
    cached = [step for step in steps if step["status"] == "cached"]
    saved = sum(step.get("seconds_when_run") or 0.0 for step in cached)
    told = f"{duration(total)} of work"
    if cached:
        told += f"; {len(cached)} of {len(steps)} steps came from the cache"
        told += f", which saved {duration(saved)}" if saved >= 1 else ""
    return told + "."


def _row(step: Step, begin: float, total: float) -> Html:
    status, seconds = str(step["status"]), float(step["seconds"])
    name = join(element("b", step["step"]), " ", element("span", step.get("plugin") or "", class_="note"))
    words = {"unreached": "not reached"}.get(status, status)
    sign = chip(status, words)
    took = duration(seconds) if status in ("ran", "failed", "unfinished") else ""
    return element(
        "tr",
        element("th", name, scope="row"),
        element("td", sign),
        element("td", took, class_="num"),
        element("td", _span(status, begin, seconds, total), class_="drawn"),
        element("td", _reason(step), class_="why"),
    )


def _reason(step: Step) -> str:
    saved = step.get("seconds_when_run")
    reason = str(step.get("reason") or "")
    if step["status"] == "cached" and saved and saved >= 1:
        return f"{reason or 'nothing changed'}; {duration(saved)} saved"
    return reason


def _span(status: str, begin: float, seconds: float, total: float) -> Html:
    """Where in the run's time the step stands; a dot for one that took none."""
    start, width = (begin / total, seconds / total) if total else (0.0, 0.0)
    line = element("line", class_="grid", x1="0", x2="100%", y1="13", y2="13")
    shape = None
    if seconds and status != "cached":
        shape = element(
            "rect",
            class_=f"span {status}",
            x=percent(start),
            width=percent(max(width, 0.006)),
            y="7",
            height="12",
            rx="2",
        )
    elif status in ("cached", "ran"):
        shape = element("circle", class_=f"span {status}", cx=percent(start), cy="13", r="4")
    return element("svg", line, shape, width="100%", height=26, aria_hidden="true")
