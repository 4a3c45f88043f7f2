"""Several runs side by side on one page: what differs in their recipes, and what came of it."""

from __future__ import annotations

from typing import Any

from stagewright.report.charts.rows import intervals
from stagewright.report.compared import Compared, compare
from stagewright.report.figures import day, duration, plural, spread, words
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part, chip
from stagewright.report.shell import document
from stagewright.report.table import cells, fixed

_MOST_SETTINGS = 12


def render_comparison(records: list[dict[str, Any]]) -> str:
    """One page for runs as `record.load` gives them: settings that differ, outcome, KPIs, scores."""
    title = ", ".join(dict.fromkeys(words(run.get("name")) for run in records)) or "No runs"
    compared = compare(records)
    parts = [_runs(compared), _scores(compared)] if records else []
    return document(f"{title} · comparison", _banner(compared, title), [part for part in parts if part])


def _banner(compared: Compared, title: str) -> Html:
    days = sorted({day(run["started"]) for run in compared.runs if run.get("started")})
    about = [plural(len(compared.runs), "run"), ", ".join(days)]
    meta = element("p", [element("span", item) for item in about if item], class_="meta")
    kicker = element("p", "Comparison of runs", class_="kicker")
    return element("header", kicker, element("h1", title), meta, class_="banner")


def _runs(compared: Compared) -> Part:
    shown = dict(list(compared.settings.items())[:_MOST_SETTINGS])
    columns = ["Run", *shown, "Outcome", *map(words, compared.kpis), *compared.keys, "Time", "Cached"]
    rows = [_row(compared, index, shown) for index in range(len(compared.runs))]
    table = cells(columns, rows, highlight=compared.best, label="Runs")
    said = f"The stressed row is the best by {compared.keys[0]}." if compared.best is not None else ""
    more = len(compared.settings) - len(shown)
    said += f" {plural(more, 'more setting')} not shown." if more else ""
    note = element("p", said.strip(), class_="caption") if said else None
    return Part("Runs", join(note, table), "runs", kicker="What differs, and what came of it")


def _row(compared: Compared, index: int, shown: dict[str, Any]) -> list[Any]:
    run = compared.runs[index]
    steps = run.get("steps") or []
    cached = sum(step.get("status") == "cached" for step in steps)
    return [
        element("code", str(run.get("id") or index + 1)),
        *(values[index] for values in shown.values()),
        chip(str(run.get("status") or "unknown")),
        *(values[index] for values in compared.kpis.values()),
        *(_score(compared, index, key) for key in compared.keys),
        fixed(duration(run.get("seconds"))),
        f"{cached} of {len(steps)}",
    ]


def _score(compared: Compared, index: int, key: str) -> Html:
    score = compared.score(index, key)
    return fixed(spread(score.get("value"), score.get("low"), score.get("high")))


def _scores(compared: Compared) -> Part | None:
    drawn = [_chart(compared, key) for key in compared.keys]
    if not drawn or len(compared.runs) < 2:
        return None
    body = element("div", drawn, class_="beside two") if len(drawn) > 1 else join(drawn)
    return Part("Scores", body, "scores", kicker="With confidence intervals")


def _chart(compared: Compared, key: str) -> Html:
    rows = [{"name": compared.name(i), **compared.score(i, key)} for i in range(len(compared.runs))]
    return element("section", element("h3", key), intervals({"rows": rows}), class_="block intervals")
