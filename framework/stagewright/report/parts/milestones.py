"""Dated promises, against the history of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.report.figures import day, plural
from stagewright.report.markup import element, join
from stagewright.report.parts.part import Part, chip
from stagewright.report.table import cells, fixed


def milestones(run: Mapping[str, Any]) -> Part | None:
    """In order of their dates."""
    found = sorted(run.get("milestones") or [], key=lambda item: str(item.get("date")))
    if not found:
        return None
    rows = [_row(item, str(run.get("id"))) for item in found]
    met = sum(str(item.get("status")).startswith("met") for item in found)
    missed = any(item.get("status") == "missed" for item in found)
    lead = element("p", f"{met} of {plural(len(found), 'milestone')} met.", class_="lead")
    table = cells(["By", "Milestone", "Status", "First met by"], rows, label="Milestones")
    return Part(
        "Milestones",
        join(lead, table),
        "milestones",
        kicker="What was promised, and by when",
        tone="warning" if missed else "",
    )


def _row(item: Mapping[str, Any], run: str) -> list[Any]:
    status = str(item.get("status") or "")
    first = item.get("first_met")
    name = join(
        element("b", item.get("name") or ""), element("code", item.get("expect") or "", class_="under")
    )
    return [fixed(day(item.get("date"))), name, chip(status), "this run" if first and first == run else first]
