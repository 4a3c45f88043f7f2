"""Names → plugins: found by path, imported only when named.

`type: unet` under `train.model` is the file `train/model/unet.py` below one of the roots, and `unet` in it.
Roots are the installed packages that declare the entry point group `stagewright.plugins`, and the
project's own `plugins/` folder. A name offered by two roots is an error that names both.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from stagewright.contract import MARK, Component, Mark
from stagewright.errors import Place, Problem, RecipeError, StagewrightError
from stagewright.frozen import frozen
from stagewright.nearest import suggestion
from stagewright.plugin.importing import imported, project_package, raised_at, says_so_itself

ENTRY_POINTS = "stagewright.plugins"


class PluginError(StagewrightError):
    """A plugin cannot be used: unknown, ambiguous, broken at import, or not what its contract asks."""

    exit_code = 2

    def __init__(self, message: str, place: Place | None = None) -> None:
        self.place = place
        super().__init__(" ".join(message.split()))


@frozen
class Root:
    """A folder of plugins and the package name it is imported under."""

    label: str
    package: str
    path: Path
    within: Path | None = (
        None  # where its files must lie, links followed; an installed package may lie anywhere
    )


@frozen
class Found:
    """A plugin's file, not imported yet."""

    kind: str
    name: str
    root: Root
    path: Path

    @property
    def module(self) -> str:
        """Dotted name to import it by."""
        return f"{self.root.package}.{self.kind}.{self.name}"


@frozen
class Plugin:
    """A plugin, imported and held against its contract."""

    found: Found
    function: Callable[..., Any]
    mark: Mark


class Registry:
    """All plugins visible from one project."""

    def __init__(self, project: Path | None = None) -> None:
        self.project = project
        self._loaded: dict[tuple[str, str], Plugin] = {}

    @cached_property
    def roots(self) -> tuple[Root, ...]:
        """Installed packages first, in name order, then the project's `plugins/` folder."""
        installed = (_package_root(name, package) for name, package in _entry_points())
        roots = {root.path: root for root in installed if root}
        if self.project and (folder := (self.project / "plugins").resolve()).is_dir():
            roots[folder] = Root("project", project_package(folder), folder, self.project.resolve())
        return tuple(roots.values())

    @property
    def lost(self) -> list[str]:
        """What is wrong with installed entry points that lead to no package, one sentence each."""
        return [
            f"the entry point {name!r} of {ENTRY_POINTS} names the package {package!r}, which is not there"
            for name, package in _entry_points()
            if (root := _package_root(name, package)) is None or not root.path.is_dir()
        ]

    def names(self, kind: str) -> list[Found]:
        """Every plugin of a kind in all roots, importing none of them."""
        found = [plugin for root in self.roots for plugin in _listed(root, kind)]
        return sorted(found, key=lambda plugin: plugin.name)

    def find(self, kind: str, name: str) -> Found:
        """The file behind a name; raises PluginError if there is none, or more than one."""
        found = [plugin for root in self.roots if (plugin := _in_root(root, kind, name))]
        if len(found) == 1:
            return found[0]
        if found:
            both = " and ".join(str(plugin.path) for plugin in found)
            raise PluginError(f"{kind} plugin {name!r} is offered twice: {both}; rename one of them")
        known = {plugin.name for plugin in self.names(kind)}
        near = self._misplaced(kind, name) or suggestion(name, known, f"{kind} plugin")
        raise PluginError(f"no {kind} plugin {name!r}, {near}")

    def _misplaced(self, kind: str, name: str) -> str:
        """Where a project has a file of that name in a folder that is no kind's; empty if nowhere."""
        from stagewright import lifecycle

        if not self.project or not name.isidentifier():
            return ""
        kinds, want = lifecycle.contracts(), kind.replace(".", "/")
        for path in sorted((self.project / "plugins").rglob(f"{name}.py")):
            folders = path.relative_to(self.project / "plugins").parts[:-1]
            if ".".join(folders) not in kinds and not any(part.startswith(("_", ".")) for part in folders):
                return f"{path.relative_to(self.project)} is in no kind's folder; move it to plugins/{want}/"
        return ""

    def load(self, kind: str, name: str) -> Plugin:
        """Import a plugin and hold it against its contract; raises PluginError."""
        if (kind, name) not in self._loaded:
            self._loaded[kind, name] = _load(self.find(kind, name))
        return self._loaded[kind, name]

    def component(self, kind: str, spec: Mapping[str, Any]) -> Component[Any, Any]:
        """Build a component from its spec (`Component.spec`); raises RecipeError if it does not fit."""
        from stagewright.plugin.binding import bind

        problems: list[Problem] = []
        component = bind(self, kind, spec, (), problems)
        if component is None or problems:
            raise RecipeError(problems)
        return component


