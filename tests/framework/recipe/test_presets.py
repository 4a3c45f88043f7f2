"""Every preset of `conf/` can be chosen for a bundled recipe, on the command line and in a defaults list."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.check.loading import load
from stagewright.errors import RecipeError
from stagewright.recipe.recipe import bundled, find

CONF = bundled("conf")
PRESETS = sorted(path.relative_to(CONF).with_suffix("").as_posix() for path in CONF.rglob("*.yaml"))
RECIPES = sorted(path.stem for path in bundled("recipes").glob("*.yaml"))
# What else must be said, because the recipe speaks of what the preset takes away, or has no sweep.
BESIDE = {
    "monitor/standard": ("monitor.retrain.alerts=[Drift]",),
    "objective/baseline/intensity_clusters": ("~objective.baseline.ranges",),
    "objective/baseline/intensity_clusters_gaussian": ("~objective.baseline.ranges",),
    "objective/baseline/majority_class": ("~objective.baseline.ranges",),
    "sweep/pruner/patient": ("sweep.params={train.optimizer.lr: 'interval(1e-4, 1e-2)'}",),
}


def problems(recipe: str, folder: Path, *overrides: str) -> list[str]:
    try:
        load(find(recipe, str(folder)), overrides)
    except RecipeError as error:
        return [str(item) for item in error.problems]
    return []


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_checks_clean_with_a_recipe(preset: str, tmp_path: Path) -> None:
    group, _, name = preset.rpartition("/")
    beside = BESIDE.get(preset, ())
    found = {recipe: problems(recipe, tmp_path, f"+{group}={name}", *beside) for recipe in RECIPES}
    assert [] in found.values(), found
    fitting = next(recipe for recipe, wrong in found.items() if not wrong)
    (tmp_path / "recipes").mkdir()
    own = tmp_path / "recipes" / "own.yaml"
    own.write_text(f"defaults: [{fitting}, {group}: {name}, _self_]\nname: own\n")
    assert problems("own", tmp_path, *beside) == []


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_says_how_it_is_chosen_and_what_it_is(preset: str) -> None:
    group, _, name = preset.rpartition("/")
    line = (CONF / f"{preset}.yaml").read_text().splitlines()[1]
    assert line.startswith(f"# stagewright run RECIPE +{group}={name}")
