"""Every value of a composed recipe is traced to the file and line, or the override, that said it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagewright.recipe.compose import compose
from stagewright.recipe.locate import Locator
from stagewright.recipe.recipe import find

Locate = Callable[..., Locator]

FILES = {
    "recipes/r.yaml": "defaults:\n  - train/model: a\n  - base\n  - extra@other.place: x\n  - _self_\n"
    "seed: 1\ntrain:\n  model: {width: 3}\n  of: [1, {deep: 2}]\ncopy: ${train}\n",
    "recipes/base.yaml": "seed: 0\nonly_base: {here: 1}\n",
    "conf/train/model/a.yaml": "type: a\nwidth: 1\n",
    "conf/train/model/b.yaml": "type: b\n",
    "conf/extra/x.yaml": "y: 1\n",
    "conf/global/g.yaml": "# @package _global_\ntrain:\n  epochs: 9\n",
}


@pytest.fixture
def locator(tmp_path: Path) -> Locate:
    def make(*overrides: str, files: Mapping[str, str] = FILES) -> Locator:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return Locator(find("r", str(tmp_path)), overrides)

    return make


def where(locator: Locator, *path: Any) -> str:
    place = locator.place(path)
    return f"{Path(place.source).name}:{place.line}:{place.column}" if place.line else place.source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("seed",), "r.yaml:6:1"),
        (("train",), "r.yaml:7:1"),
        (("train", "model", "width"), "r.yaml:8:11"),
        (("train", "model", "type"), "a.yaml:1:1"),
        (("train", "of", 1, "deep"), "r.yaml:9:12"),
        (("train", "of", 0), "r.yaml:9:8"),
        (("only_base", "here"), "base.yaml:2:13"),
        (("other", "place", "y"), "x.yaml:1:1"),
        (("copy", "model", "width"), "r.yaml:10:1"),
        (("train", "nobody", "said"), "r.yaml:7:1"),
        (("nobody",), "r.yaml:1:1"),
    ],
)
def test_values_of_files(locator: Locate, path: tuple[Any, ...], expected: str) -> None:
    assert where(locator(), *path) == expected


def test_a_group_chosen_on_the_command_line_is_the_file_it_names(locator: Locate) -> None:
    assert where(locator("train/model=b"), "train", "model", "type") == "b.yaml:1:1"


def test_a_global_package_lands_at_the_top(locator: Locate) -> None:
    assert where(locator("+global=g"), "train", "epochs") == "g.yaml:3:3"


@pytest.mark.parametrize("override", ["seed=4", "++seed=4"])
def test_an_override_is_named_as_it_was_written(locator: Locate, override: str) -> None:
    assert where(locator(override), "seed") == f"override {override!r}"


def test_an_override_with_a_mapping_covers_everything_below(locator: Locate) -> None:
    found = locator("train.model={width: 4, more: [1, 2]}")
    assert where(found, "train", "model", "more", 1).startswith("override")
    assert where(found, "train", "model", "type") == "a.yaml:1:1"


def test_a_removed_key_is_missing_because_of_its_override(locator: Locate) -> None:
    assert where(locator("~train.of"), "train", "of") == "override '~train.of'"


def test_a_recipe_that_cannot_be_composed_is_still_read(locator: Locate) -> None:
    files = {"recipes/r.yaml": "defaults: [no/such: thing, _self_]\na: 1\nb: {c: 2}\n"}
    assert where(locator(files=files), "b", "c") == "r.yaml:3:5"


def test_what_is_not_yaml_has_at_least_its_file(locator: Locate) -> None:
    assert where(locator(files={"recipes/r.yaml": "a: [1\nb: }"}), "a") == "r.yaml:1:1"


@pytest.mark.parametrize("seed", range(25))
def test_every_leaf_of_a_random_composition_is_where_it_says(tmp_path: Path, seed: int) -> None:
    """Values are unique numbers, so the line or the override must hold the leaf's own value."""
    rng = random.Random(seed)
    numbers = iter(range(1000, 9999))
    files = {f"conf/g/{name}.yaml": tree(rng, numbers) for name in "abc"}
    chosen = rng.sample("abc", rng.randint(1, 3))
    packages = rng.sample(["p", "q.r", "_global_"], len(chosen))
    defaults = [{f"g@{package}": name} for package, name in zip(packages, chosen, strict=True)]
    defaults.insert(rng.randint(0, len(defaults)), "_self_")  # type: ignore[arg-type]
    files["recipes/r.yaml"] = {"defaults": defaults, **tree(rng, numbers)}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump(content, sort_keys=False))
    overrides = [f"{rng.choice('xyz')}.{rng.choice('uvw')}={next(numbers)}" for _ in range(rng.randint(0, 2))]
    file = find("r", str(tmp_path))
    composed = compose(file, overrides)
    locator = Locator(file, tuple(overrides))
    checked = 0
    for path, value in leaves(composed.config):
        place = locator.place(path)
        text = Path(place.source).read_text().splitlines()[place.line - 1] if place.line else place.source
        assert str(value) in text, (path, value, place)
        checked += 1
    assert checked


def tree(rng: random.Random, numbers: Any, depth: int = 2) -> dict[str, Any]:
    names = rng.sample("uvwxyz", rng.randint(1, 4))
    return {
        n: tree(rng, numbers, depth - 1) if depth and rng.random() < 0.5 else next(numbers) for n in names
    }


def leaves(value: Mapping[str, Any], path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    found = []
    for key, item in value.items():
        found += leaves(item, (*path, key)) if isinstance(item, Mapping) else [((*path, key), item)]
    return found
