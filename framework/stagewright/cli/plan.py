"""stagewright plan: what a run would do, what is cached, and why; nothing is run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from stagewright.api import Plan, plan_of
from stagewright.check.loading import Loaded, load
from stagewright.cli.formats import refuse_flags, several
from stagewright.cli.helping import wants_help
from stagewright.recipe.recipe import RecipeFile, find

HELP = """usage: stagewright plan RECIPE [OVERRIDE ...] [-m] [--json]

  -m   swept values, as `run -m` takes them: the search, or every combination
"""


def main(args: list[str], _debug: bool) -> int:
    """Print the steps in order with their status and the reason for it."""
    words, multirun = several([arg for arg in args if arg != "--json"])
    if not words or wants_help(words):
        sys.stdout.write(HELP)
        return 0 if words else 2
    refuse_flags(words)
    file = find(words[0], os.getcwd())
    plans, note = _swept(file, words[1:]) if multirun else _plan(load(file, words[1:]))
    if "--json" in args:
        told = {name: [step.to_json() for step in plan] for name, plan in plans.items()}
        sys.stdout.write(json.dumps(told.get("", told), indent=2) + "\n")
    else:
        texts = [note] if note else []
        texts += [f"── {name}\n{plan!r}" if name else f"{plan!r}" for name, plan in plans.items()]
        sys.stdout.write("\n\n".join(texts) + "\n")
    return 0


def _plan(loaded: Loaded) -> tuple[dict[str, Plan], str]:
    return {"": plan_of(loaded)}, loaded.note


def _swept(file: RecipeFile, overrides: Sequence[str]) -> tuple[dict[str, Plan], str]:
    """The plan of the search that swept values ask for, or one for each combination, by its words; and what to say."""
    from stagewright.cli.hydra_front import combinations
    from stagewright.cli.swept_overrides import as_search

    if search := as_search(file, overrides):
        return _plan(search.load(file))
    return {" ".join(words): plan_of(load(file, words)) for words in combinations(file, overrides)}, ""
