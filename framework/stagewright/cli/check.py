"""stagewright check: find everything wrong with a recipe, all at once, without running it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from stagewright import check_cache
from stagewright.errors import RecipeError
from stagewright.loading import load
from stagewright.project import project
from stagewright.recipe import RecipeFile, candidates, find
from stagewright.registry import Registry

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
    cwd = os.getcwd()
    file = find(words[0], cwd)
    code, output = 0, ""
    looked_up: frozenset[str] = frozenset()
    try:
        loaded = load(file, words[1:])
        steps = len(loaded.checked.components)
        output = f"{words[0]}: no problems ({steps} steps, task {loaded.checked.framing.task.type})\n"
        looked_up = loaded.composed.looked_up
    except RecipeError as error:
        if debug:
            raise
        code, output = error.exit_code, f"{error}\n"
    if looked_up:  # only a recipe without problems knows all it rests on
        check_cache.store(words, cwd, code, output, _depends(words[0], cwd, file, looked_up), str(project()))
    (sys.stderr if code else sys.stdout).write(output)
    return code


def _depends(name: str, cwd: str, file: RecipeFile, looked_up: Iterable[str]) -> set[str]:
    """Every path besides loaded source that the verdict rests on: a new plugin file may be a name clash."""
    paths = {str(path) for path in candidates(name, Path(cwd))} | {str(file.path), *looked_up}
    paths.add(str(file.project / "plugins"))
    for root in Registry(file.project).roots:
        paths |= {folder for folder, _, _ in os.walk(root.path) if "__pycache__" not in folder}
    return paths
