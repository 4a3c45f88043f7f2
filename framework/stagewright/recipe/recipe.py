"""Which file a recipe's name means, which project it belongs to, and where its config groups come from."""

from __future__ import annotations

from pathlib import Path

from stagewright.errors import RecipeError
from stagewright.frozen import frozen
from stagewright.nearest import suggestion
from stagewright.recipe.project import project

RECIPES = "recipes"


@frozen
class RecipeFile:
    """A recipe on disk.

    Attributes:
        path: the YAML file, absolute.
        project: root folder of its project: relative paths, `plugins/` and `.stagewright/` start here.
        search: folders that config groups and base recipes are looked up in, first hit wins: the recipe's own
            folder, the project's `conf/`, folders added by `--config-dir`, the bundled `conf/` and `recipes/`.
    """

    path: Path
    project: Path
    search: tuple[Path, ...]

    @property
    def name(self) -> str:
        """What Hydra calls the primary config."""
        return self.path.stem


def find(name: str, cwd: str, config_dir: str | None = None) -> RecipeFile:
    """The recipe that a name or a path means; raises RecipeError if there is none."""
    here = Path(cwd)
    spelled = here / name
    if _is_file(spelled) and spelled.suffix in (".yaml", ".yml"):
        return _file(spelled, here, config_dir)
    for path in candidates(name, here):
        if _is_file(path):
            return _file(path, here, config_dir)
    if "/" in name or name.endswith((".yaml", ".yml")):
        there = "is not a file that ends in .yaml" if _exists(spelled) else "no such recipe file"
        raise RecipeError(f"{name}: {there}")
    known = {path.stem for folder in _folders(here)[1:] for path in folder.glob("*.yaml") if _is_file(path)}
    raise RecipeError(f"{name[:100]}: no recipe of this name, {suggestion(name, known, 'recipe')}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for any file
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def candidates(name: str, here: Path) -> list[Path]:
    """Every path that a recipe's name can mean, first hit wins."""
    return [folder / f"{name.removesuffix('.yaml')}.yaml" for folder in _folders(here)]


def _folders(here: Path) -> list[Path]:
    return [here, here / RECIPES, project(here) / RECIPES, bundled(RECIPES)]


def _file(path: Path, here: Path, config_dir: str | None) -> RecipeFile:
    path = path.resolve()
    if path.suffix != ".yaml":
        raise RecipeError(f"{path}: a recipe's file name ends in .yaml, rename it")
    if path.parent == bundled(RECIPES).resolve() and not path.is_relative_to(project(here)):
        root = project(here)  # a bundled recipe works in the user's project, not in the package
    else:
        root = path.parent.parent if path.parent.name == RECIPES else path.parent
    added = (here / config_dir,) if config_dir else ()
    return RecipeFile(path, root, search(path.parent, root, *added))


def search(beside: Path, root: Path, *added: Path) -> tuple[Path, ...]:
    """The folders that a recipe in the folder `beside` of the project `root` is composed from."""
    folders = (beside, root / "conf", *added, bundled("conf"), bundled(RECIPES))
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))


def bundled(what: str) -> Path:
    """A folder that comes with the framework (`conf`, `recipes`): in the wheel, or in the checkout."""
    inside = Path(__file__).parents[1] / "_data" / what
    return inside if inside.is_dir() else Path(__file__).resolve().parents[3] / what
