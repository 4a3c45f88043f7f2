"""Where the numbers come from: the command that makes them again, versions, fingerprints, artifacts."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stagewright.report.draw import facts, text
from stagewright.report.figures import moment, number, size
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part
from stagewright.report.table import cells

Run = Mapping[str, Any]


def origin(run: Run, artifact: Callable[[str], Path]) -> Part | None:
    """Everything needed to make this run again, and everything it left."""
    body = join(
        _again(run), _about(run), _tracking(run), _artifacts(run, artifact), _versions(run), _config(run)
    )
    if not body:
        return None
    return Part("Reproduce", body, "reproduce", kicker="Where these numbers come from")


def command(run: Run) -> str:
    """The exact command line, at the exact commit where one is known."""
    given = run.get("command")
    line = shlex.join(str(word) for word in given) if isinstance(given, list) else str(given or "")
    commit = (run.get("git") or {}).get("commit")
    return f"git checkout {commit}\n{line}" if commit and line else line


def _again(run: Run) -> Html | None:
    line = command(run)
    if not line:
        return None
    dirty = (run.get("git") or {}).get("dirty")
    warning = text("Tracked files had changes that are not in this commit.", "warning") if dirty else None
    return join(element("pre", line, class_="command", tabindex="0"), warning)


def _about(run: Run) -> Html | None:
    git, host = run.get("git") or {}, run.get("host") or {}
    memory = f"{number(host['memory_gb'])} GB" if host.get("memory_gb") else None
    machine = ", ".join(
        str(x)
        for x in (f"{host['cpus']} CPUs" if host.get("cpus") else None, memory, host.get("platform"))
        if x
    )
    found = {
        "Run": run.get("id"),
        "Recipe": run.get("recipe"),
        "Overrides": ", ".join(map(str, run.get("overrides") or ())) or None,
        "Seed": str(run["seed"]) if run.get("seed") is not None else None,
        "Started": moment(run.get("started")) or None,
        "Finished": moment(run.get("finished")) or None,
        "Commit": element("code", git["commit"][:12]) if git.get("commit") else None,
        "Branch": git.get("branch"),
        "Machine": machine or None,
    }
    known = {name: value for name, value in found.items() if value}
    return facts(known) if known else None


def _tracking(run: Run) -> Html | None:
    tracking = run.get("tracking") or {}
    if not tracking:
        return None
    address = str(tracking.get("address") or "")
    link = (
        element("a", address, href=address, rel="noreferrer")
        if address.startswith(("http://", "https://"))
        else element("code", address)
        if address
        else None
    )
    found = {
        "Tracker": tracking.get("type"),
        "Address": link,
        "Tracked as": element("code", tracking["run_id"]) if tracking.get("run_id") else None,
        "Status": " · ".join(str(tracking[key]) for key in ("status", "message") if tracking.get(key))
        or None,
    }
    known = {name: value for name, value in found.items() if value}
    return element("section", element("h3", "Tracking"), facts(known), class_="block") if known else None


def _artifacts(run: Run, artifact: Callable[[str], Path]) -> Html | None:
    found = [step for step in run.get("steps") or [] if step.get("fingerprint")]
    if not found:
        return None
    rows = [
        [
            step.get("step"),
            element("code", _short(step["fingerprint"]), title=step["fingerprint"]),
            _link(step, run, artifact),
            size(step.get("bytes")),
        ]
        for step in found
    ]
    note = element(
        "p",
        "Equal fingerprint, equal work: a step whose fingerprint is known is never done again. "
        "Links work while this page lies in its run’s folder.",
        class_="caption",
    )
    table = cells(["Step", "Fingerprint", "Artifact", "Size"], rows, label="Artifacts")
    return element("section", element("h3", "Fingerprints and artifacts"), note, table, class_="block")


def _link(step: Run, run: Run, artifact: Callable[[str], Path]) -> Html | None:
    if not step.get("artifact"):
        return None
    digest = str(step["artifact"])
    folder = artifact(digest)
    shown = element("code", _short(digest), title=digest)
    if not run.get("folder") or not folder.is_dir():
        return shown
    address = Path(os.path.relpath(folder, str(run["folder"]))).as_posix()
    return element("a", shown, href=f"./{quote(address)}/")


def _short(digest: Any) -> str:
    return str(digest)[:12]


def _versions(run: Run) -> Html | None:
    versions = run.get("versions") or {}
    if not versions:
        return None
    known = {name: str(version) for name, version in versions.items()}
    return element("section", element("h3", "Versions"), facts(known), class_="block versions")


def _config(run: Run) -> Html | None:
    config = run.get("config")
    if not config:
        return None
    shown = element("pre", "\n".join(_yaml(config)), tabindex="0")
    return element("details", element("summary", element("h3", "Recipe as resolved")), shown, class_="block")


def _yaml(value: Any, depth: int = 0) -> list[str]:
    """Settings in the shape of a recipe."""
    pad = "  " * depth
    if isinstance(value, Mapping) and value:
        lines = []
        for key, item in value.items():
            nested = isinstance(item, Mapping | list) and item
            lines += [f"{pad}{key}:", *_yaml(item, depth + 1)] if nested else [f"{pad}{key}: {_scalar(item)}"]
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            first, *rest = _yaml(item, depth + 1)
            lines += [f"{pad}- {first.strip()}", *rest]
        return lines
    return [pad + _scalar(value)]


def _scalar(value: Any) -> str:
    if isinstance(value, str) and value and value == value.strip() and value.isprintable():
        plain = all(c.isalnum() or c in " _-./<>=*()+" for c in value) and value[0].isalpha()
        if plain and value.lower() not in ("null", "true", "false", "yes", "no", "on", "off"):
            return value
    return json.dumps(value, ensure_ascii=False, default=str)
