"""stagewright runs: list, show and compare runs from their records."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from stagewright import json_text
from stagewright.recipe.project import home
from stagewright.record import record
from stagewright.record.revisions import differences, flattened
from stagewright.report.summary import cut_at, summary


def main(args: list[str], _debug: bool) -> int:
    """Dispatch to `list`, `show` or `diff`."""
    parsed = _parser().parse_args(args)
    result: int = parsed.do(parsed)
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stagewright runs", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="list|show|diff")
    listing = verbs.add_parser("list", help="all runs, newest first")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(do=_list)
    show = verbs.add_parser("show", help="one run: verdicts, metrics, steps, versions")
    show.add_argument("run", nargs="?", default="latest", help="id, a unique part of it, or `latest`")
    show.add_argument("--json", action="store_true", help="everything, for scripts")
    show.set_defaults(do=_show)
    diff = verbs.add_parser("diff", help="what changed between two runs, and what it did")
    diff.add_argument("old")
    diff.add_argument("new", nargs="?", default="latest")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(do=_diff)
    return parser


def _list(parsed: argparse.Namespace) -> int:
    runs = [record.load(folder) for folder in reversed(record.runs(home()))]
    if parsed.json:
        keys = ("id", "name", "status", "exit_code", "message", "started", "seconds", "metrics")
        sys.stdout.write(json_text.text([{key: run.get(key) for key in keys} for run in runs], 2) + "\n")
        return 0
    for run in runs:
        leading = next(iter((run.get("metrics") or {}).items()), None)
        shown = f"{leading[0]} {_number(leading[1]['value'])}" if leading else ""
        seconds = f"{run['seconds']:.1f} s" if run.get("seconds") is not None else ""
        sys.stdout.write(f"{run['id']:<46} {run['status']:<16} {seconds:>9}  {shown}\n")
    if not runs:
        sys.stdout.write("no runs yet\n")
    return 0


def _show(parsed: argparse.Namespace) -> int:
    run = record.load(record.find(home(), parsed.run))
    sys.stdout.write(
        (json_text.text(run, 2) if parsed.json else summary(run, width=cut_at(sys.stdout))) + "\n"
    )
    return 0


def _diff(parsed: argparse.Namespace) -> int:
    old, new = (record.load(record.find(home(), name)) for name in (parsed.old, parsed.new))
    found = compare(old, new)
    if parsed.json:
        sys.stdout.write(json_text.text(found, 2) + "\n")
        return 0
    sys.stdout.write(f"{old['id']} → {new['id']}\n")
    for title, lines in found.items():
        body = "".join(f"  {line}\n" for line in lines) or "  no difference\n"
        sys.stdout.write(f"{title}\n{body}")
    return 0


def compare(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[str]]:
    """What was changed (objective, the rest of the recipe, versions, code) and what it did (the results)."""
    configs = [flattened(run.get("config") or {}) for run in (old, new)]
    objective, rest = ([_part(config, inside) for config in configs] for inside in (True, False))
    versions = [flattened(run.get("versions") or {}) for run in (old, new)]
    return {
        "objective": differences(*objective),
        "recipe": differences(*rest),
        "versions": differences(*versions),
        "code": differences(*(flattened(run.get("git") or {}) for run in (old, new))),
        "steps": differences(*(_steps(run) for run in (old, new))),
        "verdict": differences(*({"status": run["status"], "message": run["message"]} for run in (old, new))),
        "kpis": differences(*(_kpis(run) for run in (old, new))),
        "metrics": _metrics(old.get("metrics") or {}, new.get("metrics") or {}),
    }


def _part(config: dict[str, Any], objective: bool) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key.startswith("objective.") is objective}


def _steps(run: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: str(step.get("fingerprint", ""))[:12] for step in run.get("steps") or []}


def _kpis(run: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{kpi['name']}.{key}": kpi[key]
        for kpi in run.get("kpis") or []
        for key in ("value", "target", "reached")
    }


def _metrics(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    lines = []
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = (side.get(key, {}).get("value") for side in (old, new))
        if before != after:
            moved = f" ({after - before:+.4g})" if before is not None and after is not None else ""
            lines.append(f"{key}: {_number(before)} → {_number(after)}{moved}")
    return lines


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
