"""What the business asked for, in its own words: problem, people, KPIs, and how the question changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.report.charts.frame import percent as length
from stagewright.report.charts.track import mark, track
from stagewright.report.draw import facts
from stagewright.report.figures import NONE, amount, day, difference, finite, listing, percent, words
from stagewright.report.markup import Html, element, escape, join
from stagewright.report.parts.part import Part, chip

Run = Mapping[str, Any]


def objective(run: Run) -> Part | None:
    """Problem, owner, stakeholders, KPIs, revisions."""
    goal = run.get("objective") or (run.get("config") or {}).get("objective") or {}
    kpis = run.get("kpis") or goal.get("kpis") or []
    if not goal and not kpis:
        return None
    problem = element("p", goal["problem"], class_="problem") if goal.get("problem") else None
    body = join(problem, _people(goal), [_kpi(kpi, run) for kpi in kpis], _revisions(goal, run))
    return Part("Objective", body, "objective", kicker="What the business asked for")


def _people(goal: Run) -> Html | None:
    people: dict[str, Html] = {"Owner": escape(goal["owner"])} if goal.get("owner") else {}
    for person in goal.get("stakeholders") or []:
        role, name = words(person.get("role")), person.get("name") or person.get("contact") or ""
        approves = person.get("approves") or ()
        note = f"approves {listing(map(str, approves))}" if approves else None
        told = join(
            element("span", name) if name else None, element("span", note, class_="under") if note else None
        )
        people[role] = join(people.get(role), told)
    return facts(people) if people else None


def _kpi(kpi: Run, run: Run) -> Html:
    name = words(kpi.get("name"))
    sentence = _sentence(kpi, run)
    reached = kpi.get("reached")
    if reached is None and run.get("status") == "not_needed":
        reached = kpi.get("no_ml_reached")
    verdict = (
        None
        if reached is None
        else chip("reached" if reached else "missed", "target reached" if reached else "target not reached")
    )
    head = element("div", element("h3", name), verdict, class_="kpi-head")
    estimate = (
        element("p", "Estimated as ", element("code", kpi["estimate"]), class_="caption")
        if kpi.get("estimate")
        else None
    )
    return element(
        "section", head, element("p", sentence), track(kpi, sentence), _figures(kpi), estimate, class_="kpi"
    )


def _figures(kpi: Run) -> Html:
    """The track's marks with their names and numbers."""
    aim = "≤" if kpi.get("direction") == "minimize" else "≥"
    named = {
        "baseline": ("Today", ""),
        "no_ml": ("Without ML", ""),
        "value": ("This model", ""),
        "target": ("Target", f"{aim} "),
    }
    cells = []
    for key, (name, before) in named.items():
        known = finite(kpi.get(key))
        shape = element("svg", mark(key, length(0.5), 9), width="20", height="18", aria_hidden="true")
        figure = f"{before}{amount(kpi[key], kpi.get('unit'))}" if known else "not estimated"
        told = element("dd", figure, class_=None if known else "note")
        cells.append(element("div", element("dt", shape, name), told))
    return element("dl", cells, class_="kpi-figures")


def _sentence(kpi: Run, run: Run) -> str:
    """The whole story of a KPI, in words anybody understands."""
    unit, today, target = kpi.get("unit") or "", kpi.get("baseline"), kpi.get("target")
    aim = "at most" if kpi.get("direction") == "minimize" else "at least"
    parts = [f"Today: {amount(today, unit)}.", f"The target is {aim} {amount(target, unit)}."]
    no_ml, value = kpi.get("no_ml"), kpi.get("value")
    if finite(no_ml):
        parts.append(
            f"Without machine learning {amount(no_ml, unit)} can be reached{_change(today, no_ml, unit)}."
        )
    if finite(value):
        parts.append(
            f"With this model it is {amount(value, unit)}{_change(today, value, unit)}: {_outcome(kpi)}."
        )
    elif run.get("status") == "not_needed" and kpi.get("no_ml_reached"):
        parts.append("That already meets the target, so no model was trained.")
    else:
        parts.append("This run did not get as far as an estimate for a model.")
    return " ".join(parts)


def _outcome(kpi: Run) -> str:
    value, target, unit = float(kpi["value"]), kpi.get("target"), kpi.get("unit") or ""
    if not finite(target):
        return "there is no target to compare with"
    gap = difference(value - float(target), unit)
    if value == target:
        return "exactly the target"
    return (
        f"the target is reached with {gap} to spare" if kpi.get("reached") else f"{gap} short of the target"
    )


def _change(today: Any, value: Any, unit: str) -> str:
    """Against today, as a share of it; of percentages in points."""
    if not (finite(today) and finite(value)) or not today:
        return ""
    share = (value - today) / abs(today)
    if abs(share) < 0.005:
        return ""
    change = difference(value - today, unit) if unit == "%" else percent(abs(share))
    return f", {change} {'less' if share < 0 else 'more'} than today"


def _revisions(goal: Run, run: Run) -> Html | None:
    items = goal.get("revisions") or []
    if not items:
        return None
    if len(items) == 1:
        return element(
            "p",
            f"The objective is unchanged since {day(items[0].get('date'))} (revision 1).",
            class_="caption",
        )
    told = [_revision(item, str(run.get("id"))) for item in reversed(items)]
    return element(
        "section",
        element("h3", "How the question changed"),
        element("ol", told, class_="revisions"),
        class_="block",
    )


def _revision(item: Run, run: str) -> Html:
    by = "this run" if item.get("run") == run else f"run {item.get('run')}"
    head = element(
        "p",
        element("b", f"Revision {item.get('revision', NONE)}"),
        element("span", f" · {day(item.get('date'))} · {by}", class_="note"),
    )
    changes = [element("li", element("code", change)) for change in item.get("changes") or []]
    return element("li", head, element("ul", changes))
