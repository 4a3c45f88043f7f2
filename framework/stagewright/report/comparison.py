"""Several runs side by side: what differs in their recipes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.report.charts.rows import intervals
from stagewright.report.figures import duration, moment, spread, words
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part, chip, tone
from stagewright.report.shell import document
from stagewright.report.table import cells
from stagewright.revisions import flattened

Run = Mapping[str, Any]
_MOST_SETTINGS, _MOST_KEYS = 12, 6


def render_comparison(records: list[dict[str, Any]]) -> str:
    """One page for runs as `record.load` gives them: settings that differ, outcome, KPIs, scores."""
    names = list(dict.fromkeys(words(run.get("name")) for run in records)) or ["No runs"]
    title = ", ".join(names)
    head = [
        element("p", "Comparison of runs", class_="kicker"),
        element("h1", title),
        element(
            "p", [element("span", f"{len(records)} runs"), element("span", _when(records))], class_="meta"
        ),
    ]
    parts = [part for part in (_table(records), _charts(records)) if part]
    return document(f"{title} · comparison", element("header", head, class_="banner"), parts)


def differing(records: Sequence[Run]) -> dict[str, list[Any]]:
    """Config paths whose value is not the same in all runs, with the value in each (None: not set)."""
    flat = [flattened(run.get("config") or {}) for run in records]
    keys = dict.fromkeys(key for settings in flat for key in settings)
    found = {key: [settings.get(key) for settings in flat] for key in keys}
    return {key: values for key, values in found.items() if any(value != values[0] for value in values)}


def _when(records: Sequence[Run]) -> str:
    started = sorted(str(run["started"]) for run in records if run.get("started"))
    return moment(started[0]) if started else ""


def _table(records: Sequence[Run]) -> Part | None:
    if not records:
        return None
    settings = dict(list(differing(records).items())[:_MOST_SETTINGS])
    keys = _keys(records)
    kpis = list(dict.fromkeys(str(kpi.get("name")) for run in records for kpi in run.get("kpis") or []))
    columns = ["Run", *settings, "Outcome", *map(words, kpis), *keys, "Time", "Cached"]
    rows = [
        _row(run, [values[i] for values in settings.values()], kpis, keys) for i, run in enumerate(records)
    ]
    best = _best(records, keys[0]) if keys else None
    note = (
        element("p", f"The stressed row is the best by {keys[0]}.", class_="caption")
        if best is not None
        else None
    )
    more = len(differing(records)) - len(settings)
    left = element("p", f"{more} more settings differ.", class_="caption") if more > 0 else None
    return Part(
        "Runs",
        join(note, cells(columns, rows, highlight=best, label="Runs"), left),
        "runs",
        kicker="What differs, and what came of it",
    )


def _row(run: Run, settings: Sequence[Any], kpis: Sequence[str], keys: Sequence[str]) -> list[Any]:
    status = str(run.get("status") or "unknown")
    shown = chip(status) if tone(status) else element("span", status.replace("_", " "), class_="chip")
    reached = {str(kpi.get("name")): kpi.get("value") for kpi in run.get("kpis") or []}
    steps = run.get("steps") or []
    cached = sum(step.get("status") == "cached" for step in steps)
    name: Html = element("code", str(run.get("id") or ""))
    return [
        name,
        *settings,
        shown,
        *(reached.get(kpi) for kpi in kpis),
        *(_score(run, key) for key in keys),
        duration(run.get("seconds")),
        f"{cached} of {len(steps)}",
    ]


def _score(run: Run, key: str) -> str:
    score = (run.get("metrics") or {}).get(key) or {}
    return spread(score.get("value"), score.get("low"), score.get("high"))


def _keys(records: Sequence[Run]) -> list[str]:
    """Headline values, the leading metric first."""
    known = dict.fromkeys(key for run in records for key in run.get("metrics") or {})
    leading = dict.fromkeys(
        spec["keys"][0] for run in records for spec in run.get("metric_specs") or [] if spec.get("keys")
    )
    return [
        *(key for key in leading if key in known),
        *(k for k in known if k not in leading and "." not in k),
    ][:_MOST_KEYS]


def _best(records: Sequence[Run], key: str) -> int | None:
    values = {i: (run.get("metrics") or {}).get(key, {}).get("value") for i, run in enumerate(records)}
    known = {index: value for index, value in values.items() if value is not None}
    lower = any(
        spec.get("direction") == "minimize" and key in (spec.get("keys") or ())
        for run in records
        for spec in run.get("metric_specs") or []
    )
    return (min if lower else max)(known, key=lambda index: known[index]) if len(known) > 1 else None


def _charts(records: Sequence[Run]) -> Part | None:
    drawn = [_chart(records, key) for key in _keys(records)]
    if not drawn or len(records) < 2:
        return None
    body = element("div", drawn, class_="beside two") if len(drawn) > 1 else join(drawn)
    return Part("Scores", body, "scores", kicker="With confidence intervals")


def _chart(records: Sequence[Run], key: str) -> Html:
    rows = [
        {"name": _name(run, records), **(run.get("metrics") or {}).get(key, {"value": None})}
        for run in records
    ]
    return element("section", element("h3", key), intervals({"rows": rows}), class_="block intervals")


def _name(run: Run, records: Sequence[Run]) -> str:
    """A run by the overrides it was started with, where these tell the runs apart."""
    told = [", ".join(map(str, item.get("overrides") or ())) for item in records]
    index = next(i for i, item in enumerate(records) if item is run)
    return told[index] if len(set(told)) == len(told) and told[index] else str(run.get("id") or index)
