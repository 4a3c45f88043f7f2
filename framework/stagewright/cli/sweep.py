"""stagewright sweep: how a study stands, its best settings as an overlay, and the dashboard that opens it."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stagewright.check.check import check
from stagewright.check.loading import Loaded, load
from stagewright.cli.helping import wants_help
from stagewright.cli.hydra_front import parse_args
from stagewright.cli.swept_overrides import as_search
from stagewright.content import write_atomically
from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.recipe.compose import compose
from stagewright.recipe.recipe import RecipeFile, find
from stagewright.report.figures import number, plural
from stagewright.stages.sweep import Best
from stagewright.study.study import Study, overlay, study
from stagewright.sweep.sweep_plan import SECTION

HELP = """usage: stagewright sweep status|best|dashboard RECIPE [OVERRIDE ...] [-m OVERRIDE ...]

  status      how many trials finished, failed or run, and the best so far
  best        write the best settings as an overlay: conf/experiment/RECIPE_best.yaml, or --out FILE;
              `stagewright run RECIPE +experiment=RECIPE_best` takes it. Works while the sweep does
  dashboard   open the study with the search's own tool (optuna-dashboard); prints the command if it is not there

Give the overrides of the run: other settings are another study.
"""
VERBS = ("status", "best", "dashboard")
GROUP = "experiment"


def main(args: list[str], _debug: bool) -> int:
    """Look at the study of a recipe; nothing is run."""
    if len(args) < 2 or wants_help(args):
        sys.stdout.write(HELP)
        return 0 if wants_help(args) else 2
    verb, name, *words = args
    if verb not in VERBS:
        raise StagewrightError(f"stagewright sweep {verb}: {suggestion(verb, VERBS, 'verb')}")
    out = _taken(words, "--out") if verb == "best" else ""
    if out and not out.endswith(".yaml"):
        raise StagewrightError(f"--out {out}: name a file that ends with .yaml")
    flags, overrides = parse_args(words)
    file = find(name, os.getcwd(), flags.config_dir)
    search = as_search(file, overrides) if flags.multirun else None
    loaded = search.load(file) if search else load(file, overrides)
    found = study(loaded)
    if found.standing is None:
        run = shlex.join(["stagewright", "run", name, *words])
        raise StagewrightError(f"the study {found.trial.study} was not begun: `{run}` begins it")
    if verb == "status":
        return _status(found)
    if verb == "dashboard":
        return _dashboard(found.standing.tool)
    return _best(file, loaded, found, out)


def _taken(words: list[str], flag: str) -> str:
    """The value of a flag, taken out of the words."""
    for i, word in enumerate(words):
        name, said, value = word.partition("=")
        if name == flag:
            if not said and i + 1 >= len(words):
                raise StagewrightError(f"{flag} needs a file name")
            value = value if said else words.pop(i + 1)
            words.pop(i)
            return value
    return ""


def _status(found: Study) -> int:
    standing = found.standing
    assert standing is not None
    done = standing.counts.get("complete", 0) + standing.counts.get("pruned", 0)
    states = ", ".join(f"{count} {state}" for state, count in sorted(standing.counts.items()))
    lines = [
        f"study   {found.trial.study}",
        f"trials  {done} of {standing.wanted} finished ({states or 'none yet'})",
    ]
    lines += _lines(standing.best) if standing.best else ["best    none yet"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _lines(best: Best) -> list[str]:
    first, *_ = best.top or best.front
    lines = [f"best    trial {first.number}: {_said(best.values)}"]
    lines += [f"        {key}={_value(value)}" for key, value in best.settings.items()]
    if len(best.front) > 1:
        lines.append(f"front   {plural(len(best.front), 'trial')} that no other beats in every objective")
        lines += [f"        trial {one.number}: {_said(one.values)}" for one in best.front[:5]]
    return lines


def _said(values: Mapping[str, float]) -> str:
    shown = [f"{key} {number(value)}" for key, value in values.items() if "." not in key]
    return ", ".join(shown[:5])


def _value(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _best(file: RecipeFile, loaded: Loaded, found: Study, out: str) -> int:
    assert found.standing is not None
    best, plan = found.standing.best, loaded.checked.sweep
    if best is None or plan is None:
        raise StagewrightError(f"the study {found.trial.study} has no trial yet that is good enough")
    wanted = plan.config(loaded.checked.config, best.settings)
    base = {"name": file.name, **compose(file).config}  # the overrides of the run are part of what was found
    checked = check(wanted, loaded.registry, plan.origin)
    made = overlay({key: value for key, value in base.items() if key != SECTION}, wanted, checked)
    name = f"{file.name}_best"
    path = Path(out) if out else file.project / "conf" / GROUP / f"{name}.yaml"
    text = yaml.safe_dump({**made.values, SECTION: None}, sort_keys=False, allow_unicode=True)
    done = plural(best.trials, "finished trial")
    head = f"# @package _global_\n# Best of {done} of {found.trial.study}: {_said(best.values)}\n"
    write_atomically(path, head + text)
    more = "".join(f" ~{key}" for key in made.removed)
    group = _group(path, file)
    run = f"stagewright run {file.name} +{group or GROUP}={path.stem}{more}"
    first = "" if group else f"no recipe finds it there: move it to conf/{GROUP}, then "
    sys.stdout.write(f"{path}\n{_said(best.values)}\n{first}{run}\n")
    return 0


def _group(path: Path, file: RecipeFile) -> str:
    """The config group that a file lies in; empty where it lies in none."""
    folder = path.resolve().parent
    inside = [folder.relative_to(known).as_posix() for known in file.search if folder.is_relative_to(known)]
    return min((group for group in inside if group != "."), key=len, default="")


def _dashboard(tool: tuple[str, ...]) -> int:
    """Become the tool; 1 where it is not installed."""
    if not tool:
        raise StagewrightError("this search has no tool that opens its studies")
    if shutil.which(tool[0]) is not None:
        sys.stdout.write(f"{' '.join(tool)}\nCtrl-C ends it; it says below where to look\n")
        sys.stdout.flush()
        os.execvp(tool[0], tool)  # in this process's place: whoever ends it (SIGTERM, too) ends the tool
    sys.stdout.write(f"{' '.join(tool)}\n{tool[0]} is not installed: pip install {tool[0]}\n")
    return 1
