"""A run in at most thirty lines of plain text, for the end of a run in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from stagewright.report.aligned import aligned
from stagewright.report.compared import compare
from stagewright.report.figures import amount, duration, finite, number, plural, spread
from stagewright.report.parts.plan import timed

LINES = 30
_WIDTH = 118
_WHOLE = ("Report", "Next")  # lines that are copied, so never cut
_COMMAND = re.compile(r"`(stagewright [^`]+)`")
_MOST_COMPARED = 3
_SIGNS = {True: "✓", False: "✗", None: "·"}
_MOST = {"KPIs": 4, "Gates": 6, "Scores": 6, "Steps": 9}


def cut_at(stream: TextIO) -> int | None:
    """Where lines for a stream are cut: a person's terminal would break them, a file or a pipe takes them whole."""
    return _WIDTH if stream.isatty() else None


def summary(record: Mapping[str, Any], report: Path | None = None, width: int | None = _WIDTH) -> str:
    """Verdicts, KPIs, key scores with intervals, steps with timings and cache hits, where the page is.

    Lines longer than `width` are cut; None cuts none.
    """
    groups = {
        "KPIs": [_kpi(kpi) for kpi in record.get("kpis") or []],
        "Gates": [_gate(gate) for gate in _failed_first(record.get("gates") or [])],
        "Scores": _scores(record),
        "Steps": _steps(record),
    }
    lines = [_head(record)]
    for name, items in groups.items():
        lines += _group(name, items)
    if told := _tracking(record):
        lines.append(told)
    if command := _next(record):
        lines.append(_labelled("Next", command))
    if path := report or _page(record):
        lines.append(_labelled("Report", str(path)))
    return "\n".join(_line(line, width) for line in lines)


def _head(record: Mapping[str, Any]) -> str:
    name = record.get("name") or record.get("id") or "run"
    status = str(record.get("status") or "unknown").replace("_", " ")
    took = f" in {duration(record['seconds'])}" if finite(record.get("seconds")) else ""
    message = f": {record['message']}" if record.get("message") else ""
    return f"{name} {status}{took}{message}"


def _group(name: str, items: Sequence[str]) -> list[str]:
    most = _MOST[name]
    shown = list(items) if len(items) <= most else [*items[: most - 1], f"… and {len(items) - most + 1} more"]
    return [_labelled(name if index == 0 else "", item) for index, item in enumerate(shown)]


def _labelled(label: str, text: str) -> str:
    return f"{label:<8}{text}"


def _kpi(kpi: Mapping[str, Any]) -> str:
    aim = "≤" if kpi.get("direction") == "minimize" else "≥"
    unit = kpi.get("unit") or ""
    reached = kpi.get("reached")
    value = amount(kpi.get("value"), unit) if finite(kpi.get("value")) else "not estimated"
    without = f", without ML {number(kpi['no_ml'])}" if finite(kpi.get("no_ml")) else ""
    today, target = number(kpi.get("baseline")), number(kpi.get("target"))
    return f"{_SIGNS[reached]} {kpi.get('name')}  {value}  (target {aim} {target}, today {today}{without})"


def _failed_first(gates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(gates, key=lambda gate: bool(gate.get("passed")))


def _gate(gate: Mapping[str, Any]) -> str:
    return f"{_SIGNS[bool(gate.get('passed'))]} {gate.get('condition')}  {gate.get('message') or ''}"


def _scores(record: Mapping[str, Any]) -> list[str]:
    """Headline values first, then those per class."""
    metrics = record.get("metrics") or {}
    baseline = record.get("baseline") or {}
    keys = sorted(metrics, key=lambda key: "." in key)
    wide = max(map(len, keys[: _MOST["Scores"]]), default=0)
    return [f"{key:<{wide}}  {_score(metrics[key], baseline.get(key) or {})}" for key in keys]


def _score(score: Mapping[str, Any], without: Mapping[str, Any]) -> str:
    text = spread(score.get("value"), score.get("low"), score.get("high"))
    return text + (f"  without ML {number(without['value'])}" if finite(without.get("value")) else "")


def _steps(record: Mapping[str, Any]) -> list[str]:
    """What cost time or went wrong; the light declarative steps are counted, not listed."""
    steps = timed(record)
    cached = [step for step in steps if step["status"] == "cached"]
    saved = sum(step.get("seconds_when_run") or 0.0 for step in cached)
    ran = [step for step in steps if step["status"] in ("ran", "failed", "unfinished")]
    heavy = [step for step in ran if step["seconds"] >= 0.05 or step["status"] != "ran"] or ran
    wide = max([10, *(len(str(step["step"])) for step in heavy[: _MOST["Steps"]])])
    told = [f"{step['step']:<{wide}}  {duration(step['seconds'])}{_ending(step)}" for step in heavy]
    if cached:
        note = f", {duration(saved)} saved" if saved >= 1 else ""
        told.append(f"{plural(len(cached), 'step')} of {len(steps)} from cache{note}")
    return told


def _tracking(record: Mapping[str, Any]) -> str | None:
    """A mirror that failed; one that is there needs no words."""
    tracking = record.get("tracking") or {}
    if tracking.get("status") != "failed":
        return None
    return _labelled("Tracker", f"{tracking.get('type')} failed: {tracking.get('message')}")


def _next(record: Mapping[str, Any]) -> str:
    """The command by which a run that waits goes on, whole: a long message is cut."""
    found = _COMMAND.search(str(record.get("message") or ""))
    return found[1] if found and record.get("status") == "review_pending" else ""


def _ending(step: Mapping[str, Any]) -> str:
    return "" if step["status"] == "ran" else f"  {step['status']}: {step.get('reason') or ''}"


def _page(record: Mapping[str, Any]) -> Path | None:
    return Path(str(record["folder"])) / "report.html" if record.get("folder") else None


def _line(text: str, width: int | None = _WIDTH) -> str:
    """One printable line: no control characters reach the terminal, long ones are cut."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split(" ")).rstrip()
    if width is None or len(plain) <= width or plain.startswith(_WHOLE):
        return plain
    return plain[: width - 1] + "…"


def comparison(records: Sequence[Mapping[str, Any]]) -> str:
    """Runs as a table of plain text: what differs, how each ended, KPIs and leading scores; * is the best."""
    if not records:
        return "no runs to compare"
    compared = compare(records)
    settings, kpis, keys = compared.settings, compared.kpis, compared.keys[:_MOST_COMPARED]
    head = ["", "run", *(key.rpartition(".")[2] for key in settings), "status", *kpis, *keys, "time"]
    rows = [head]
    for index, run in enumerate(records):
        scores = [compared.score(index, key) for key in keys]
        row = [
            "*" if index == compared.best else "",
            str(run.get("id") or index + 1),
            *(str(values[index]) for values in settings.values()),
            str(run.get("status") or "unknown").replace("_", " "),
            *(number(values[index]) for values in kpis.values()),
            *(spread(score.get("value"), score.get("low"), score.get("high")) for score in scores),
            duration(run.get("seconds")),
        ]
        rows.append([_line(cell) for cell in row])
    return aligned(rows)
