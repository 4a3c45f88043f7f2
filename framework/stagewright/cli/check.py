"""stagewright check: find everything wrong with a recipe, all at once, without running it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from stagewright.check.loading import Loaded, load
from stagewright.check.paths import paths as named_paths
from stagewright.cli import check_cache
from stagewright.cli.formats import chosen, several
from stagewright.cli.helping import wants_help
from stagewright.contract import InputPath
from stagewright.errors import Problem, RecipeError
from stagewright.plugin.registry import Registry
from stagewright.recipe.project import project
from stagewright.recipe.recipe import RecipeFile, candidates, find

HELP = """usage: stagewright check RECIPE [OVERRIDE ...] [-m] [--format text|json] [--fresh]

Every problem is one line: file:line:column key: what is wrong, what to do. A line with `warning:` stops nothing.
Exit code 0 or 2.
  --format json   a list of problems for editors and CI, empty where there are none
  -m              swept values, as `run -m` takes them: the search, or every combination
  --fresh         check anew even if nothing changed since the last check
"""


def main(args: list[str], debug: bool) -> int:
    """Check one recipe; the verdict is kept, so that an unchanged check costs next to nothing."""
    words = [arg for arg in args if arg != "--fresh"]
    single, multirun = several(words)
    given, as_json = chosen(single)
    if not given or wants_help(given):
        sys.stdout.write(HELP)
        return 0 if given else 2
    cwd = os.getcwd()
    code, output, depends = 0, "", set[str]()
    try:
        file = find(given[0], cwd)
        loaded = _swept(file, given[1:]) if multirun else load(file, given[1:])
        if isinstance(loaded, int):
            output = _as_json(()) if as_json else f"{given[0]}: no problems ({loaded} combinations)\n"
        else:
            output = _as_json(loaded.checked.warnings) if as_json else _verdict(given[0], loaded)
            depends = _depends(given[0], cwd, loaded)
    except RecipeError as error:
        if debug:
            raise
        code, output = error.exit_code, _as_json(error.problems) if as_json else f"{error}\n"
    # Only a recipe without errors knows all it rests on; of another project's, nothing is left where we stand.
    if depends and file.project == project():
        check_cache.store(words, cwd, code, output, depends, str(project()))
    (sys.stderr if code and not as_json else sys.stdout).write(output)
    return code


def _swept(file: RecipeFile, overrides: Sequence[str]) -> Loaded | int:
    """The recipe with the search that swept values ask for, or how many combinations were checked."""
    from stagewright.cli.hydra_front import combinations
    from stagewright.cli.swept_overrides import as_search

    search = as_search(file, overrides)
    return search.load(file) if search else len(combinations(file, overrides))


def _verdict(name: str, loaded: Loaded) -> str:
    checked = loaded.checked
    lines = "".join(f"{item}\n" for item in checked.warnings)
    count = f", {len(checked.warnings)} to look at" if checked.warnings else ""
    told = f"({len(checked.components)} steps, task {checked.framing.task.type}{count})"
    note = f"{loaded.note}\n" if loaded.note else ""
    return f"{lines}{note}{name}: no problems {told}\n"


def _as_json(problems: Sequence[Problem]) -> str:
    return json.dumps([item.to_json() for item in problems], indent=2) + "\n"


def _depends(name: str, cwd: str, loaded: Loaded) -> set[str]:
    """Every path besides loaded source that the verdict rests on: a new plugin file may be a name clash."""
    file, sweep = loaded.file, loaded.checked.sweep
    if sweep and sweep.groups:
        return set()  # composed anew for each choice: what those files rest on is not known here
    paths = {str(path) for path in candidates(name, Path(cwd))} | {str(file.path), *loaded.composed.looked_up}
    paths |= {str(file.project / "plugins")}
    paths |= {str(file.path.with_name(f"{loaded.checked.name}.yaml"))}  # whose name it has, if it is a copy
    paths |= {str(loaded.store.home / "runs")}  # how long a step took
    paths |= {str(loaded.store.home / "sweeps")}  # earlier studies
    for root in Registry(file.project).roots:
        paths |= {folder for folder, _, _ in os.walk(root.path) if "__pycache__" not in folder}
    for component in loaded.checked.components.values():
        paths |= {str(read) for _, read in named_paths(component, (), InputPath)}
    return paths
