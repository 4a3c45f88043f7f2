"""Why a step runs: what changed since it last finished for the same recipe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright import json_text
from stagewright.content import write_atomically


def why(home: Path, recipe: str, step: str, parts: Mapping[str, Any], damage: str) -> str:
    """Why a step runs that is made of `parts`; `damage` is what is wrong with its artifact, or empty."""
    if damage:
        return damage
    last = _latest(home, recipe, step)
    if last is None:
        return "never ran"
    return "; ".join(_changes(last, parts)) or "an earlier result is gone"


def remember(home: Path, recipe: str, step: str, parts: Mapping[str, Any]) -> None:
    """Keep what a finished step was made of, for the next `why`."""
    write_atomically(_path(home, recipe, step), json_text.exact(parts))


def _path(home: Path, recipe: str, step: str) -> Path:
    return home / "latest" / recipe / f"{step.replace('/', '.')}.json"


def _latest(home: Path, recipe: str, step: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json_text.read_exact(_path(home, recipe, step).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # nothing remembered: the step counts as never run
    return found


def _changes(last: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    found = []
    old, new = _flat(_said(last)), _flat(_said(now))
    changed = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    if changed:
        shown = ", ".join(f"{key} {_told(old, key)} → {_told(new, key)}" for key in changed[:3])
        found.append(
            f"settings changed: {shown}" + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        )
    for what, key in (("source changed", "source"), ("library changed", "versions")):
        before, after = last.get(key) or {}, now[key]
        names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
        if names:
            found.append(f"{what}: {', '.join(names[:4])}")
    if last.get("seed") != now["seed"]:
        found.append(f"seed changed: {last.get('seed')} → {now['seed']}")
    if last.get("against") != now.get("against"):
        found.append(f"the champion is another: {_champion(last)} → {_champion(now)}")
    before, after = last.get("inputs") or {}, now["inputs"]
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    if names:
        found.append(f"follows {', '.join(names)}")
    return found


def _told(settings: Mapping[str, Any], key: str) -> str:
    """A setting's value in a list of changes: nothing and what ends in a comma must be seen as such."""
    value = settings.get(key, "absent")
    return (
        repr(value) if isinstance(value, str) and not re.fullmatch(r"\S(.*[^\s,;])?", value) else str(value)
    )


def _champion(parts: Mapping[str, Any]) -> str:
    return str(parts.get("against") or "")[:12] or "the baseline"


def _said(parts: Mapping[str, Any]) -> dict[str, Any]:
    """A step's settings; of a sweep, those of the steps it repeats and what it searches too."""
    steps = {name: step["settings"] for name, step in (parts.get("steps") or {}).items()}
    space = {item["key"]: {k: v for k, v in item.items() if k != "key"} for item in parts.get("space") or ()}
    return {**(parts.get("settings") or {}), **({"params": space} if space else {}), **steps}


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {k: v for key, item in value.items() for k, v in _flat(item, f"{path}.{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for i, item in enumerate(value) for k, v in _flat(item, f"{path}[{i}]").items()}
    return {path.removeprefix("."): value}
