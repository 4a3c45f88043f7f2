"""stagewright plan: what a run would do, what is cached, and why; nothing is run."""

from __future__ import annotations

import json
import sys

from stagewright.api import load
from stagewright.cli.helping import wants_help

HELP = """usage: stagewright plan RECIPE [OVERRIDE ...] [--json]
"""


def main(args: list[str], _debug: bool) -> int:
    """Print the steps in order with their status and the reason for it."""
    words = [arg for arg in args if arg != "--json"]
    if not words or wants_help(words):
        sys.stdout.write(HELP)
        return 0 if words else 2
    plan = load(words[0], *words[1:]).plan()
    if "--json" in args:
        sys.stdout.write(json.dumps([step.to_json() for step in plan], indent=2) + "\n")
    else:
        sys.stdout.write(f"{plan!r}\n")
    return 0
