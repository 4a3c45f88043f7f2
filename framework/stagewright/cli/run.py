"""stagewright run: do what a recipe says; only what changed is done again."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from stagewright import record
from stagewright.hydra_front import hydra_command, parse_args
from stagewright.loading import checked, load
from stagewright.recipe import RecipeFile, find
from stagewright.registry import Registry
from stagewright.report.summary import comparison, summary
from stagewright.run import Outcome, Runner
from stagewright.store import Store

HELP = """usage: stagewright run RECIPE [OVERRIDE ...] [HYDRA FLAG ...]

RECIPE is a name (`brain_tissue`: ./brain_tissue.yaml, ./recipes/, then the bundled recipes) or a path.
Overrides and flags are Hydra's own:
  train.max_epochs=4   train/model=unet   +key=value   ~key     change the recipe
  -m train.model.width=8,12                                     one run per combination, compared at the end
  --cfg job            --info defaults-tree                     show what Hydra composed
Also: --debug prints tracebacks.

exit codes: 0 done  1 a step failed  2 wrong recipe  3 a gate failed  4 ML is not needed
            5 waits for a review  6 disk or store trouble  130 interrupted
"""


def main(args: list[str], debug: bool) -> int:
    """Run one recipe, once or once per combination of swept values."""
    if not args or args[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if args else 2
    flags, overrides = parse_args(args[1:])
    file = find(args[0], os.getcwd())
    if flags.shows:
        hydra_command(file, args[1:], lambda *_: None)
        return 0
    if flags.multirun:
        return _multirun(file, args, debug)
    loaded = load(file, overrides)
    outcome = _run(file, loaded.registry, loaded.checked, overrides, debug, {})
    return outcome.exit_code


def _run(
    file: RecipeFile,
    registry: Registry,
    checked_recipe: Any,
    overrides: Sequence[str],
    debug: bool,
    about: dict[str, Any],
) -> Outcome:
    told = {"recipe": str(file.path), "overrides": list(overrides), "command": record.command()}
    runner = Runner(checked_recipe, registry, Store(file.project_root), told | about, _say, debug)
    outcome = runner.run()
    _say(summary(record.load(outcome.folder)))
    return outcome


def _multirun(file: RecipeFile, args: list[str], debug: bool) -> int:
    group = record.group_id(file.path.stem)

    def job(config: dict[str, Any], overrides: Sequence[str]) -> Outcome:
        _say(f"\n── {' '.join(overrides)}")
        registry, held = checked(file, overrides, config)
        return _run(file, registry, held, overrides, debug, {"parent": group})

    outcomes = hydra_command(file, args[1:], job)
    finished = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    _say("\n" + comparison([record.load(outcome.folder) for outcome in finished]))
    failed = [outcome.exit_code for outcome in finished if outcome.exit_code]
    if len(finished) < len(outcomes):
        return 2
    return failed[0] if failed else 0


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()
