"""stagewright check: find everything wrong with a recipe, all at once, without running it."""

from __future__ import annotations

import os
import sys

from stagewright import check_cache
from stagewright.errors import RecipeError
from stagewright.loading import load
from stagewright.recipe import find

HELP = """usage: stagewright check RECIPE [OVERRIDE ...] [--fresh]

Every problem is one line: file:line:column key: what is wrong, what to do. Exit code 0 or 2.
  --fresh   check anew even if nothing changed since the last check
"""


def main(args: list[str], debug: bool) -> int:
    """Check one recipe; the verdict is kept, so that an unchanged check costs next to nothing."""
    words = [arg for arg in args if arg != "--fresh"]
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if words else 2
    file = find(words[0], os.getcwd())
    code, output = 0, ""
    try:
        loaded = load(file, words[1:])
        steps = len(loaded.checked.components)
        output = f"{words[0]}: no problems ({steps} steps, task {loaded.checked.framing.task.type})\n"
    except RecipeError as error:
        if debug:
            raise
        code, output = error.exit_code, f"{error}\n"
    check_cache.store(words, os.getcwd(), code, output, file)
    (sys.stderr if code else sys.stdout).write(output)
    return code
