"""stagewright review: see what waits for a verdict; accept or reject it, and the run goes on from there."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.recipe.project import home
from stagewright.record import record, review


def main(args: list[str], debug: bool) -> int:
    """`review` lists what waits; `review accept|reject RUN --by NAME --reason WHY` gives a verdict."""
    parser = argparse.ArgumentParser(prog="stagewright review", description=__doc__)
    parser.add_argument("verdict", nargs="?", choices=["accept", "reject"])
    parser.add_argument("run", nargs="?", default="latest", help="id, a unique part of it, or `latest`")
    parser.add_argument("--by", help="name of the person who decides")
    parser.add_argument("--role", help="in which role; needed where several roles wait")
    parser.add_argument("--reason", help="why; kept in the record")
    parser.add_argument("--stay", action="store_true", help="only keep the verdict, do not go on")
    parsed = parser.parse_args(args)
    if not parsed.verdict:
        return _list()
    if not (parsed.by or "").strip() or not (parsed.reason or "").strip():
        raise StagewrightError("a verdict needs a person and a reason: --by NAME --reason WHY")
    folder = record.find(home(), parsed.run)
    _decide(folder, parsed)
    return 0 if parsed.stay else _go_on(folder, debug)


def _list() -> int:
    found = [item for folder in record.runs(home()) for item in _waiting(folder)]
    seen = {item["fingerprint"]: item for item in found}  # the newest run of a step stands for all
    for item in seen.values():
        waiting = [role for role, known in _standing(item).items() if known is None]
        if waiting:
            report = Path(item["folder"]) / "report.html"
            sys.stdout.write(f"{item['run']}  {item['step']} waits for {', '.join(waiting)}  {report}\n")
    if not any(None in _standing(item).values() for item in seen.values()):
        sys.stdout.write("nothing waits for a review\n")
    return 0


def _waiting(folder: Path) -> list[dict[str, Any]]:
    return [
        {"run": folder.name, "folder": str(folder), **event}
        for event in record.events(folder)
        if event["event"] == "review"
    ]


def _standing(item: dict[str, Any]) -> dict[str, Any]:
    return review.standing(home(), item["fingerprint"], item["waiting"])


def _decide(folder: Path, parsed: argparse.Namespace) -> None:
    items = _waiting(folder)
    if not items:
        raise StagewrightError(f"{folder.name} does not wait for a review")
    item = items[-1]
    open_roles = [role for role, known in _standing(item).items() if known is None] or item["waiting"]
    role = parsed.role or (open_roles[0] if len(open_roles) == 1 else None)
    if role not in item["waiting"]:
        raise StagewrightError(f"say in which role: --role {' or --role '.join(item['waiting'])}")
    verdict = {
        "accepted": parsed.verdict == "accept",
        "by": parsed.by,
        "role": role,
        "reason": parsed.reason,
        "run": folder.name,
        "step": item["step"],
    }
    review.give(home(), item["fingerprint"], verdict)
    sys.stdout.write(f"{item['step']} of {folder.name}: {parsed.verdict}ed by {parsed.by} ({role})\n")


def _go_on(folder: Path, debug: bool) -> int:
    """The same recipe with the same overrides: everything before the review is cached."""
    from stagewright.cli import run

    waiting = record.load(folder)
    os.chdir(waiting["project"])
    return run.main([waiting["recipe"], *waiting["overrides"]], debug)