@cache
def _entry_points() -> list[tuple[str, str]]:
    """(name, package) of every installed plugin package.

    Reads the metadata folders directly: `importlib.metadata` alone costs more than the whole scan.
    """
    found: set[tuple[str, str]] = set()
    for folder in sys.path:
        try:
            entries = [entry.path for entry in os.scandir(folder or ".") if entry.name.endswith("-info")]
        except OSError:
            continue  # a path entry that does not exist is normal in Python
        for entry in entries:
            try:
                text = Path(entry, "entry_points.txt").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # most packages have no entry points
            if ENTRY_POINTS in text:
                found |= _entry_point_group(text)
    return sorted(found)


def _entry_point_group(text: str) -> set[tuple[str, str]]:
    found, inside = set(), False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip() == f"[{ENTRY_POINTS}]"
        elif inside and "=" in line:
            name, _, package = line.partition("=")
            found.add((name.strip(), package.strip()))
    return found


def _package_root(name: str, package: str) -> Root | None:
    spec = importlib.util.find_spec(package.split(".", 1)[0])
    if spec is None or not spec.submodule_search_locations:
        return None
    top = Path(next(iter(spec.submodule_search_locations)))
    return Root(name, package, top.joinpath(*package.split(".")[1:]).resolve())


def _listed(root: Root, kind: str) -> list[Found]:
    try:
        entries = [entry.name for entry in os.scandir(root.path.joinpath(*kind.split(".")))]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PluginError(f"{error.filename} cannot be read: {error.strerror}") from error
    names = {name.removesuffix(".py") for name in entries if not name.startswith(("_", ".", "test_"))}
    return [plugin for name in sorted(names) if (plugin := _in_root(root, kind, name))]


def _in_root(root: Root, kind: str, name: str) -> Found | None:
    if not name.isidentifier() or name.startswith("_"):
        return None  # a name is never a path: `../x` or `a.b` cannot leave the folder
    folder = root.path.joinpath(*kind.split("."))
    for path in (folder / f"{name}.py", folder / name / "__init__.py"):
        if path.is_file():
            return Found(kind, name, root, path)
    return None


def _load(found: Found) -> Plugin:
    _held_inside(found)
    try:
        module = imported(found)
    except BaseException as error:  # `sys.exit()`, or what a test library skips with
        if isinstance(error, KeyboardInterrupt) and not says_so_itself(error):
            raise
        place = raised_at(error, found.path)
        message = f"{found.kind} plugin {found.name!r} raises at import: "
        raise PluginError(f"{message}{type(error).__name__}: {error} ({place})", place) from error
    function = getattr(module, found.name, None)
    place = Place(str(found.path), 1, 1)
    if not callable(function):
        raise PluginError(f"{found.path} has no callable named {found.name!r}", place)
    mark = getattr(function, MARK, None)
    if not isinstance(mark, Mark) or mark.contract.name != found.kind:
        has = f"is marked as {mark.contract.name}" if isinstance(mark, Mark) else "has no mark"
        want = f"stands in the folder of {found.kind}"
        raise PluginError(f"{found.path}: {found.name!r} {has}, but {want}", place)
    return Plugin(found, function, mark)


def _held_inside(found: Found) -> None:
    """A project runs its own code only: a link may not bring in a file from elsewhere."""
    within = found.root.within
    if within and not (real := found.path.resolve()).is_relative_to(within):
        raise PluginError(
            f"{found.kind} plugin {found.name!r} leads out of the project, to {real}; copy it, or install it as a "
            f"package with the entry point {ENTRY_POINTS}",
            Place(str(found.path), 1, 1),
        )
