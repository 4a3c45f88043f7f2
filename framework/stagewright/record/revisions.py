"""Revisions of an objective: each change of what the business asks is kept, dated and named.

`.stagewright/objectives/<recipe>.jsonl`, one line per revision, append-only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright.content import append_line
from stagewright.record.record import now


def revise(home: Path, name: str, run: str, objective: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All revisions of a recipe's objective, a new one added if it differs from the last."""
    path = home / "objectives" / f"{name}.jsonl"
    known = read(path)
    flat = flattened(objective)
    if known and known[-1]["objective"] == flat:
        return known
    changes = differences(known[-1]["objective"], flat) if known else ["first version"]
    new = {"revision": len(known) + 1, "date": now(), "run": run, "changes": changes, "objective": flat}
    append_line(path, json.dumps(new))
    return [*known, new]


def read(path: Path) -> list[dict[str, Any]]:
    """Revisions so far; a line cut short by a kill is left out."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1] if line]


def flattened(value: Any, path: str = "") -> dict[str, Any]:
    """Nested values by dotted path; list items that carry a name go by that name (`kpis.cost.target`)."""
    if isinstance(value, Mapping):
        items = [(f"{path}.{key}", item) for key, item in value.items() if key != "name"]
    elif isinstance(value, list | tuple):
        items = [(f"{path}.{_name(item, i)}", item) for i, item in enumerate(value)]
    else:
        return {path.removeprefix("."): value}
    return {key: leaf for where, item in items for key, leaf in flattened(item, where).items()}


def _name(item: Any, index: int) -> str:
    return str(item.get("name") or item.get("role") or index) if isinstance(item, Mapping) else str(index)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed between two flattened mappings, one line each."""
    lines = []
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            lines.append(f"{key} removed (was {old[key]})")
        elif key not in old:
            lines.append(f"{key} added: {new[key]}")
        elif old[key] != new[key]:
            lines.append(f"{key}: {old[key]} → {new[key]}")
    return lines
