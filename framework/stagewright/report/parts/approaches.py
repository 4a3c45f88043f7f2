"""The approaches that framing named, side by side: why each was worth a try and what it reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.report.figures import duration
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part, chip
from stagewright.report.table import cells, fixed

_MOST_KEYS = 4


def approaches(run: Mapping[str, Any]) -> Part | None:
    """Compared on the validation split, the one the choice was made on."""
    found = run.get("approaches") or []
    if not found:
        return None
    keys = _keys(run, found)
    columns = ["Approach", "Outcome", *keys, "Parameters", "Training"]
    rows = [_row(item, keys) for item in found]
    chosen = next((i for i, item in enumerate(found) if item.get("status") == "chosen"), None)
    note = element("p", "Values on the validation split, on which the choice is made.", class_="caption")
    table = cells(columns, rows, highlight=chosen, label="Approaches")
    return Part("Approaches", join(note, table), "approaches", kicker="What was tried, and why")


def _row(item: Mapping[str, Any], keys: list[str]) -> list[Any]:
    validation, status = item.get("validation") or {}, str(item.get("status") or "")
    source = f" ({item['source']})" if item.get("source") else ""
    reason = element("span", f"{item.get('reason') or ''}{source}", class_="under")
    name: Html = join(element("b", item.get("name") or ""), reason)
    words = {"met": "meets the criteria", "missed": "misses the criteria"}.get(status, status)
    seconds = item.get("seconds")
    return [
        name,
        chip(status, words),
        *(validation.get(key) for key in keys),
        item.get("parameters") or None,
        fixed(duration(seconds)) if seconds else None,
    ]


def _keys(run: Mapping[str, Any], found: list[Mapping[str, Any]]) -> list[str]:
    """Headline values only; values per class are in the parts of each step."""
    known = [key for item in found for key in item.get("validation") or {}]
    leading = [spec["keys"][0] for spec in run.get("metric_specs") or [] if spec.get("keys")]
    wanted = [key for key in leading if key in known] or [key for key in known if "." not in key]
    return list(dict.fromkeys(wanted))[:_MOST_KEYS]
