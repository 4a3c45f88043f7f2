"""stagewright new: a project or a plugin that works as it is written, or a recipe that needs only your data."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stagewright import lifecycle
from stagewright.plugin.registry import Registry
from stagewright.recipe.project import project
from stagewright.scaffold.plugin import place, plugin_files
from stagewright.scaffold.project import project_files
from stagewright.scaffold.recipe import recipe_files, tasks
from stagewright.scaffold.writing import write


def main(args: list[str], _debug: bool) -> int:
    """Write new files, never over old ones, and say what to do next; gives 0."""
    parsed = _parser().parse_args(args)
    name: str = parsed.name
    if parsed.what == "project":
        files = {f"{name}/{path}": text for path, text in project_files(name).items()}
        steps = (f"cd {name}", f"stagewright run {name}", "pytest")
        return _write(Path.cwd(), files, steps)
    if parsed.what == "recipe":
        steps = (
            "name your data in it, and say what it is for",
            f"stagewright check {name}",
            f"stagewright run {name}",
        )
        return _write(project(), recipe_files(name, parsed.task), steps)
    root = project()
    files = plugin_files(parsed.kind, name, Registry(root))
    test = next(path for path in files if path.startswith("tests/"))
    return _write(root, files, (f"pytest {test}", f"named by  {place(parsed.kind, name)}"))


def _write(root: Path, files: Mapping[str, str], steps: Sequence[str]) -> int:
    for path in write(root, files):
        sys.stdout.write(f"wrote {os.path.relpath(path)}\n")
    sys.stdout.write("next:\n" + "".join(f"  {step}\n" for step in steps))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stagewright new", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True, metavar="project|recipe|plugin")
    of_project = what.add_parser("project", help="a folder with a recipe, a plugin, tests and CI that pass")
    of_project.add_argument("name", help="of the folder and of its recipe")
    of_recipe = what.add_parser("recipe", help="recipes/NAME.yaml in this project")
    of_recipe.add_argument("name")
    of_recipe.add_argument(
        "--task", default="segmentation", metavar="TASK", help=f"one of {', '.join(tasks())} (segmentation)"
    )
    of_plugin = what.add_parser(
        "plugin", help="plugins/<section>/<kind>/NAME.py in this project, and its test"
    )
    of_plugin.add_argument("kind", metavar="KIND", help=f"one of {', '.join(sorted(lifecycle.contracts()))}")
    of_plugin.add_argument("name")
    return parser
