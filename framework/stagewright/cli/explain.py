"""stagewright explain: why a key of a recipe has its value, and what may stand there."""

from __future__ import annotations

import json
import os
import sys

from stagewright.cli.formats import chosen
from stagewright.cli.helping import wants_help
from stagewright.explain.explain import explain, lines
from stagewright.recipe.recipe import find

HELP = """usage: stagewright explain RECIPE KEY [OVERRIDE ...] [--format text|json]

Who sets a key (recipe, config group, override, environment), in order, who overrides whom, what an interpolation
reads, the plugin's own default, its type, limits, choices and doc, and the value in force. Exit code 2 where the
recipe or an override cannot be composed as it stands.
  stagewright explain brain_tissue train.model.width
  stagewright explain brain_tissue train.max_epochs train.max_epochs=4 --format json
"""


def main(args: list[str], _debug: bool) -> int:
    """Explain one key; also of a recipe that has problems, those of its composition are told beside."""
    words, as_json = chosen(args)
    if len(words) < 2 or wants_help(words):
        sys.stdout.write(HELP)
        return 0 if wants_help(words) else 2
    found = explain(find(words[0], os.getcwd()), words[1], words[2:])
    told = json.dumps(found.to_json(), indent=2, default=str) if as_json else "\n".join(lines(found))
    sys.stdout.write(f"{told}\n")
    if not as_json:
        sys.stderr.write("".join(f"{item}\n" for item in found.elsewhere))
    return 2 if found.problems or found.elsewhere else 0
