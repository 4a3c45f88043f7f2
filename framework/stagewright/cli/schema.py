"""stagewright schema: write JSON Schema for recipes and config groups, by which editors complete and check them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from stagewright.editor.files import FOLDER, documents, write
from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.recipe.project import project


def main(args: list[str], _debug: bool) -> int:
    """Write every schema of the project, or print one; plugins that cannot be used are named and left out."""
    parser = argparse.ArgumentParser(prog="stagewright schema", description=__doc__)
    parser.add_argument(
        "which",
        nargs="?",
        default="",
        metavar="WHICH",
        help="`recipe`, or a config group such as `train/model`",
    )
    parser.add_argument(
        "--out", metavar="DIR", help=f"folder to write to ({FOLDER} of the project if not said)"
    )
    parser.add_argument(
        "--stdout", action="store_true", help="print WHICH (`recipe` if not said), write nothing"
    )
    parsed = parser.parse_args(args)
    root = project()
    found = documents(root)
    schemas = dict(found.all())
    sys.stderr.write("".join(f"left out: {line}\n" for line in found.plugins.left_out))
    if parsed.which and parsed.which not in schemas:
        raise StagewrightError(f"no schema {parsed.which!r}, {suggestion(parsed.which, schemas, 'schema')}")
    if parsed.stdout:
        shown = schemas[parsed.which or "recipe"]
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False, default=str) + "\n")
        return 0
    chosen = {name: schema for name, schema in schemas.items() if parsed.which in ("", name)}
    folder = Path(parsed.out) if parsed.out else root / FOLDER
    written = write(chosen.items(), folder)
    sys.stdout.write(
        f"{len(written)} schemas in {os.path.relpath(folder)}; first line of a recipe, for editors:\n"
    )
    sys.stdout.write(f"# yaml-language-server: $schema={_from_recipes(folder, root)}/recipe.json\n")
    return 0


def _from_recipes(folder: Path, root: Path) -> str:
    return Path(os.path.relpath(folder.resolve(), root / "recipes")).as_posix()
