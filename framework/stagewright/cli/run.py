"""stagewright run: do what a recipe says; only what changed is done again."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from stagewright.check.loading import Loaded, load
from stagewright.cli.helping import wants_help
from stagewright.cli.hydra_front import multirun, parse_args, show
from stagewright.cli.swept_overrides import as_search
from stagewright.errors import StagewrightError
from stagewright.recipe.recipe import RecipeFile, find
from stagewright.record import record
from stagewright.report.summary import comparison, cut_at, summary
from stagewright.run.run import Outcome, Runner

HELP = """usage: stagewright run RECIPE [OVERRIDE ...] [HYDRA FLAG ...]

RECIPE is a name (`brain_tissue`: ./brain_tissue.yaml, ./recipes/, then the bundled recipes) or a path.
Overrides and flags are Hydra's own:
  train.max_epochs=4   train/model=unet   +key=value   ~key     change the recipe
  -m train.model.width=8,12                                     one run per combination, compared at the end
  -m train.optimizer.lr='tag(log, interval(1e-4, 1e-2))'        one run that searches, as a `sweep` section says
  --cfg job            --info defaults-tree                     show what Hydra composed
Also: --debug prints tracebacks.

exit codes: 0 done  1 a step failed  2 wrong recipe  3 a gate failed  4 ML is not needed
            5 waits for a review  6 disk or store trouble  130 interrupted
"""


def main(args: list[str], debug: bool) -> int:
    """Run one recipe, once or once per combination of swept values."""
    if not args or wants_help(args):
        sys.stdout.write(HELP)
        return 0 if args else 2
    flags, overrides = parse_args(args[1:])
    file = find(args[0], os.getcwd(), flags.config_dir)
    if flags.shows:
        show(file, flags, overrides)
        return 0
    if flags.multirun:
        search = as_search(file, overrides)
        return _run(search.load(file), debug, {}).exit_code if search else _multirun(file, overrides, debug)
    return _run(load(file, overrides), debug, {}).exit_code


def _run(loaded: Loaded, debug: bool, about: dict[str, Any]) -> Outcome:
    told = {
        "recipe": str(loaded.file.path),
        "overrides": list(loaded.overrides),
        "command": record.command(),
    }
    screen = sys.stdout if sys.stdout.isatty() else None
    if loaded.note:
        _say(loaded.note)
    runner = Runner(
        loaded.checked, loaded.registry, loaded.store, told | about, _say, debug, screen, loaded.placed
    )
    outcome = runner.run()
    _say(summary(record.load(outcome.folder), width=cut_at(sys.stdout)))
    return outcome


def _multirun(file: RecipeFile, overrides: Sequence[str], debug: bool) -> int:
    group = record.group_id(file.name)

    def job(words: Sequence[str]) -> Outcome:
        _say(f"\n── {' '.join(words)}")
        return _run(load(file, words), debug, {"parent": group})

    ended = multirun(file, overrides, job)
    for error in (end for end in ended if isinstance(end, Exception)):
        if debug or not isinstance(error, StagewrightError):
            raise error
        sys.stderr.write(f"{error}\n")
    outcomes = [end for end in ended if isinstance(end, Outcome)]
    _say("\n" + comparison([record.load(outcome.folder) for outcome in outcomes]))
    codes = [end.exit_code for end in ended if isinstance(end, Outcome | StagewrightError)]
    return next((code for code in codes if code), 0)


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()
