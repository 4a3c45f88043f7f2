"""What a recipe and its overrides may say about Hydra itself; the rest of that node can name code to run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from hydra.core.override_parser.types import Override

from stagewright.errors import Place, Problem
from stagewright.keypath import KeyPath, problem
from stagewright.recipe.recipe import RecipeFile, bundled
from stagewright.wording import shown

HYDRA_KEYS = ("sweeper.params", "sweeper.max_batch_size", "run.dir", "sweep.dir", "sweep.subdir", "job.name")
FOLDERS = ("run.dir", "sweep.dir", "sweep.subdir")
# Groups whose options are chosen by name, `run -m hydra/launcher=joblib`: those that Hydra or a package of its offers.
GROUPS = ("launcher", "sweeper")
STANDARD = ("basic", "joblib", "stagewright")  # known without asking what is installed


def wrong_in_recipe(node: Any) -> Iterator[Problem]:
    """Everything that the recipe's `hydra:` may not say."""
    if node is not None and not isinstance(node, Mapping):
        yield problem(("hydra",), f"expected a mapping, got {shown(node)}")
    for path, value in _leaves(node, ()) if isinstance(node, Mapping) else ():
        if said := _wrong(".".join(map(str, path)), value):
            yield problem(("hydra", *path), said)


def wrong_override(item: Override) -> str:
    """Why an override may not say this about Hydra; empty where it may, or speaks of the recipe."""
    key = item.key_or_group
    if (item.package or "").split(".")[0] == "hydra":
        return "a config group cannot be put under Hydra's own node"
    if key == "hydra" or key.startswith("hydra."):
        value = None if item.is_sweep_override() else item.value()
        return _wrong(key.removeprefix("hydra").removeprefix("."), value)
    return _wrong_group(key.removeprefix("hydra/"), item) if key.startswith("hydra/") else ""


def own_groups(file: RecipeFile) -> Iterator[Problem]:
    """Config groups of a project that would stand in for Hydra's own launchers and sweepers."""
    for folder in file.search:
        if (folder / "hydra").is_dir() and folder != bundled("conf").resolve():
            said = "config groups below `hydra/` can name code to run: install a launcher or sweeper as a package"
            yield Problem("", said, Place(str(folder / "hydra")))


def _wrong(key: str, value: Any) -> str:
    if not any(key == known or key.startswith(f"{known}.") for known in HYDRA_KEYS):
        return f"a recipe cannot say this about Hydra (it can say {', '.join(HYDRA_KEYS)})"
    if key in FOLDERS and value is not None and not _stays(str(value)):
        return f"a folder inside the project, written from there, got {shown(value)}"
    if key.startswith("sweeper.params"):
        names = value if isinstance(value, Mapping) else {key.removeprefix("sweeper.params."): value}
        if any(str(name).lstrip("+~").split(".")[0].split("/")[0] == "hydra" for name in names):
            return "what is swept are the recipe's own keys, not Hydra's"
    return ""


def _wrong_group(group: str, item: Override) -> str:
    if group not in GROUPS or item.is_delete() or item.is_sweep_override():
        return f"of Hydra's own groups these can be chosen: {', '.join(f'hydra/{name}' for name in GROUPS)}"
    name = item.value()
    if (
        not isinstance(name, str)
        or not re.fullmatch(r"[A-Za-z_][\w-]*", name)
        or name not in _options(group, name)
    ):
        return f"no {group} {shown(name)} is installed, known: {', '.join(_options(group, ''))}"
    return ""


def _options(group: str, name: str) -> list[str]:
    """Names that Hydra and its installed packages offer; asked only where the standard ones are not enough."""
    if name in STANDARD:
        return list(STANDARD)
    from hydra.core.config_store import ConfigStore
    from hydra.core.plugins import Plugins

    Plugins.instance()  # registers what is installed
    found = ConfigStore.instance().list(f"hydra/{group}")
    return sorted({*STANDARD, *(option.removesuffix(".yaml") for option in found)})


def _stays(folder: str) -> bool:
    path = PurePosixPath(folder)
    return not path.is_absolute() and ".." not in path.parts and not Path(folder).drive


def _leaves(node: Mapping[Any, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in node.items():
        inner = (*path, str(key))
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, inner)
        else:
            yield inner, value
