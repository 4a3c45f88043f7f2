"""stagewright plan: what a run would do, what is cached, and why; nothing is run."""

from __future__ import annotations

import json
import os
import sys

from stagewright.loading import load
from stagewright.plan import Planned, Planner
from stagewright.recipe import find

HELP = """usage: stagewright plan RECIPE [OVERRIDE ...] [--json]
"""


def main(args: list[str], _debug: bool) -> int:
    """Print the steps in order with their status and the reason for it."""
    words = [arg for arg in args if arg != "--json"]
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if words else 2
    loaded = load(find(words[0], os.getcwd()), words[1:])
    steps = Planner(loaded.checked, loaded.registry, loaded.store).steps
    if "--json" in args:
        sys.stdout.write(json.dumps([step.to_json() for step in steps], indent=2) + "\n")
    else:
        sys.stdout.write("".join(_line(step, _widths(steps)) for step in steps))
    return 0


def _widths(steps: list[Planned]) -> tuple[int, int, int]:
    return (
        max(len(step.step) for step in steps),
        max(len(step.plugin) for step in steps),
        max(len(step.status) for step in steps),
    )


def _line(step: Planned, widths: tuple[int, int, int]) -> str:
    name, plugin, status = widths
    return f"{step.step:<{name}}  {step.plugin:<{plugin}}  {step.status:<{status}}  {step.reason}\n"
