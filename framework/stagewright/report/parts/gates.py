"""The verdicts: every declared condition, what was measured, and by how much it holds or misses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.report.figures import number, plural, words
from stagewright.report.margins import margin
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part, chip
from stagewright.report.table import scroll


def gates(run: Mapping[str, Any]) -> Part | None:
    """Failed conditions first: they are what the reader must know."""
    found = run.get("gates") or []
    if not found:
        return None
    failed = [gate for gate in found if not gate.get("passed")]
    rows = [_row(run, gate) for gate in [*failed, *(gate for gate in found if gate.get("passed"))]]
    head = [element("th", name, scope="col") for name in ("Verdict", "Condition", "Measured", "By how much")]
    inner = element(
        "table", element("thead", element("tr", head)), element("tbody", rows), class_="cells gates"
    )
    return Part(
        "Verdicts",
        join(element("p", _said(run, len(failed), len(found)), class_="lead"), scroll(inner, "Verdicts")),
        "verdicts",
        kicker="What was declared, held against what was measured",
        tone="bad" if failed else "warning" if run.get("status") == "review_pending" else "good",
    )


def _said(run: Mapping[str, Any], failed: int, asked: int) -> str:
    if failed:
        return f"{plural(failed, 'condition')} of {asked} not met."
    if run.get("status") == "review_pending":
        return "All conditions so far are met; a person’s verdict is still to come."
    return "All conditions are met."


def _row(run: Mapping[str, Any], gate: Mapping[str, Any]) -> Html:
    passed = bool(gate.get("passed"))
    where = " · ".join(str(gate[key]) for key in ("name", "step") if gate.get(key))
    condition = join(
        element("code", gate.get("condition") or ""), element("span", words(where), class_="under")
    )
    value = gate.get("value")
    cells = [
        element("td", chip("passed" if passed else "failed", "met" if passed else "not met")),
        element("td", condition, class_="wide"),
        element("td", number(value), class_="num", title=f"{value!r}" if value is not None else None),
        element("td", margin(run, gate) or gate.get("message") or "", title=gate.get("message")),
    ]
    return element("tr", cells)
