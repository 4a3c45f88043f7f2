"""Reviews: a named person accepts or rejects a finished step, with a reason; the record keeps it.

A verdict belongs to a fingerprint: once the step is done anew with other inputs, it waits again.
`.stagewright/reviews/<fingerprint>.json`
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright.content import write_atomically
from stagewright.contract import Component
from stagewright.record.record import now
from stagewright.stages.objective import Goal


def reviewers(step: str, goal: Goal, component: Component[Any, Any]) -> list[str]:
    """The roles that must accept a step: stakeholders, and the step's own `review:`."""
    section = step.split("/", maxsplit=1)[0]
    roles = [person.role for person in goal.stakeholders if section in person.approves]
    setting = component.settings.get("review")
    asked: Any = setting.model_dump() if setting is not None and hasattr(setting, "model_dump") else setting
    if isinstance(asked, Mapping) and asked.get("required"):
        roles.append(str(asked.get("by") or "reviewer"))
    return list(dict.fromkeys(roles))


def verdicts(home: Path, fingerprint: str) -> list[dict[str, Any]]:
    """All verdicts on a step, oldest first; the last one of each role counts."""
    path = _path(home, fingerprint)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def give(home: Path, fingerprint: str, verdict: Mapping[str, Any]) -> None:
    """Keep a verdict (`accepted`, `by`, `role`, `reason`)."""
    path = _path(home, fingerprint)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two people may decide at the same moment
        known = verdicts(home, fingerprint)
        write_atomically(path, json.dumps([*known, {**verdict, "date": now()}]))


def standing(home: Path, fingerprint: str, roles: list[str]) -> dict[str, dict[str, Any] | None]:
    """The verdict that counts for every role, None where it still waits."""
    given = {item["role"]: item for item in verdicts(home, fingerprint)}
    return {role: given.get(role) for role in roles}


def _path(home: Path, fingerprint: str) -> Path:
    return home / "reviews" / f"{fingerprint}.json"
